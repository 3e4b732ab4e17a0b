"""The open books: every public figure of money, derived from the totals of the accounts and from nothing else.

Amounts are in minor units. Test mode, this portal: never to be added to what the United Nations published.
"""

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from django.db.models import BigIntegerField, CharField, DateField, F, Sum, Value
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from donations.exchange_rates import USD, Rates, in_usd_at, rates_on
from donations.models import Account, BooksTotal, ExchangeRate, LedgerTotal

GIFTS_COUNTED = "gifts"


@dataclass(frozen=True)
class Figure:
    """One figure of the books: what it is called, what it counts, and which sides of which accounts make it.

    A balance is what stands there today; all others are what happened, month by month.
    """

    key: str
    name: str | Promise
    counted: str | Promise
    weights: Mapping[str, int]
    is_balance: bool = False


RECEIVED = Figure(
    "received",
    _("Received"),
    _("Gifts of money as donors gave them, before fees: through Stripe, by bank, by cheque or in cash."),
    {Account.DONATION_INCOME: -1},
)
REFUNDS = Figure(
    "refunds",
    _("Refunds"),
    _("What was given back to donors, less what came back to us because a bank would not take it."),
    {Account.REFUNDS: 1},
)
DISPUTES = Figure(
    "disputes",
    _("Disputes"),
    _("What donors’ banks took back in disputes, less what they returned to us."),
    {Account.DISPUTES: 1},
)
NET = Figure(
    "net",
    _("Net"),
    _("What was received, less refunds and disputes."),
    {Account.DONATION_INCOME: -1, Account.REFUNDS: -1, Account.DISPUTES: -1},
)
FEES = Figure(
    "fees",
    _("Fees"),
    _("What Stripe and the bank kept for payments and for disputes, in the currency in which they took it."),
    {Account.PROCESSING_FEES: 1, Account.DISPUTE_FEES: 1},
)
PROMISED = Figure(
    "promised",
    _("Promised"),
    _("What governments, institutions and companies promised, less what they cancelled; "
      "what they paid beyond a promise counts as promised and paid."),
    {Account.PROMISED_GIFT_INCOME: -1},
)  # fmt: skip
PAID = Figure(
    "paid",
    _("Paid"),
    _("What they have paid, in the currency and at the amount of the promise that it settles."),
    {Account.PROMISED_GIFT_INCOME: -1, Account.WRITE_OFFS: -1, Account.PROMISED_GIFTS_RECEIVABLE: -1},
)
WRITTEN_OFF = Figure(
    "written_off",
    _("Written off"),
    _("Of what was promised, what is no longer expected to come."),
    {Account.WRITE_OFFS: 1},
)
OUTSTANDING = Figure(
    "outstanding",
    _("Outstanding"),
    _("Of what was promised, what is still to be paid."),
    {Account.PROMISED_GIFTS_RECEIVABLE: 1},
    is_balance=True,
)
IN_KIND = Figure(
    "in_kind",
    _("In kind"),
    _("The fair value of goods and services that were given instead of money; never added to money."),
    {Account.IN_KIND_INCOME: -1},
)
GRANTED = Figure(
    "granted",
    _("Paid in grants"),
    _("What was paid to organisations as grants of this portal, less what they returned."),
    {Account.GRANTS: 1},
)
AT_STRIPE = Figure(
    "at_stripe",
    _("At Stripe"),
    _("What stands on our balance with Stripe, by these books."),
    {Account.STRIPE_BALANCE: 1},
    is_balance=True,
)
AT_BANK = Figure(
    "at_bank",
    _("At the bank"),
    _("What stands on our bank accounts, by these books."),
    {Account.BANK: 1},
    is_balance=True,
)
TO_CLEAR = Figure(
    "to_clear",
    _("To be cleared up"),
    _("Payments that came in and are no gift as agreed: a person decides on them, and no other figure counts them."),
    {Account.SUSPENSE: -1},
    is_balance=True,
)

GIFTS = (RECEIVED, REFUNDS, DISPUTES, NET, FEES)
PROMISES = (PROMISED, PAID, WRITTEN_OFF, OUTSTANDING)
SPENT_AND_HELD = (GRANTED, AT_STRIPE, AT_BANK, TO_CLEAR, IN_KIND)
FIGURES = (*GIFTS, *PROMISES, *SPENT_AND_HELD)


