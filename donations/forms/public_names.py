"""What a gift may show of its donor: a name, words, the amount. Decided for each gift, and nothing unless asked for."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart import names
from blueheart.card_numbers import without_card_number
from blueheart.consents.fields import ConsentField, show_texts
from blueheart.consents.models import ConsentText
from donations.forms.names import LINK, ruled_name
from donations.models import PublicName

MOST_WORDS = 280


class PublicNameFields(forms.Form):
    """The public part of the form. Without a choice of how, a name that was typed is shown as it is."""

    public_name_kind = forms.ChoiceField(
        label=gettext_lazy("Shall we name you in public?"),
        required=False,
        choices=[
            (PublicName.ANONYMOUS, gettext_lazy("No, I give anonymously")),
            (PublicName.FULL, gettext_lazy("By my full name")),
            (PublicName.FIRST, gettext_lazy("By my first name")),
            (PublicName.ALIAS, gettext_lazy("By another name")),
        ],
        widget=forms.RadioSelect,
        initial=PublicName.ANONYMOUS,
    )
    public_name = forms.CharField(
        label=gettext_lazy("The name to show"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("For your full name, leave this empty to use the one for the receipt."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname", "dir": "auto"}),
    )
    words = forms.CharField(
        label=gettext_lazy("A few words"),
        required=False,
        max_length=MOST_WORDS,
        help_text=gettext_lazy("Shown after somebody here has read them."),
        validators=[without_card_number],
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    is_amount_shown = forms.BooleanField(label=gettext_lazy("Show the amount, too"), required=False)
    is_16_or_older = ConsentField(ConsentText.Key.SIXTEEN, help_text=gettext_lazy("Needed for a public name or words."))

    PUBLIC = ("public_name_kind", "public_name", "words", "is_amount_shown", "is_16_or_older")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        show_texts(self)

    def clean_words(self) -> str:
        words = names.normalise(self.cleaned_data["words"])
        if LINK.search(words):
            raise forms.ValidationError(
                _("Please write without web or mail addresses. After a full stop, leave a space.")
            )
        return words

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not {"public_name_kind", "public_name"} & set(self.errors):
            self._clean_public_name(cleaned)
        shown = cleaned.get("public_name") or cleaned.get("words")
        if shown and not cleaned.get("is_16_or_older"):
            self.add_error(
                "is_16_or_older",
                _("To show a name or words you must be 16 or older. You can give anonymously, without words."),
            )
        return cleaned

    def _clean_public_name(self, cleaned: dict[str, Any]) -> None:
        typed = str(cleaned["public_name"]).strip()
        kind = cleaned["public_name_kind"] or (PublicName.ALIAS if typed else PublicName.ANONYMOUS)
        cleaned["public_name_kind"] = kind
        if kind == PublicName.ANONYMOUS:
            if typed:
                self.add_error(
                    "public_name_kind",
                    _("You typed a name to show, and chose to give anonymously. Please keep one of them."),
                )
            return
        if kind == PublicName.FULL and not typed:
            typed = str(cleaned.get("receipt_name") or "")
        if not typed:
            if "receipt_name" not in self.errors:
                self.add_error("public_name", _("Please type the name that we may show."))
            return
        try:
            cleaned["public_name"] = ruled_name(typed)
        except forms.ValidationError as error:
            self.add_error("public_name", error)
