"""What staff type about promised gifts: a promise, its instalments, changes of both, and what was paid on them."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.days import utc_today
from blueheart.languages import countries, page_language
from blueheart.money import DEFAULT_CURRENCY, format_amount
from campaigns.models import Campaign
from donations.amounts import to_typed
from donations.forms.typed import ANY_CURRENCY, day_field, read_amount
from donations.instalments import MOST_INSTALMENTS, Planned, in_equal_parts, planned
from donations.models import Contributor, Instalment, PromisedGift, PromisePayment
from donations.models.gifts import REPEATED, Interval
from donations.services.promise_payments import Settles


class ContributorForm(forms.ModelForm):  # type: ignore[type-arg]
    """Governments are of a country, any of the 249."""

    country = forms.ChoiceField(
        label=gettext_lazy("Country"), required=False, choices=lambda: [("", "–"), *countries(page_language())]
    )

    class Meta:
        model = Contributor
        fields = ("kind", "name", "country", "is_public", "contact_name", "contact_email", "language")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == Contributor.Kind.GOVERNMENT and not cleaned.get("country"):
            self.add_error("country", _("Please say of which country this is the government."))
        return cleaned


class WhyForm(forms.Form):
    """Why something is changed. The form does its work once."""

    why = forms.CharField(
        label=gettext_lazy("Why"), max_length=1000, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("It stays with the promise and in the trail. Name nobody."),
    )  # fmt: skip
    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, given: QueryDict | None, **initial: Any) -> None:
        super().__init__(given, initial={"form_token": uuid.uuid4(), **initial})


class PlanForm(forms.Form):
    """Instalments: so many in equal parts, or each by its day and amount."""

    number = forms.IntegerField(
        label=gettext_lazy("Number of instalments"), min_value=1, max_value=MOST_INSTALMENTS, required=False
    )
    first_due_on = day_field(gettext_lazy("The first is due on"), required=False)
    every = forms.ChoiceField(
        label=gettext_lazy("The next ones"), choices=[(each.value, each.label) for each in REPEATED], required=False
    )
    lines = forms.CharField(
        label=gettext_lazy("Or each by itself"), required=False, widget=forms.Textarea({"rows": 5, "dir": "ltr"}),
        help_text=gettext_lazy("One line for each: its day and its amount, such as 2026-12-31 5000. Then the three fields above do not count."),  # noqa: E501
    )  # fmt: skip

    def plan(self, amount_minor: int, currency: str) -> list[Planned]:
        """The instalments of so much that were typed. Raises `ValidationError`."""
        typed = [line.split(None, 1) for line in self.cleaned_data["lines"].splitlines() if line.strip()]
        if typed:
            return [self._line(number, line, currency) for number, line in enumerate(typed, 1)]
        number, first = self.cleaned_data["number"], self.cleaned_data["first_due_on"]
        if not number or not first:
            raise forms.ValidationError(_("Please say how many instalments there are and when the first is due."))
        try:
            in_equal_parts(amount_minor, currency, number)
        except ValueError as error:
            raise forms.ValidationError(_("So little cannot be paid in so many instalments.")) from error
        every = self.cleaned_data["every"] or Interval.YEAR
        try:
            return planned(amount_minor, currency, number=number, first_due_on=first, every=every)
        except ValueError as error:
            raise forms.ValidationError(_("These days are too far away.")) from error

    def _line(self, number: int, line: Sequence[str], currency: str) -> Planned:
        try:
            return Planned(read_amount(line[1], currency), dt.date.fromisoformat(line[0]))
        except (ValueError, IndexError, forms.ValidationError) as error:
            words = _("Line %(number)s has to be a day and an amount, such as 2026-12-31 5000.")
            raise forms.ValidationError(words % {"number": number}) from error


class PromiseForm(PlanForm):
    """A promise as it stands in the contributor's letter."""

    amount = forms.CharField(label=gettext_lazy("Amount"), max_length=40)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=ANY_CURRENCY)
    promised_on = day_field(gettext_lazy("Promised on"))
    campaign: "forms.ModelChoiceField[Campaign]" = forms.ModelChoiceField(
        Campaign.objects.all(), label=gettext_lazy("Campaign"), required=False,
        empty_label=gettext_lazy("The Trust Fund in general"),
    )  # fmt: skip
    document = forms.CharField(
        label=gettext_lazy("Document"), max_length=200, required=False,
        help_text=gettext_lazy("The letter or agreement in which it stands."),
    )  # fmt: skip
    note = forms.CharField(label=gettext_lazy("Note"), required=False, widget=forms.Textarea({"rows": 2}))
    form_token = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ["amount", "currency", "promised_on", "number", "first_due_on", "every", "lines"]

    def __init__(self, given: QueryDict | None) -> None:
        initial = {
            "currency": DEFAULT_CURRENCY, "promised_on": utc_today(), "number": 1, "every": Interval.YEAR,
            "form_token": uuid.uuid4(),
        }  # fmt: skip
        super().__init__(given, initial=initial)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            cleaned["amount_minor"] = read_amount(cleaned["amount"], cleaned["currency"])
        except forms.ValidationError as error:
            self.add_error("amount", error)
        else:
            cleaned["instalments"] = self.plan(cleaned["amount_minor"], cleaned["currency"])
        return cleaned

    def promise(self) -> dict[str, Any]:
        """What the service is asked for."""
        asked = ("amount_minor", "currency", "promised_on", "instalments", "campaign", "document", "note", "form_token")
        return {name: self.cleaned_data[name] for name in asked}


