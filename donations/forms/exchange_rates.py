from django import forms
from django.utils.translation import gettext_lazy as _

from donations.models import ExchangeRate

SOURCE = "United Nations operational rates of exchange, treasury.un.org"


class RatesForm(forms.Form):
    """A file of rates, and who published them."""

    file = forms.FileField(label=_("CSV file"))
    source = forms.CharField(
        label=_("Source"),
        initial=SOURCE,
        max_length=ExchangeRate._meta.get_field("source").max_length,
        help_text=_("Shown in public beside each rate."),
    )
