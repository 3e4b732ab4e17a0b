"""Numbers and days of a column, read one way for all of its cells: two ways that both fit are refused, not guessed."""

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from donations.bank.reading import CellError, Problems, checked_date, clean, exponent_of, iso_date

POINT, COMMA = ".", ","
LONGEST_NUMBER = 40
GROUPS = {
    POINT: r"[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,3}(?:[ '][0-9]{3})+",
    COMMA: r"[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,3}(?:[ '][0-9]{3})+",
}
NUMBERS = {
    mark: re.compile(rf"(?P<whole>{groups})(?:{re.escape(mark)}(?P<part>[0-9]+))?") for mark, groups in GROUPS.items()
}
DATES = {
    "iso": re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"),
    "dots": re.compile(r"(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\.(?P<year>[0-9]{4})"),
    "day-first": re.compile(r"(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})/(?P<year>[0-9]{4})"),
    "month-first": re.compile(r"(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})/(?P<year>[0-9]{4})"),
}


class Cell(NamedTuple):
    """One value with its line and the name of its column."""

    line: int
    column: str
    text: str


def decimal_mark(cells: Sequence[Cell], currency: str, problems: Problems) -> str:
    """The sign before the decimals in all these cells; what both signs would read differently is refused."""
    fits = {mark: [_number(cell.text, mark, currency) for cell in cells] for mark in (POINT, COMMA)}
    whole = [mark for mark in (POINT, COMMA) if None not in fits[mark]]
    if len(whole) == 1:
        return whole[0]
    if whole:
        for cell, point, comma in zip(cells, fits[POINT], fits[COMMA], strict=True):
            if point != comma:
                reason = _("“%(cell)s” can be two numbers. Say above which sign stands before the decimals.")
                problems.add(cell.line, cell.column, reason % {"cell": clean(cell.text)[:LONGEST_NUMBER]})
        return POINT
    # Some cells are no numbers, or the signs are mixed: what most of them are written with tells which are wrong.
    return max((POINT, COMMA), key=lambda mark: sum(number is not None for number in fits[mark]))


def number_of(cell: Cell, mark: str, currency: str) -> Decimal:
    """The exact number, with its sign. Raises `CellError`."""
    number = _number(cell.text, mark, currency)
    if number is not None:
        return number
    if _number(cell.text, mark, "") is not None:
        reason = _("%(amount)s is more precise than %(currency)s allows.")
        raise CellError(reason % {"amount": clean(cell.text)[:LONGEST_NUMBER], "currency": currency})
    raise CellError(_("“%(text)s” is no amount.") % {"text": clean(cell.text)[:LONGEST_NUMBER]})


def date_order(cells: Sequence[Cell], problems: Problems) -> str:
    """The order of day, month and year in all these cells; an order that cannot be told is refused."""
    fits = [name for name in DATES if all(_is_day(cell.text, name) for cell in cells)]
    if len(fits) == 1:
        return fits[0]
    if fits:
        first = next((cell for cell in cells if _is_two_days(cell.text)), None)
        if first is None:
            return fits[0]
        reason = _("“%(cell)s” can be two days. Say above how the days are written.")
        problems.add(first.line, first.column, reason % {"cell": clean(first.text)[:LONGEST_NUMBER]})
        return fits[0]
    return max(DATES, key=lambda name: sum(bool(DATES[name].fullmatch(_plain(cell.text))) for cell in cells))


def day_of(cell: Cell, order: str) -> dt.date:
    """The day in the cell; a time after it is left out. Raises `CellError`."""
    if order == "iso" and "T" in cell.text:
        return iso_date(cell.text)
    if not (match := DATES[order].fullmatch(_plain(cell.text))):
        raise CellError(_("“%(text)s” is no date as they are written in this file.") % {"text": clean(cell.text)[:40]})
    return checked_date(int(match["year"]), int(match["month"]), int(match["day"]))


def _number(text: str, mark: str, currency: str) -> Decimal | None:
    """The number, or None where it is none when read with this sign; without a currency any precision is taken."""
    plain = re.sub(r"[\s\u00a0\u202f\u2009]+", " ", text.strip()).replace("−", "-").replace("’", "'")
    if len(plain) > LONGEST_NUMBER:
        return None
    sign = 1
    if plain.startswith("(") and plain.endswith(")"):
        sign, plain = -1, plain[1:-1]
    elif plain[:1] in ("-", "+"):
        sign, plain = -1 if plain[0] == "-" else 1, plain[1:].strip()
    elif plain[-1:] in ("-", "+"):
        sign, plain = -1 if plain[-1] == "-" else 1, plain[:-1].strip()
    if not (match := NUMBERS[mark].fullmatch(plain)):
        return None
    part = match["part"] or ""
    if currency and len(part.rstrip("0")) > exponent_of(currency):
        return None
    return sign * Decimal(re.sub(r"[^0-9]", "", match["whole"]) + "." + (part or "0"))


def _plain(text: str) -> str:
    """The day alone: banks often write a time behind it."""
    return re.sub(r"[T ][0-9]{1,2}:[0-9:.]+(?:Z|[+-][0-9:]+)?$", "", text.strip())


def _is_day(text: str, order: str) -> bool:
    """Whether there may be such a day: no month has more than 31 days, and no year more than twelve months."""
    match = DATES[order].fullmatch(_plain(text))
    return match is not None and 1 <= int(match["month"]) <= 12 and 1 <= int(match["day"]) <= 31


def _is_two_days(text: str) -> bool:
    match = DATES["day-first"].fullmatch(_plain(text))
    return match is not None and int(match["day"]) != int(match["month"])
