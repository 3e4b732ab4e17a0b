"""In honour or in memory of somebody, and the one mail that may tell somebody else of it."""

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.mail_addresses import MailField
from donations.forms.names import ruled_name
from donations.models import Tribute
from donations.services import TributeWish

AHEAD = dt.timedelta(days=366)


def _name_field(label: Any, *, autocomplete: str = "off") -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete, "dir": "auto"})
    return forms.CharField(label=label, required=False, max_length=40, widget=widget)


class TributeFields(forms.Form):
    """Whom the gift honours. The mail to a third person holds nothing typed but names, so they go by the name rule."""

    tribute_kind = forms.ChoiceField(
        label=gettext_lazy("Do you give for somebody?"),
        required=False,
        choices=[
            ("", gettext_lazy("No")),
            (Tribute.Kind.HONOUR, gettext_lazy("In honour of")),
            (Tribute.Kind.MEMORY, gettext_lazy("In memory of")),
        ],
        widget=forms.RadioSelect,
        initial="",
    )
    honoured_name = _name_field(gettext_lazy("Of whom?"))
    notice_email = MailField(
        label=gettext_lazy("Whom shall we tell? Their e-mail"),
        required=False,
        help_text=gettext_lazy(
            "We write there once, if your gift has arrived, name no amount, and forget the address a month later."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    notice_name = _name_field(gettext_lazy("Their name"))
    notice_from = _name_field(gettext_lazy("Your name, for this mail"), autocomplete="name")
    notice_on = forms.DateField(
        label=gettext_lazy("On which day?"),
        required=False,
        help_text=gettext_lazy("Today if you leave this empty; a year ahead at most."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    TRIBUTE = ("tribute_kind", "honoured_name", "notice_email", "notice_name", "notice_from", "notice_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.now().date()
        self.fields["notice_on"].widget.attrs |= {"min": str(today), "max": str(today + AHEAD)}

    def clean_honoured_name(self) -> str:
        return ruled_name(self.cleaned_data["honoured_name"])

    def clean_notice_name(self) -> str:
        return ruled_name(self.cleaned_data["notice_name"])

    def clean_notice_from(self) -> str:
        return ruled_name(self.cleaned_data["notice_from"])

    def clean_notice_on(self) -> dt.date | None:
        """The day by UTC; yesterday counts as today, for it still is in the west."""
        day: dt.date | None = self.cleaned_data["notice_on"]
        today = timezone.now().date()
        if day is None:
            return None
        if day < today - dt.timedelta(days=1):
            raise forms.ValidationError(_("This day is over. Please choose today or a later one."))
        if day > today + AHEAD:
            raise forms.ValidationError(_("Please choose a day within a year."))
        return max(day, today)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if set(self.TRIBUTE) & set(self.errors):
            return cleaned
        notice = any(cleaned.get(name) for name in ("notice_email", "notice_name", "notice_from", "notice_on"))
        if not cleaned["tribute_kind"]:
            if notice or cleaned["honoured_name"]:
                self.add_error("tribute_kind", _("Please choose: in honour or in memory of somebody."))
        elif not cleaned["honoured_name"]:
            self.add_error("honoured_name", _("Please write whom the gift is for."))
        elif notice and not cleaned["notice_email"]:
            self.add_error("notice_email", _("Please enter the address, or leave all about the mail empty."))
        return cleaned

    def tribute(self) -> TributeWish | None:
        """What was asked for, from a valid form."""
        said = self.cleaned_data
        if not said["tribute_kind"]:
            return None
        email = said["notice_email"]
        return TributeWish(
            kind=said["tribute_kind"],
            honoured_name=said["honoured_name"],
            notice_email=email,
            notice_name=said["notice_name"],
            notice_from=said["notice_from"],
            notice_on=(said["notice_on"] or timezone.now().date()) if email else None,
        )
