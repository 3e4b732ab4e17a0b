"""What a heart may show of a person, a name and a few words; and the rules for names as a fault of a form."""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from blueheart import names
from blueheart.card_numbers import without_card_number
from blueheart.consents.fields import ConsentField, show_texts
from blueheart.consents.models import ConsentText
from blueheart.moderation import refused


def ruled_name(typed: str, rule: Callable[[str], str] = refused.public_name) -> str:
    """The name by its rule, a person's in public unless another is told; empty where none was typed.

    Raises `ValidationError`.
    """
    try:
        return rule(typed) if typed else ""
    except names.NameRefusedError as error:
        raise ValidationError(str(error)) from error


class WordsField(forms.Form):
    """A few words beside a heart."""

    words = forms.CharField(
        label=_("A few words"),
        required=False,
        max_length=280,
        help_text=_(
            "At most 280 characters. Shown once a person has read them. No names or stories of others, please."
        ),
        validators=[without_card_number],
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def clean_words(self) -> str:
        return " ".join(self.cleaned_data["words"].split())


class PublicNameFields(WordsField):
    """Name and words of a person; either of them is for supporters of 16 and older."""

    field_order: Sequence[str] = ("public_name", "words", "is_16_or_older")

    public_name = forms.CharField(
        label=_("Name to show"),
        required=False,
        max_length=100,
        help_text=_("Stands on the wall for everyone to read. Leave it empty and your heart is “A supporter”."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname", "dir": "auto"}),
    )
    is_16_or_older = ConsentField(ConsentText.Key.SIXTEEN, help_text=_("Needed only to show a name or words."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        show_texts(self)

    def clean_public_name(self) -> str:
        return ruled_name(self.cleaned_data["public_name"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_public = cleaned.get("public_name") or cleaned.get("words")
        if is_public and "is_16_or_older" in self.fields and not cleaned.get("is_16_or_older"):
            self.add_error(
                "is_16_or_older",
                _("Please tick this box to show a name or words. If you are younger, leave both empty."),
            )
        return cleaned
