from django import forms
from django.utils.translation import gettext_lazy as _

NO_NAMES = _("Neither a name nor an address: this stays.")


class SearchForm(forms.Form):
    """Whom to look for. It is sent by POST alone: an address stands in no URL and in no log."""

    typed = forms.CharField(
        label=_("Address or reference"),
        max_length=254,
        help_text=_(
            "A whole e-mail address; or the whole reference of a heart, group, gift, receipt or refund, or of"
            " a customer at Stripe."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "dir": "ltr", "class": "vTextField"}
        ),
    )


class ExportForm(forms.Form):
    """Why the file is made."""

    case = forms.CharField(
        label=_("Case"), max_length=40, help_text=_("Your reference of the person’s request. No name, no address.")
    )


class ErasureForm(ExportForm):
    """What the second person reads."""

    why = forms.CharField(label=_("Why"), max_length=300, help_text=NO_NAMES, widget=forms.Textarea(attrs={"rows": 2}))


class DecisionForm(forms.Form):
    """Why not, where it is declined."""

    why = forms.CharField(
        label=_("Why"),
        max_length=300,
        required=False,
        help_text=_("Wanted where you decline. Neither a name nor an address: this stays."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
