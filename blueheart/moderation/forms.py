from django import forms
from django.utils.translation import gettext_lazy as _

from blueheart.moderation.models import Report


class ReportFields(forms.Form):
    """What is wrong with something in public. Nothing is asked about the visitor."""

    reason = forms.ChoiceField(
        label=_("What is wrong with it?"), choices=Report.Reason.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("In your words"),
        required=False,
        max_length=500,
        help_text=_("Please write no names, addresses or telephone numbers."),
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
