"""What staff fill in about a gift that did not come through Stripe."""

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.days import utc_today
from blueheart.mail_addresses import MailField
from blueheart.money import DEFAULT_CURRENCY
from campaigns.models import Campaign
from donations import days
from donations.forms.names import receipt_name
from donations.forms.public_names import PublicNameFields
from donations.forms.typed import ANY_CURRENCY, day_field, read_amount
from donations.models import Donation, Donor

Method, ReversedFor = Donation.Method, Donation.ReversedFor
OFFLINE = [*Method.offline_money(), (Method.IN_KIND.value, Method.IN_KIND.label)]


class OfflineGiftForm(PublicNameFields):
    """Who gave, what and how, and what may be shown of it. Its token makes one gift of one form."""

    donor_public_id = forms.CharField(
        label=gettext_lazy("Public id of the donor"), max_length=16, required=False,
        help_text=gettext_lazy("For somebody known who has no address. Otherwise leave it empty."),
    )  # fmt: skip
    email = MailField(
        label=gettext_lazy("E-mail address"), required=False,
        help_text=gettext_lazy("The donor of this address, or a new one. Without an address nobody is written to."),
    )  # fmt: skip
    receipt_name = forms.CharField(label=gettext_lazy("Name on the receipt"), max_length=120, required=False)
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=settings.LANGUAGES, help_text=gettext_lazy("Of a new donor.")
    )
    method = forms.ChoiceField(label=gettext_lazy("How it came"), choices=OFFLINE)
    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        max_length=40,
        help_text=gettext_lazy("In kind: the fair value of what was given."),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=ANY_CURRENCY, initial=DEFAULT_CURRENCY)
    in_kind = forms.CharField(
        label=gettext_lazy("What was given in kind"), max_length=280, required=False,
        help_text=gettext_lazy("It stands on the receipt."),
    )  # fmt: skip
    received_on = day_field(gettext_lazy("Received on"))
    campaign: "forms.ModelChoiceField[Campaign]" = forms.ModelChoiceField(
        Campaign.objects.all(), label=gettext_lazy("For"), required=False,
        empty_label=gettext_lazy("The Trust Fund in general"),
    )  # fmt: skip
    reference = forms.CharField(label=gettext_lazy("Reference of the bank or cheque"), max_length=140, required=False)
    form_token = forms.UUIDField(widget=forms.HiddenInput)

    field_order = (
        "email", "donor_public_id", "receipt_name", "language", "method", "amount", "currency", "in_kind",
        "received_on", "campaign", "reference",
    )  # fmt: skip

    def __init__(self, given: QueryDict | None) -> None:
        today = utc_today()
        super().__init__(given, initial={"form_token": uuid.uuid4(), "received_on": today})
        self.donor: Donor | None = None
        del self.fields["words"]  # words are the donor's own to write
        labels = {
            "public_name_kind": _("Does the donor want to be named in public?"),
            "is_amount_shown": _("The donor wants the amount shown, too"),
            "is_16_or_older": _("The donor says: I am 16 or older"),
        }
        for name, label in labels.items():
            self.fields[name].label = label

    def clean_received_on(self) -> dt.date:
        day: dt.date = self.cleaned_data["received_on"]
        if fault := days.fault_of(day):
            raise forms.ValidationError(fault)
        return day

    def clean_receipt_name(self) -> str:
        return receipt_name(self.cleaned_data["receipt_name"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._clean_amount(cleaned)
        self._clean_donor(cleaned)
        if "method" in cleaned and (cleaned["method"] == Method.IN_KIND) != bool(cleaned.get("in_kind")):
            self.add_error("in_kind", _("Of a gift in kind, and only of one, say what was given."))
        return cleaned

    def _clean_amount(self, cleaned: dict[str, Any]) -> None:
        if not {"amount", "currency"} <= cleaned.keys():
            return
        try:
            cleaned["amount_minor"] = read_amount(cleaned["amount"], cleaned["currency"])
        except forms.ValidationError as error:
            self.add_error("amount", error)

    def _clean_donor(self, cleaned: dict[str, Any]) -> None:
        public_id, email = (str(cleaned.get(name) or "") for name in ("donor_public_id", "email"))
        if public_id and email:
            self.add_error("donor_public_id", _("Please give an address or a public id, not both."))
        elif public_id:
            self.donor = Donor.objects.filter(public_id=public_id, erased_at=None).first()
            if self.donor is None:
                self.add_error("donor_public_id", _("Nobody has this public id."))
        elif email:
            self.donor = Donor.objects.with_email(email).first()


class ReversalForm(forms.Form):
    """Why a recorded gift is taken out of the books again."""

    reversed_for = forms.ChoiceField(
        label=gettext_lazy("What happened"), choices=ReversedFor.choices,
        help_text=gettext_lazy("The donor is told this."),
    )  # fmt: skip
    why = forms.CharField(
        label=gettext_lazy("Why"), max_length=1000, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("It stays with the posting and in the trail. Name nobody."),
    )  # fmt: skip
