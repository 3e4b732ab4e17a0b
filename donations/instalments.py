"""How a promise is cut into instalments, and where it stands on a day. Pure: nothing here asks the database."""

import calendar
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from blueheart.money import CURRENCIES
from donations.models import Instalment
from donations.models.gifts import MONTHS, Interval

__all__ = ["MOST_INSTALMENTS", "Planned", "Standing", "in_equal_parts", "in_proportion", "planned", "standing"]

MOST_INSTALMENTS = 120


@dataclass(frozen=True)
class Planned:
    """So much, in minor units, due on that day."""

    amount_minor: int
    due_on: dt.date


@dataclass(frozen=True)
class Standing:
    """What came of a promise by a day, in minor units. A gift that is overdue may have a next instalment all the same.

    `next_due`: the first instalment from that day on of which something is still to come. `overdue_since`: the day on
    which the oldest one was due that should have been paid in full before.
    """

    paid_minor: int
    written_off_minor: int
    cancelled_minor: int
    outstanding_minor: int
    overdue_minor: int
    overdue_since: dt.date | None
    next_due: Instalment | None


def in_equal_parts(amount_minor: int, currency: str, number: int) -> list[int]:
    """Equal parts in amounts that the currency knows, the remainder on the last.

    Raises `ValueError` where a part would come to nothing.
    """
    step = CURRENCIES[currency].step_minor
    part = amount_minor // number // step * step if number > 0 else 0
    if part < 1:
        raise ValueError(f"{amount_minor} {currency} cannot be cut into {number} parts")
    return [part] * (number - 1) + [amount_minor - part * (number - 1)]


def in_proportion(amount_minor: int, shares: Sequence[int], step_minor: int = 1) -> list[int]:
    """The amount in the proportion of the shares, in whole steps, the remainder on the last. Parts may be zero."""
    whole = sum(shares)
    parts = [amount_minor * share // whole // step_minor * step_minor for share in shares[:-1]]
    return [*parts, amount_minor - sum(parts)]


def planned(amount_minor: int, currency: str, *, number: int, first_due_on: dt.date, every: str) -> list[Planned]:
    """So many instalments from a day on, every month, quarter or year (`Interval`).

    A first day that ends its month makes all of them end theirs: 30 June, 30 September, 31 December. Raises
    `ValueError` where a part would come to nothing.
    """
    parts = in_equal_parts(amount_minor, currency, number)
    months = MONTHS[Interval(every)] if number > 1 else 0
    return [Planned(part, _months_later(first_due_on, months * turn)) for turn, part in enumerate(parts)]


def standing(instalments: Iterable[Instalment], today: dt.date) -> Standing:
    """Where a promise stands, from all its instalments."""
    rows = sorted(instalments, key=lambda row: (row.due_on, row.number))
    late = [row for row in rows if row.outstanding_minor and row.due_on < today]
    coming = [row for row in rows if row.outstanding_minor and row.due_on >= today]
    return Standing(
        paid_minor=sum(row.paid_minor for row in rows),
        written_off_minor=sum(row.written_off_minor for row in rows),
        cancelled_minor=sum(row.cancelled_minor for row in rows),
        outstanding_minor=sum(row.outstanding_minor for row in rows),
        overdue_minor=sum(row.outstanding_minor for row in late),
        overdue_since=late[0].due_on if late else None,
        next_due=coming[0] if coming else None,
    )


def _months_later(day: dt.date, months: int) -> dt.date:
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    last = calendar.monthrange(year, month)[1]
    ends_its_month = day.day == calendar.monthrange(day.year, day.month)[1]
    return dt.date(year, month, last if ends_its_month else min(day.day, last))
