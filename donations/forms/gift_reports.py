"""What a visitor tells us about a gift on the donor wall."""

from django import forms
from django.utils.translation import gettext_lazy

from donations.models import GiftReport


class GiftReportForm(forms.Form):
    """What is wrong with it. Nothing is asked about the visitor."""

    website = forms.CharField(
        label=gettext_lazy("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("What is wrong with it?"), choices=GiftReport.Reason.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=gettext_lazy("In your words"),
        required=False,
        max_length=500,
        help_text=gettext_lazy("Please write no names, addresses or telephone numbers."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    @property
    def is_from_a_robot(self) -> bool:
        """Whether the field that people do not see was filled in."""
        return bool(self.data.get("website"))