class Side(NamedTuple):
    """What was put to both sides of an account in one currency: in one month, or in all where there is none."""

    month: dt.date | None
    account: str
    currency: str
    debits_minor: int
    credits_minor: int

    @property
    def balance_minor(self) -> int:
        """Debits less credits: above zero on the debit side, below on the credit side."""
        return self.debits_minor - self.credits_minor


class Proof(NamedTuple):
    """All accounts in one currency: that both sides are alike is what proves the books."""

    currency: str
    debits_minor: int
    credits_minor: int
    accounts: list[Side]

    @property
    def is_balanced(self) -> bool:
        return self.debits_minor == self.credits_minor


@dataclass(frozen=True)
class Books:
    """The totals as of the last window, and every figure that they give."""

    as_of: dt.datetime
    sides: Sequence[Side]
    donations: Mapping[str, int]

    @cached_property
    def currencies(self) -> list[str]:
        """Those that the books hold: with most gifts first, then by code."""
        held = {side.currency for side in self.sides}
        return sorted(held, key=lambda currency: (-self.donations.get(currency, 0), currency))

    @cached_property
    def months(self) -> list[dt.date]:
        """The first days of all months from the first in which anything was posted to the last."""
        posted = [side.month for side in self.sides if side.month]
        months: list[dt.date] = [min(posted)] if posted else []
        while months and months[-1] < max(posted):
            months.append((months[-1] + dt.timedelta(days=31)).replace(day=1))
        return months

    def amount(self, figure: Figure, currency: str) -> int:
        """The figure in one currency, in all."""
        return sum(self._moved[figure.key, currency].values())

    def in_month(self, figure: Figure, currency: str, month: dt.date) -> int:
        """What happened in the month; of a balance, what stood there at its end."""
        moved = self._moved[figure.key, currency]
        if figure.is_balance:
            return sum(amount for when, amount in moved.items() if when <= month)
        return moved.get(month, 0)

    def moves(self, figure: Figure, currency: str) -> list[tuple[dt.date, int]]:
        """The months in which the figure moved, and by how much."""
        return sorted(self._moved[figure.key, currency].items())

    def currencies_with(self, figures: Sequence[Figure]) -> list[str]:
        """Currencies in which at least one of the figures ever moved."""
        return [code for code in self.currencies if any(self.has(figure, code) for figure in figures)]

    def has(self, figure: Figure, currency: str) -> bool:
        """Whether the figure ever moved in the currency, be it to nothing."""
        return bool(self._moved[figure.key, currency])

    def proofs(self) -> list[Proof]:
        """The trial balance of each currency, its accounts in the order of the chart."""
        held: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
        for side in self.sides:
            both = held[side.currency][side.account]
            both[0] += side.debits_minor
            both[1] += side.credits_minor
        return [self._proof(currency, held[currency]) for currency in self.currencies]

    def _proof(self, currency: str, held: Mapping[str, Sequence[int]]) -> Proof:
        sides = [Side(None, account, currency, *held[account]) for account in Account.values if account in held]
        debits, credits_ = (sum(getattr(side, name) for side in sides) for name in ("debits_minor", "credits_minor"))
        return Proof(currency, debits, credits_, sides)

    @cached_property
    def _moved(self) -> Mapping[tuple[str, str], dict[dt.date, int]]:
        """Per figure and currency, by how much it moved in each month in which an account of it did."""
        moved: dict[tuple[str, str], dict[dt.date, int]] = defaultdict(dict)
        for side in self.sides:
            for figure in FIGURES:
                weight = figure.weights.get(side.account)
                if weight and side.month:
                    months = moved[figure.key, side.currency]
                    months[side.month] = months.get(side.month, 0) + weight * side.balance_minor
        return moved


def read() -> Books:
    """The books as of now; one query, whose cost grows with months and currencies and not with gifts."""
    sides = BooksTotal.objects.order_by().values_list("month", "account", "currency", "debits_minor", "credits_minor")
    counts = (
        LedgerTotal.objects.order_by()
        .values("currency")
        .annotate(
            month=Value(None, DateField()),
            account=Value(GIFTS_COUNTED, CharField()),
            # A sum is numeric, and would make decimals of every amount beside it.
            counted=Cast(Sum("donations"), BigIntegerField()),
            nothing=Value(0),
        )
        .values_list("month", "account", F("currency"), "counted", "nothing")
    )
    rows = [Side(*row) for row in sides.union(counts, all=True)]
    return Books(
        as_of=timezone.now(),
        sides=[row for row in rows if row.account != GIFTS_COUNTED],
        donations={row.currency: row.debits_minor for row in rows if row.account == GIFTS_COUNTED},
    )


