"""What staff type into the books: periods to look at, and adjustments."""

import datetime as dt
from typing import Any, cast

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.languages import page_language
from blueheart.money import DEFAULT_CURRENCY, format_amount
from campaigns.models import Campaign
from donations import days
from donations.accounts import Period, Wanted
from donations.forms.typed import ANY_CURRENCY, day_field, read_amount
from donations.ledger import Posting
from donations.models import Account
from donations.services.bookkeeping import NOT_BY_HAND

FEWEST_LINES, EMPTY_LINES = 2, 6
ALL = gettext_lazy("All")


class PeriodForm(forms.Form):
    """From when to when; both may stay open."""

    since = day_field(gettext_lazy("From"), required=False)
    until = day_field(gettext_lazy("To"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day lies before the first one."))
        return cleaned

    def period(self) -> Period:
        """What was asked for; all days where that is no period."""
        if not self.is_valid():
            return Period()
        return Period(self.cleaned_data["since"], self.cleaned_data["until"])


class LedgerForm(PeriodForm):
    """Which entries of the general ledger."""

    account = forms.ChoiceField(label=gettext_lazy("Account"), required=False, choices=[("", ALL), *Account.choices])
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), required=False)  # its choices are in the books
    campaign: "forms.ModelChoiceField[Campaign]" = forms.ModelChoiceField(
        Campaign.objects.all(), label=gettext_lazy("Campaign"), required=False, empty_label=ALL
    )

    def __init__(self, *args: Any, currencies: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("", ALL), *((code, code) for code in currencies)]
        self.fields["currency"] = forms.ChoiceField(label=gettext_lazy("Currency"), required=False, choices=choices)

    def wanted(self) -> Wanted:
        """The entries that were asked for; all of them where the question cannot be read."""
        if not self.is_valid():
            return Wanted(Period())
        asked = self.cleaned_data
        campaign = asked["campaign"]
        return Wanted(self.period(), asked["account"], asked["currency"], campaign.pk if campaign else None)


class AdjustmentForm(forms.Form):
    """When and why; its lines are a form set of their own."""

    happened_on = day_field(gettext_lazy("Day"))
    why = forms.CharField(
        label=gettext_lazy("Why"), max_length=1000, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("It stays with the posting. No name or address of a person."),
    )  # fmt: skip
    form_token = forms.UUIDField(widget=forms.HiddenInput)

    def clean_happened_on(self) -> dt.date:
        day: dt.date = self.cleaned_data["happened_on"]
        if fault := days.fault_of(day):
            raise forms.ValidationError(fault)
        return day


class LineForm(forms.Form):
    """One entry: an account, and an amount on one side of it."""

    account = forms.ChoiceField(
        label=gettext_lazy("Account"),
        choices=[("", "–"), *(each for each in Account.choices if each[0] not in NOT_BY_HAND)],
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=ANY_CURRENCY, initial=DEFAULT_CURRENCY)
    debit = forms.CharField(label=gettext_lazy("Debit"), max_length=40, required=False)
    credit = forms.CharField(label=gettext_lazy("Credit"), max_length=40, required=False)

    def has_changed(self) -> bool:
        """Whether anything was typed: a currency alone is none."""
        return bool({"account", "debit", "credit"}.intersection(self.changed_data))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        sides = [side for side in ("debit", "credit") if cleaned.get(side)]
        if len(sides) != 1:
            raise forms.ValidationError(_("Please enter an amount on one side."))
        if currency := cleaned.get("currency"):
            try:
                amount = read_amount(cleaned[sides[0]], currency)
            except forms.ValidationError as error:
                self.add_error(sides[0], error)
            else:
                cleaned["amount_minor"] = amount if sides == ["debit"] else -amount
        return cleaned

    def posting(self) -> Posting:
        line = self.cleaned_data
        return Account(line["account"]), line["currency"], line["amount_minor"]


class Lines(BaseFormSet):  # type: ignore[type-arg]  # Django's own is not subscriptable
    """Two or more entries that add up to zero in each currency; lines left empty do not count."""

    def clean(self) -> None:
        if any(self.errors):
            return
        if len(self.postings()) < FEWEST_LINES:
            raise forms.ValidationError(_("An adjustment has two lines or more."))
        sums: dict[str, int] = {}
        for _account, currency, amount_minor in self.postings():
            sums[currency] = sums.get(currency, 0) + amount_minor
        for currency, off in sums.items():
            if off:
                amount = format_amount(abs(off), currency, page_language())
                raise forms.ValidationError(_("Debits and credits differ by %(amount)s.") % {"amount": amount})

    def postings(self) -> list[Posting]:
        """What is to be posted, once all is valid."""
        return [form.posting() for form in self.forms if form.has_changed()]


LineFormSet = formset_factory(LineForm, formset=Lines, extra=EMPTY_LINES)


def lines_of(typed: Any) -> Lines:
    """The lines of an adjustment as they were typed, or empty ones."""
    lines = LineFormSet(typed, prefix="lines")
    return cast(Lines, lines)


class ReversalForm(forms.Form):
    """Why an adjustment is taken back."""

    why = forms.CharField(label=gettext_lazy("Why"), max_length=1000, widget=forms.Textarea({"rows": 3}))
