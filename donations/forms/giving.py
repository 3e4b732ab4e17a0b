"""The form that leads to Stripe's pay page."""

import uuid
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.languages import page_language
from blueheart.mail_addresses import OwnMailField
from blueheart.money import DEFAULT_CURRENCY, AmountError, format_amount, parse_amount
from campaigns.models import Campaign
from donations.fee_cover import cover_minor, rate_for
from donations.forms.amounts import OTHER, CurrencySelect, Quote, currency_choices, rate_in_words
from donations.forms.names import receipt_name
from donations.forms.public_names import PublicNameFields
from donations.forms.tributes import TributeFields
from donations.models import FeeRate, GivingCurrency, Interval
from donations.services import Wish

SHOW = "show_currency"


class DonationForm(TributeFields, PublicNameFields, forms.Form):
    """What a donor tells us before paying. The suggested amounts are those of one currency.

    Where another currency was chosen than the one whose amounts were shown, an amount picked from those is not taken:
    25 dollars are not 25 yen. What staff offer is read once for each form.
    """

    form_token = forms.UUIDField(widget=forms.HiddenInput)
    shown_currency = forms.CharField(widget=forms.HiddenInput, required=False)
    seen_total = forms.CharField(widget=forms.HiddenInput, required=False)
    interval = forms.ChoiceField(
        label=gettext_lazy("How often?"),
        choices=[
            (Interval.ONCE, gettext_lazy("Once")),
            (Interval.MONTH, gettext_lazy("Every month")),
            (Interval.QUARTER, gettext_lazy("Every three months")),
            (Interval.YEAR, gettext_lazy("Every year")),
        ],
        widget=forms.RadioSelect,
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), widget=CurrencySelect)
    preset = forms.ChoiceField(label=gettext_lazy("How much?"), required=False, widget=forms.RadioSelect)
    amount = forms.CharField(
        label=gettext_lazy("Other amount"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "transaction-amount", "dir": "ltr"}),
    )
    cover_fees = forms.BooleanField(label=gettext_lazy("Add the payment fees"), required=False)
    campaign: "forms.ModelChoiceField[Campaign]" = forms.ModelChoiceField(
        Campaign.objects.none(),
        label=gettext_lazy("What for?"),
        required=False,
        to_field_name="slug",
        empty_label=gettext_lazy("The Trust Fund in general"),
    )
    email = OwnMailField(
        label=gettext_lazy("E-mail"),
        help_text=gettext_lazy("For the receipt. It is never shown."),
    )
    receipt_name = forms.CharField(
        label=gettext_lazy("Your name, for the receipt"),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name", "dir": "auto"}),
    )

    field_order = (
        "form_token", "shown_currency", "seen_total", "interval", "currency", "preset", "amount", "cover_fees", "email",
        "receipt_name", "campaign",
    )  # fmt: skip

    def __init__(self, data: QueryDict | None = None, *, offered: dict[str, GivingCurrency], **kwargs: Any) -> None:
        """`offered`: the currencies to choose from, at least one, by code."""
        self.language = page_language()
        self.offered = offered
        chosen = (data if data is not None else kwargs.get("initial") or {}).get("currency")
        self.shown = chosen if chosen in offered else default_currency(offered)
        shown_before = data.get("shown_currency") if data is not None else self.shown
        self.other_was_shown = shown_before != self.shown
        if data is not None:
            data = data.copy()
            data["shown_currency"] = self.shown
            if self.other_was_shown:
                data["preset"] = OTHER if data.get("amount", "").strip() else ""
        super().__init__(data, **kwargs)
        self._offer()

    def _offer(self) -> None:
        """Fill in what the database and the chosen currency say."""
        fields: dict[str, Any] = self.fields
        fields["currency"].choices = currency_choices(list(self.offered), self.language)
        fields["preset"].choices = [
            *((str(amount), self.money(amount)) for amount in self.presets),
            (OTHER, _("Another amount")),
        ]
        for name in ("preset", "cover_fees", "public_name_kind", "tribute_kind", "honoured_name"):
            fields[name].required_otherwise = True  # not marked "(optional)"
        fields["campaign"].queryset = Campaign.objects.published()
        fields["amount"].help_text = _("In %(currency)s.") % {"currency": self.shown}
        if self.rate is None:
            del self.fields["cover_fees"]
        else:
            fields["cover_fees"].help_text = rate_in_words(self.rate, self.shown, self.language)

    @property
    def rules(self) -> GivingCurrency:
        """What staff set for the currency that is shown."""
        return self.offered[self.shown]

    @property
    def presets(self) -> list[int]:
        """The suggested amounts that may be given as things stand."""
        rules = self.rules
        return [amount for amount in rules.presets_minor if rules.minimum_minor <= amount <= rules.maximum_minor]

    @cached_property
    def rate(self) -> FeeRate | None:
        """What Stripe is expected to keep in the currency that is shown."""
        return rate_for(self.shown)

    @cached_property
    def quote(self) -> Quote | None:
        """What would be charged as the form stands; None while it names no amount that can be given."""
        preset, typed = self.said("preset"), self.said("amount").strip()
        try:
            gift = parse_amount(typed, self.shown, self.language, limits=self.rules) if typed else int(preset)
        except (AmountError, ValueError):
            return None
        if not typed and gift not in self.presets:
            return None
        interval = self.said("interval")
        return Quote(
            gift_minor=gift,
            estimate_minor=cover_minor(gift, self.shown, self.rate),
            is_covered=bool(self.rate and self["cover_fees"].value()),
            currency=self.shown,
            interval=interval if interval in Interval.values else Interval.ONCE,
        )

    @property
    def wants_a_look(self) -> bool:
        """Whether a valid form adds fees to a sum that the donor has not seen yet."""
        quote = self.quote
        return bool(quote and quote.cover_minor and self.cleaned_data["seen_total"] != str(quote.total_minor))

    @property
    def open_groups(self) -> dict[str, bool]:
        """Which folded parts stand open: those with a fault, and those where something was said."""
        return {
            name: any(self[field].errors or self._is_said(field) for field in fields)
            for name, fields in (("public", self.PUBLIC), ("tribute", self.TRIBUTE), ("campaign", ("campaign",)))
        }

    def _is_said(self, name: str) -> bool:
        value = self[name].value()
        return value not in ("", None, False) and value != self.fields[name].initial

    def said(self, name: str) -> str:
        """What stands in a field of text, whether it was sent or filled in by us."""
        return str(self[name].value() or "")

    def money(self, amount_minor: int) -> str:
        """An amount in the currency that is shown."""
        return format_amount(amount_minor, self.shown, self.language)

    def renew(self) -> None:
        """Give the filled form a token of its own: sent once more, it is a gift of its own."""
        self.data = {name: self.data[name] for name in self.data} | {"form_token": str(uuid.uuid4())}

    def clean_receipt_name(self) -> str:
        return receipt_name(self.cleaned_data["receipt_name"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "currency" in cleaned and not {"preset", "amount"} & set(self.errors):
            self._clean_amount(cleaned)
        return cleaned

    def wish(self) -> Wish:
        """What was asked for, from a valid form."""
        said, quote = self.cleaned_data, self.quote
        if quote is None:
            raise ValueError("a form without an amount is not valid")
        return Wish(
            amount_minor=quote.total_minor,
            fee_cover_minor=quote.cover_minor,
            currency=said["currency"],
            interval=said["interval"],
            campaign=said["campaign"],
            email=said["email"],
            receipt_name=said["receipt_name"],
            public_name=said["public_name"],
            public_name_kind=said["public_name_kind"],
            words=said["words"],
            is_amount_shown=said["is_amount_shown"],
            is_16_or_older=bool(said["is_16_or_older"]),
            consent_version=said["is_16_or_older"] or None,
            language=self.language,
            tribute=self.tribute(),
        )

    def _clean_amount(self, cleaned: dict[str, Any]) -> None:
        preset, typed = cleaned.get("preset", ""), cleaned.get("amount", "").strip()
        picked = int(preset) if preset not in ("", OTHER) else None
        if not typed and not picked:
            self._ask_for_an_amount()
        elif typed:
            try:
                amount_minor = parse_amount(typed, self.shown, self.language, limits=self.rules)
            except AmountError as error:
                self.add_error("amount", str(error))
                return
            if picked and picked != amount_minor:
                self.add_error("preset", _("You chose one amount and typed another. Please keep one of them."))
        if (quote := self.quote) and quote.is_too_much:
            self.add_error(
                "cover_fees", _("With the fees it is more than can be charged at once. Please leave them out.")
            )

    def _ask_for_an_amount(self) -> None:
        if self.other_was_shown:
            self.add_error("preset", _("Please choose the amount in %(currency)s.") % {"currency": self.shown})
        else:
            self.add_error("preset", _("Please choose an amount, or type another one."))


def default_currency(offered: dict[str, GivingCurrency]) -> str:
    """The currency of a form that names none: ours, or the first where it is not offered."""
    return DEFAULT_CURRENCY if DEFAULT_CURRENCY in offered else next(iter(offered))
