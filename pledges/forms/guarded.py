"""What every form that anyone may send has: a trap for robots, a stamp of its age, addresses as people type them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from blueheart.limits import form_age
from blueheart.site_settings.reading import current
from pledges import addresses

LONGEST_ADDRESS = 254  # RFC 5321


class MailField(forms.EmailField):
    """A mail address, taken too when it was typed in full-width letters."""

    def to_python(self, value: Any) -> str:
        return super().to_python(addresses.normalise(value) if isinstance(value, str) else value) or ""

    def validate(self, value: str) -> None:
        super().validate(value)
        if max(len(value), len(addresses.canonical(value))) > LONGEST_ADDRESS:
            raise ValidationError(_("This address is too long for mail to reach it."))


class OwnMailField(MailField):
    """The mail address of whoever fills the form in."""

    widget = forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"})
    default_error_messages = {"required": _("Please enter your e-mail address.")}


class GuardedForm(forms.Form):
    """A form that anyone may send: a field that people do not see, and a stamp of when the form was shown."""

    website = forms.CharField(
        label=_("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def is_from_a_robot(self) -> bool:
        """Whether the field that people do not see was filled in."""
        return bool(self.data.get("website"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        try:
            form_age.check(cleaned.get("shown", ""), quickest=current().least_age(form_age.QUICKEST_SECONDS))
        except form_age.FormAgeError as error:
            self.add_error(None, str(error))
        return cleaned

    @property
    def stamp(self) -> str:
        """The stamp to send next."""
        return form_age.kept(str(self.data.get("shown") or self.initial.get("shown") or ""))
