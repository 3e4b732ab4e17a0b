"""What somebody types who wants to know whether a receipt is real."""

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from campaigns.share.bidi import isolated
from donations.receipts.numbers import code_typed, number_typed

LTR = {"dir": "ltr", "autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}


class CheckForm(forms.Form):
    """A receipt's number and check code, typed with any spaces, dashes, digits and capitals."""

    number = forms.CharField(
        label=gettext_lazy("Number of the receipt"),
        max_length=60,
        help_text=format_lazy(gettext_lazy("Such as {number}."), number=isolated("BH-2026-000012")),
        widget=forms.TextInput(attrs=LTR),
    )
    code = forms.CharField(
        label=gettext_lazy("Check code"),
        max_length=60,
        help_text=gettext_lazy("Ten letters and digits, beside the square on the receipt."),
        widget=forms.TextInput(attrs=LTR),
    )

    def asked(self) -> tuple[str, str]:
        """Number and code as we store them; for a valid form."""
        return number_typed(self.cleaned_data["number"]), code_typed(self.cleaned_data["code"])