class AmountForm(WhyForm):
    """What a promise comes to from now on."""

    amount = forms.CharField(label=gettext_lazy("New amount"), max_length=40)
    due_on = day_field(
        gettext_lazy("The difference is due on"), required=False,
        help_text=gettext_lazy("Only where nothing is outstanding any more."),
    )  # fmt: skip
    field_order = ["amount", "due_on", "why"]

    def __init__(self, promise: PromisedGift, given: QueryDict | None) -> None:
        self.promise = promise
        super().__init__(given, amount=to_typed(promise.amount_minor, promise.currency, page_language()))
        self.fields["amount"].help_text = promise.currency

    def clean_amount(self) -> int:
        """The minor units, in the promise's currency."""
        return read_amount(self.cleaned_data["amount"], self.promise.currency)


class ScheduleForm(WhyForm, PlanForm):
    """Other instalments for what is outstanding."""

    field_order = ["number", "first_due_on", "every", "lines", "why"]

    def __init__(self, promise: PromisedGift, rows: Sequence[Instalment], given: QueryDict | None) -> None:
        self.promise, self.outstanding_minor = promise, sum(row.outstanding_minor for row in rows)
        lines = [f"{row.due_on} {to_typed(row.outstanding_minor, promise.currency, page_language())}" for row in rows]
        super().__init__(given, lines="\n".join(lines), every=Interval.YEAR)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            cleaned["instalments"] = self.plan(self.outstanding_minor, self.promise.currency)
        return cleaned


class WriteOffForm(WhyForm):
    """One instalment's rest, or all that is outstanding."""

    instalment = forms.ChoiceField(label=gettext_lazy("What is given up"), required=False)
    field_order = ["instalment", "why"]

    def __init__(self, promise: PromisedGift, rows: Sequence[Instalment], given: QueryDict | None) -> None:
        self.rows = {str(row.pk): row for row in rows}
        super().__init__(given)
        self.fields["instalment"] = forms.ChoiceField(
            label=gettext_lazy("What is given up"),
            required=False,
            choices=[("", _("all that is outstanding")), *((row.pk, shown_instalment(row, promise)) for row in rows)],
        )

    def clean_instalment(self) -> Instalment | None:
        """The instalment, or None for all."""
        return self.rows.get(self.cleaned_data["instalment"])


class PaymentForm(forms.Form):
    """What reached our bank."""

    amount = forms.CharField(label=gettext_lazy("Received"), max_length=40)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=ANY_CURRENCY)
    method = forms.ChoiceField(label=gettext_lazy("By"), choices=PromisePayment.Method.offline_money)
    received_on = day_field(gettext_lazy("Received on"))
    reference = forms.CharField(label=gettext_lazy("Reference of the bank or cheque"), max_length=140, required=False)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, widget=forms.Textarea({"rows": 2}))
    settles = forms.CharField(
        label=gettext_lazy("Settles"), max_length=40, required=False,
        help_text=gettext_lazy("Only where the promise is in another currency. Empty: by the UN rate of the day."),
    )  # fmt: skip
    settles_currency = forms.ChoiceField(label=gettext_lazy("of what was promised in"), required=False)
    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, promised_in: Sequence[str], given: QueryDict | None) -> None:
        first = promised_in[0] if promised_in else DEFAULT_CURRENCY
        initial = {"currency": first, "method": "bank", "received_on": utc_today(), "form_token": uuid.uuid4()}
        super().__init__(given, initial=initial)
        self.fields["settles_currency"] = forms.ChoiceField(
            label=gettext_lazy("of what was promised in"),
            required=False,
            choices=[("", "–"), *((code, code) for code in promised_in)],
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, currency, read in (("amount", "currency", "amount_minor"), ("settles", "settles_currency", "stated")):
            if cleaned.get(name) and cleaned.get(currency):
                try:
                    cleaned[read] = read_amount(cleaned[name], cleaned[currency])
                except forms.ValidationError as error:
                    self.add_error(name, error)
        if bool(cleaned.get("settles")) != bool(cleaned.get("settles_currency")):
            self.add_error("settles", _("Please state both: how much, and in which currency."))
        return cleaned

    def settled(self) -> Settles | None:
        """What staff state that the payment settles, if they do."""
        stated = self.cleaned_data.get("stated")
        return Settles(stated, self.cleaned_data["settles_currency"]) if stated else None


class PartsForm(forms.Form):
    """How much of each outstanding instalment a payment settles, in the promise's currency."""

    def __init__(self, rows: Sequence[Instalment], given: QueryDict | None, suggested: dict[int, int]) -> None:
        super().__init__(given)
        self.rows = {f"part-{row.pk}": row for row in rows}
        for name, row in self.rows.items():
            settled = suggested.get(row.pk)
            typed = to_typed(settled, row.promised_gift.currency, page_language()) if settled else ""
            self.fields[name] = forms.CharField(
                label=shown_instalment(row, row.promised_gift), max_length=40, required=False, initial=typed
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name, row in self.rows.items():
            try:
                cleaned[name] = read_amount(cleaned[name], row.promised_gift.currency) if cleaned.get(name) else 0
            except forms.ValidationError as error:
                self.add_error(name, error)
        return cleaned

    def settled(self) -> list[tuple[Instalment, int]]:
        """The instalments of which something is settled, with how much."""
        return [(row, self.cleaned_data[name]) for name, row in self.rows.items() if self.cleaned_data[name]]


def shown_instalment(row: Instalment, promise: PromisedGift) -> str:
    """The instalment by number, promise, day and what is outstanding of it."""
    return _("Instalment %(number)s of %(promise)s, due on %(day)s: %(amount)s outstanding") % {
        "number": row.number,
        "promise": promise.public_id,
        "day": date_format(row.due_on),
        "amount": format_amount(row.outstanding_minor, promise.currency, page_language()),
    }
