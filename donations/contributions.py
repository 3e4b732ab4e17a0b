"""What governments, institutions and companies promised and paid, by contributor, year and currency.

Every instalment counts in the year in which it is due, with all that was paid of it, whenever it came; what came beyond
all promises counts in the year in which it came. A row is thus about the year for which the money was meant, and what
is outstanding of a year can be paid down to nothing. In each currency all rows add up to the open books, to the unit.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from django.db.models import F, Sum
from django.db.models.functions import ExtractYear

from blueheart.languages import country_name, sort_key
from donations.models import Contributor, Instalment, PaymentPart, PromisePayment

GOVERNMENT = Contributor.Kind.GOVERNMENT


class Whose(NamedTuple):
    """Who a row is about; `public_id`, `name` and `iso2` are empty for those who are not named, who share a row."""

    public_id: str
    kind: str
    name: str
    iso2: str


@dataclass(frozen=True)
class Amounts:
    """Minor units of one currency. What was paid beyond a promise counts as promised and as paid."""

    promised_minor: int = 0
    paid_minor: int = 0
    beyond_minor: int = 0
    written_off_minor: int = 0

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(Amounts)))

    @property
    def outstanding_minor(self) -> int:
        """What is still to come: neither paid nor written off."""
        return self.promised_minor - self.paid_minor - self.written_off_minor


@dataclass(frozen=True)
class Contribution:
    """What one contributor promised for one year in one currency, and what came of it."""

    whose: Whose
    year: int
    currency: str
    amounts: Amounts

    @property
    def key(self) -> str:
        """Its place in a list by year, currency and contributor, that no other row has."""
        return f"{self.year:04d} {self.currency} {self.whose.public_id or f'~{self.whose.kind}'}"

    def name_in(self, language: str) -> str:
        """A government's country in the language, else the contributor's own name; empty for those not named."""
        return country_name(self.whose.iso2, language) if self.whose.iso2 else self.whose.name


Place = tuple[Whose, int, str]


def all_contributions() -> list[Contribution]:
    """Every row, in the order of its key; two queries, whose cost grows with instalments and not with gifts."""
    sums: dict[Place, Amounts] = defaultdict(Amounts)
    for row in _of_instalments():
        sums[_place(row)] += Amounts(
            promised_minor=row["amount"] - row["cancelled"],
            paid_minor=row["paid"],
            written_off_minor=row["written_off"],
        )
    for row in _beyond_promises():
        beyond = row["received"]
        sums[_place(row)] += Amounts(promised_minor=beyond, paid_minor=beyond, beyond_minor=beyond)
    found = (Contribution(*place, amounts) for place, amounts in sums.items() if amounts != Amounts())
    return sorted(found, key=lambda row: row.key)


def as_read(rows: Iterable[Contribution], language: str) -> list[Contribution]:
    """The rows as people look for them: newest year first, then by name; those not named come last in their year."""
    return sorted(
        rows,
        key=lambda row: (-row.year, not row.whose.public_id, sort_key(row.name_in(language)), row.whose, row.currency),
    )


def totals(rows: Iterable[Contribution]) -> Mapping[str, Amounts]:
    """The sums of each currency, never of several."""
    sums: dict[str, Amounts] = defaultdict(Amounts)
    for row in rows:
        sums[row.currency] += row.amounts
    return dict(sorted(sums.items()))


def _of_instalments() -> Iterable[Mapping[str, Any]]:
    return (
        Instalment.objects.order_by()
        .values(
            **_whose("promised_gift__contributor"), year=ExtractYear("due_on"), currency=F("promised_gift__currency")
        )
        .annotate(
            amount=Sum("amount_minor"),
            paid=Sum("paid_minor"),
            written_off=Sum("written_off_minor"),
            cancelled=Sum("cancelled_minor"),
        )
    )


def _beyond_promises() -> Iterable[Mapping[str, Any]]:
    booked = PaymentPart.objects.filter(instalment=None, payment__status=PromisePayment.Status.BOOKED).order_by()
    return booked.values(
        **_whose("payment__contributor"), year=ExtractYear("payment__received_on"), currency=F("payment__currency")
    ).annotate(received=Sum("received_minor"))


def _whose(path: str) -> dict[str, F]:
    return {
        "public_id": F(f"{path}__public_id"),
        "kind": F(f"{path}__kind"),
        "called": F(f"{path}__name"),
        "iso2": F(f"{path}__country"),
        "is_public": F(f"{path}__is_public"),
    }


def _place(row: Mapping[str, Any]) -> Place:
    return _shown(row), row["year"], row["currency"]


def _shown(row: Mapping[str, Any]) -> Whose:
    kind = row["kind"]
    if not row["is_public"]:
        return Whose("", kind, "", "")
    return Whose(row["public_id"], kind, row["called"], row["iso2"] if kind == GOVERNMENT else "")