def sums_of(figure: Figure) -> list[tuple[str, int]]:
    """One figure in each currency in which it ever moved, by code; one query."""
    rows = BooksTotal.objects.order_by().filter(account__in=figure.weights).values("currency", "account")
    sums: dict[str, int] = defaultdict(int)
    for row in rows.annotate(balance=Sum("debits_minor") - Sum("credits_minor")):
        sums[row["currency"]] += figure.weights[row["account"]] * int(row["balance"])
    return sorted(sums.items())


class Used(NamedTuple):
    """A rate by which amounts of one month were converted; `month` is None for what stands there today."""

    currency: str
    month: dt.date | None
    rate: ExchangeRate


class LeftOut(NamedTuple):
    """A currency of which no rate is stored for some months (None: for today), so that no sum in dollars has them."""

    currency: str
    months: list[dt.date | None]


@dataclass(frozen=True)
class InDollars:
    """The figures in US cents: each month's amount in each currency is converted and rounded by itself, then added.

    What happened in a month is converted at the rate valid on its last day, or today in the running one; what stands
    there today, at today's.
    """

    by_month: Mapping[tuple[str, dt.date], int] = field(default_factory=dict)
    converted: Mapping[tuple[str, str, dt.date | None], int] = field(default_factory=dict)
    used: Sequence[Used] = ()
    left_out: Sequence[LeftOut] = ()

    @cached_property
    def amounts(self) -> Mapping[str, int]:
        """Each figure in all."""
        sums: dict[str, int] = {figure.key: 0 for figure in FIGURES}
        for (key, _currency, _month), cents in self.converted.items():
            sums[key] += cents
        return sums


def in_dollars(books: Books) -> InDollars:
    """The books in US dollars, as far as rates are stored; one query for all of them."""
    today = books.as_of.astimezone(dt.UTC).date()
    amounts = list(_to_convert(books))
    wanted = {(currency, month) for _figure, currency, month, _amount in amounts}
    rates = rates_on((currency, _day_of(month, today)) for currency, month in wanted)
    converted = {
        (figure.key, currency, month): cents
        for figure, currency, month, amount in amounts
        if (cents := in_usd_at(amount, currency, rates.get((currency, _day_of(month, today))))) is not None
    }
    by_month: dict[tuple[str, dt.date], int] = defaultdict(int)
    for (key, _currency, month), cents in converted.items():
        if month:
            by_month[key, month] += cents
    reached = {(currency, month) for _key, currency, month in converted}
    return InDollars(by_month, converted, _used(wanted & reached, rates, today), _left_out(wanted - reached))


def _to_convert(books: Books) -> Iterator[tuple[Figure, str, dt.date | None, int]]:
    """Every amount that is not nothing, with the month in which it moved; None for what stands there today."""
    for figure in FIGURES:
        for currency in books.currencies:
            moves: Sequence[tuple[dt.date | None, int]] = (
                [(None, books.amount(figure, currency))] if figure.is_balance else books.moves(figure, currency)
            )
            yield from ((figure, currency, month, amount) for month, amount in moves if amount)


def _day_of(month: dt.date | None, today: dt.date) -> dt.date:
    """The day whose rate counts."""
    if month is None:
        return today
    return min(month.replace(day=calendar.monthrange(month.year, month.month)[1]), today)


def _used(reached: set[tuple[str, dt.date | None]], rates: Rates, today: dt.date) -> list[Used]:
    used = [Used(code, month, rates[code, _day_of(month, today)]) for code, month in reached if code != USD]
    return sorted(used, key=lambda each: (each.currency, each.month or dt.date.max))


def _left_out(missed: set[tuple[str, dt.date | None]]) -> list[LeftOut]:
    months: dict[str, list[dt.date | None]] = defaultdict(list)
    for currency, month in sorted(missed, key=lambda pair: (pair[0], pair[1] or dt.date.max)):
        months[currency].append(month)
    return [LeftOut(currency, missing) for currency, missing in months.items()]
