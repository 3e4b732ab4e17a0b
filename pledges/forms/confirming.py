"""What a supporter may still change on the page that confirms their pledge."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from blueheart import names
from blueheart.moderation import refused
from pledges.models import Pledge
from pledges.services.confirming import LastChange


class LastChangeForm(forms.Form):
    """Name and words of a person, as they stand in the pledge or as they are typed anew."""

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

    @classmethod
    def of(cls, pledge: Pledge) -> "LastChangeForm":
        """The form as the pledge stands."""
        return cls(initial={name: getattr(pledge, name) for name in cls.base_fields})

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
        cleaned = super().clean() or self.cleaned_data
        if (cleaned.get("public_name") or cleaned.get("words")) and not cleaned.get("is_16_or_older"):
            self.add_error(
                "is_16_or_older",
                _("Please tick this box to show a name or words. If you are younger, leave both empty."),
            )
        return cleaned

    def change(self) -> LastChange:
        """What the form says, once it is valid."""
        return LastChange(**self.cleaned_data)
