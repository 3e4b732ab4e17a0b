"""What a supporter fills in."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from blueheart import names
from blueheart.languages import countries, page_language
from blueheart.moderation import refused
from campaigns.models import Campaign
from campaigns.templatetags.content import translated
from pledges.forms.guarded import GuardedForm, MailField
from pledges.models import Pledge, PreceptWording
from pledges.services.pledging import Promise


class PledgeForm(GuardedForm):
    """A person's pledge. What is typed stays typed, whatever is wrong with it."""

    precepts = forms.MultipleChoiceField(
        label=_("I will"),
        help_text=_("Choose what you will really do. One is enough."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one."),
            "invalid_choice": _("One of these was reworded meanwhile. Please choose again."),
        },
    )
    way = forms.ChoiceField(
        label=_("How I will wear the heart"),
        choices=[("", _("Choose a way")), *Pledge.Way.choices],
        error_messages={"required": _("Please choose how you will wear the heart.")},
    )
    country = forms.ChoiceField(
        label=_("Country"),
        help_text=_("No place finer than a country is ever asked or shown."),
        error_messages={"required": _("Please choose a country.")},
    )
    public_name = forms.CharField(
        label=_("Name to show"),
        required=False,
        max_length=100,
        help_text=_("Stands on the wall for everyone to read. Leave it empty and your heart is “A supporter”."),
        widget=forms.TextInput(attrs={"autocomplete": "nickname", "dir": "auto"}),
    )
    words = forms.CharField(
        label=_("A few words"),
        required=False,
        max_length=280,
        help_text=_(
            "At most 280 characters. Shown once a person has read them. No names or stories of others, please."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    is_16_or_older = forms.BooleanField(
        label=_("I am 16 or older"), required=False, help_text=_("Needed only to show a name or words.")
    )
    email = MailField(
        label=_("E-mail address"),
        help_text=_("Never shown. We send one link to confirm, and delete the address after seven days if you do not."),
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": _("Please enter your e-mail address.")},
    )

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language = page_language()
        self.wordings = {str(wording.pk): wording for wording in PreceptWording.objects.offered(campaign)}
        self._choices("precepts", ((value, _label(wording)) for value, wording in self.wordings.items()))
        self._choices("country", [("", _("Choose a country")), *countries(self.language)])

    def clean_public_name(self) -> str:
        name: str = self.cleaned_data["public_name"]
        if not name:
            return ""
        try:
            return refused.public_name(name)
        except names.NameRefusedError as error:
            raise ValidationError(str(error)) from error

    def clean_words(self) -> str:
        return " ".join(self.cleaned_data["words"].split())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        is_public = cleaned.get("public_name") or cleaned.get("words")
        if is_public and not cleaned.get("is_16_or_older"):
            self.add_error(
                "is_16_or_older",
                _("Please tick this box to show a name or words. If you are younger, leave both empty."),
            )
        return cleaned

    def promise(self) -> Promise:
        """What the form says, once it is valid."""
        typed = self.cleaned_data
        return Promise(
            country=typed["country"],
            precepts=[self.wordings[value] for value in typed["precepts"]],
            way=typed["way"],
            public_name=typed["public_name"],
            words=typed["words"],
            is_16_or_older=typed["is_16_or_older"],
        )

    def _choices(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 tells mypy what the class body says
        field.choices = list(choices)


def _label(wording: PreceptWording) -> SafeString:
    return format_html(
        '<strong class="d-block">{}</strong> {}', translated(wording, "title"), translated(wording, "text")
    )
