"""The books as statements: what stands on each account, and every entry that brought it there.

Debits are positive, credits negative, in minor units; days are those on which something was posted.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from donations.models import Account, LedgerEntry

PAGE_SIZE = 100
READ_AT_ONCE = 1000
IN_ORDER = ("transaction__posted_on", "transaction_id", "pk")


@dataclass(frozen=True)
class Period:
    """Days of the books, both ends included; None is the beginning, or the end."""

    since: dt.date | None = None
    until: dt.date | None = None

    def during(self) -> Q:
        """Entries posted in it."""
        return self._from() & self._to()

    def before(self) -> Q:
        """Entries posted before it."""
        return Q(transaction__posted_on__lt=self.since) if self.since else Q(pk=None)

    def _from(self) -> Q:
        return Q(transaction__posted_on__gte=self.since) if self.since else Q()

    def _to(self) -> Q:
        return Q(transaction__posted_on__lte=self.until) if self.until else Q()


@dataclass(frozen=True)
class Line:
    """One account in one currency: what it began with, what was put to each side, what it ended with."""

    account: Account
    currency: str
    opening_minor: int
    debits_minor: int
    credits_minor: int

    @property
    def closing_minor(self) -> int:
        return self.opening_minor + self.debits_minor - self.credits_minor


@dataclass(frozen=True)
class Total:
    """All accounts in one currency: both sides are alike, and what stands on all of them is nothing."""

    currency: str
    opening_minor: int
    debits_minor: int
    credits_minor: int
    closing_minor: int

    @property
    def is_balanced(self) -> bool:
        return self.debits_minor == self.credits_minor and not self.opening_minor and not self.closing_minor


def trial_balance(period: Period) -> list[Line]:
    """Every account that was ever used, by currency and in the order of the chart of accounts; one query."""
    within, debit, credit = period.during(), Q(amount_minor__gt=0), Q(amount_minor__lt=0)
    rows = (
        LedgerEntry.objects.order_by()
        .values("account", "currency")
        .annotate(
            opening=Coalesce(Sum("amount_minor", filter=period.before()), 0),
            debits=Coalesce(Sum("amount_minor", filter=within & debit), 0),
            credits=Coalesce(Sum("amount_minor", filter=within & credit), 0),
        )
    )
    lines = [
        Line(Account(row["account"]), row["currency"], row["opening"], row["debits"], -row["credits"]) for row in rows
    ]
    chart = list(Account)
    return sorted(lines, key=lambda line: (line.currency, chart.index(line.account)))


def totals(lines: list[Line]) -> list[Total]:
    """One line per currency: what proves that the books balance."""
    return [
        Total(
            currency,
            *(
                sum(getattr(line, name) for line in lines if line.currency == currency)
                for name in ("opening_minor", "debits_minor", "credits_minor", "closing_minor")
            ),
        )
        for currency in sorted({line.currency for line in lines})
    ]


@dataclass(frozen=True)
class Place:
    """Where an entry stands in the order of the books: the page after it begins there."""

    posted_on: dt.date
    transaction_id: int
    entry_id: int

    @classmethod
    def of(cls, entry: LedgerEntry) -> Self:
        return cls(entry.transaction.posted_on, entry.transaction_id, entry.pk)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The place as an address names it; None where it names none."""
        try:
            day, transaction_id, entry_id = text.split("_")
            return cls(dt.date.fromisoformat(day), int(transaction_id), int(entry_id))
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.posted_on.isoformat()}_{self.transaction_id}_{self.entry_id}"

    def after(self) -> Q:
        day, number = Q(transaction__posted_on=self.posted_on), Q(transaction_id=self.transaction_id)
        return (
            Q(transaction__posted_on__gt=self.posted_on)
            | day & Q(transaction_id__gt=self.transaction_id)
            | day & number & Q(pk__gt=self.entry_id)
        )


@dataclass(frozen=True)
class Wanted:
    """Which entries: of a period, an account, a currency, a campaign. None is all of them."""

    period: Period
    account: str = ""
    currency: str = ""
    campaign_id: int | None = None

    def entries(self) -> QuerySet[LedgerEntry]:
        """These entries in the order of the books, each with its transaction and donation."""
        found = LedgerEntry.objects.filter(self.period.during())
        return self._narrowed(found).select_related("transaction__donation").order_by(*IN_ORDER)

    def opening_minor(self, place: Place | None) -> int:
        """What stood on the account before the period and, within it, up to and with `place`; one query."""
        passed = self.period.before()
        if place:
            passed |= self.period.during() & ~place.after()
        entries = self._narrowed(LedgerEntry.objects.filter(passed))
        return int(entries.aggregate(sum=Coalesce(Sum("amount_minor"), 0))["sum"])

    def _narrowed(self, found: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
        if self.account:
            found = found.filter(account=self.account)
        if self.currency:
            found = found.filter(currency=self.currency)
        if self.campaign_id:
            found = found.filter(transaction__donation__campaign=self.campaign_id)
        return found


@dataclass(frozen=True)
class Page:
    """Some entries in order, and the place after which the next page begins; None on the last one."""

    entries: list[LedgerEntry]
    next: Place | None


def page_of(wanted: Wanted, place: Place | None, *, size: int = PAGE_SIZE) -> Page:
    """The entries after `place`, or the first ones; one query, however many came before."""
    found = wanted.entries().filter(place.after()) if place else wanted.entries()
    entries = list(found[: size + 1])
    return Page(entries[:size], Place.of(entries[size - 1]) if len(entries) > size else None)


def all_entries(wanted: Wanted) -> Iterator[LedgerEntry]:
    """Every entry in order, read page by page, however many there are."""
    place: Place | None = None
    while True:
        page = page_of(wanted, place, size=READ_AT_ONCE)
        yield from page.entries
        if page.next is None:
            return
        place = page.next


def used_currencies() -> list[str]:
    """The currencies that the books hold, by code; one query."""
    found = LedgerEntry.objects.order_by("currency").values_list("currency", flat=True).distinct()
    return list(found)
