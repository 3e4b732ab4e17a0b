from typing import Any

from django import forms
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.contrib.auth.forms import SetPasswordForm
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

PHONE_CODE = {
    "autocomplete": "one-time-code",
    "inputmode": "numeric",
    "autofocus": True,
    "spellcheck": "false",
    "dir": "ltr",
}
PAPER_CODE = {"autocomplete": "off", "autocapitalize": "none", "autofocus": True, "spellcheck": "false", "dir": "ltr"}


class PhoneCodeForm(forms.Form):
    """The six digits that the phone shows now; spaces do not matter."""

    code = forms.CharField(label=_("Code from your app"), max_length=12, widget=forms.TextInput(attrs=PHONE_CODE))

    def clean_code(self) -> str:
        code = "".join(str(self.cleaned_data["code"]).split())
        if len(code) != 6 or not code.isdecimal():
            raise forms.ValidationError(_("The code has six digits."))
        return code


class RecoveryCodeForm(forms.Form):
    """One of the ten codes on paper."""

    code = forms.CharField(label=_("Recovery code"), max_length=60, widget=forms.TextInput(attrs=PAPER_CODE))


class AgainForm(PhoneCodeForm):
    """Both factors once more, within an open session."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    code = forms.CharField(
        label=_("Code from your app"),
        max_length=12,
        widget=forms.TextInput(attrs=PHONE_CODE | {"autofocus": False}),
    )
    field_order = ("password", "code")


class Shown:
    """For before a form of passwords: each field can be shown while it is typed. A script makes the button."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["data-show"] = gettext("Show")


class NewPasswordForm(Shown, SetPasswordForm):  # type: ignore[type-arg]
    """The password that the owner of an account chooses, twice."""


class OwnPasswordForm(Shown, AdminPasswordChangeForm):
    """The present password, and the new one twice."""


def refuse(form: forms.Form, wait_seconds: int) -> None:
    """Say at the field that the code was not taken, and how long to wait where that is why."""
    message: Any = _("That code is not right, or was used before. Please try the next one.")
    if wait_seconds:
        message = _("Too many wrong codes. Please try again in %(seconds)s s.") % {"seconds": wait_seconds}
    form.add_error("code", message)
