from typing import Any

from django import forms
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

    code = forms.CharField(label=_("Recovery code"), max_length=40, widget=forms.TextInput(attrs=PAPER_CODE))


def refuse(form: forms.Form, wait_seconds: int) -> None:
    """Say at the field that the code was not taken, and how long to wait where that is why."""
    message: Any = _("That code is not right, or was used before. Please try the next one.")
    if wait_seconds:
        message = _("Too many wrong codes. Please try again in %(seconds)s s.") % {"seconds": wait_seconds}
    form.add_error("code", message)
