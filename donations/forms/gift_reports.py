"""What a visitor tells us about a gift on the donor wall."""

from django import forms
from django.utils.translation import gettext_lazy

from blueheart.moderation.forms import ReportFields


class GiftReportForm(ReportFields):
    """What is wrong with it."""

    website = forms.CharField(
        label=gettext_lazy("Leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    @property
    def is_from_a_robot(self) -> bool:
        """Whether the field that people do not see was filled in."""
        return bool(self.data.get("website"))
