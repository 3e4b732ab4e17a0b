"""Rates of exchange from a CSV file as the UN's treasury exports them.

The names of its columns may be many, its values are taken strictly. The whole file is read, and every mistake is named
by its line; whoever calls writes nothing while there is one.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

MOST_BYTES = 1024 * 1024
MOST_LINES = 5000
LINES_BEFORE_HEADINGS = 10
DELIMITERS = ",;\t"
# Letters of a heading alone; the first name that a file has is taken.
CODE = (
    "abbreviation", "abbrev", "abbr", "currencycode", "currcode", "fcurrcode", "isocode", "code",
    "currencyabbreviation", "currency",
)  # fmt: skip
RATE = ("rate", "rateus", "rateusd", "unrate", "operationalrate", "rateofexchange", "exchangerate", "unitsperusd")
DAY = ("effectivedate", "dateeffective", "effective", "validfrom", "ratedate", "date")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

CURRENCY = re.compile(r"[A-Z]{3}")
NUMBER = re.compile(r"[0-9]{1,10}(?:\.[0-9]{1,10})?")
GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{1,10}|[0-9]{1,3}(?:,[0-9]{3}){2,}")
ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
WORDY_DAY = re.compile(r"([0-9]{1,2})[ -]([A-Za-z]{3})[a-z]*\.?[ -]([0-9]{4})")
EARLIEST = dt.date(1999, 1, 1)
AHEAD = dt.timedelta(days=40)  # a month's rates are published some days before it begins


class Rate(NamedTuple):
    """What one line says, the first line being 1."""

    line: int
    currency: str
    units_per_usd: Decimal
    valid_from: dt.date


class Problem(NamedTuple):
    """What is wrong in a line; line 0 is the file itself."""

    line: int
    reason: str


class Reading(NamedTuple):
    """One rate per currency and day, and all that is wrong; never both in use."""

    rates: list[Rate]
    problems: list[Problem]


class _WrongError(ValueError):
    """A line, or the file, says something that cannot be taken; the message says what."""


def read(data: bytes) -> Reading:
    """The file's rates and its problems. Dollars are left out: a dollar is a dollar."""
    try:
        lines = _lines(_decoded(data))
        headings = _headings(lines)
        return _rates(lines, headings)
    except _WrongError as wrong:
        return Reading([], [Problem(0, str(wrong))])


def _decoded(data: bytes) -> str:
    if len(data) > MOST_BYTES:
        raise _WrongError(_("The file is larger than 1 MB."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _WrongError(_("A character is not in UTF-8. Save the file as “CSV UTF-8”.")) from None
    if not text.strip() or "\0" in text:
        raise _WrongError(_("The file is empty, or is no text."))
    return text


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line that it ends in, without empty ones; commas, semicolons or tabs part the cells."""
    sample = text[:4000]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(DELIMITERS, key=sample.count), strict=True)
    try:
        for cells in reader:
            if reader.line_num > MOST_LINES:
                raise _WrongError(_("The file has more than %(most)s lines.") % {"most": MOST_LINES})
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error:
        reason = _("This is not CSV from line %(line)s on: a quotation mark stands where it cannot, or is not closed.")
        raise _WrongError(reason % {"line": reader.line_num}) from None


def _headings(lines: Iterator[tuple[int, list[str]]]) -> Mapping[str, int]:
    """Where each of the three columns stands: in the first line that names all of them; titles may stand above it."""
    for _number, (_line, cells) in zip(range(LINES_BEFORE_HEADINGS), lines, strict=False):
        names = [re.sub(r"[^a-z]", "", cell.lower()) for cell in cells]
        found = {
            column: names.index(next(name for name in wanted if name in names))
            for column, wanted in (("code", CODE), ("rate", RATE), ("day", DAY))
            if set(wanted) & set(names)
        }
        if len(found) == 3:
            return found
    raise _WrongError(
        _("No line at the beginning names the columns: the currency’s code, the rate, the effective date.")
    )


def _rates(lines: Iterator[tuple[int, list[str]]], headings: Mapping[str, int]) -> Reading:
    found: dict[tuple[str, dt.date], Rate] = {}
    problems: list[Problem] = []
    seen = 0
    for line, cells in lines:
        seen += 1
        try:
            rate = _rate(line, cells, headings)
            earlier = found.setdefault((rate.currency, rate.valid_from), rate)
            if earlier.units_per_usd != rate.units_per_usd:
                raise _WrongError(_("Line %(line)s has another rate of this currency.") % {"line": earlier.line})
        except _WrongError as wrong:
            problems.append(Problem(line, str(wrong)))
    if not seen:
        problems.append(Problem(0, _("There is no rate below the names of the columns.")))
    return Reading([rate for rate in found.values() if rate.currency != "USD"], problems)


def _rate(line: int, cells: list[str], headings: Mapping[str, int]) -> Rate:
    if len(cells) <= max(headings.values()):
        raise _WrongError(_("The line has fewer cells than the names of the columns."))
    code, rate, day = (cells[headings[column]] for column in ("code", "rate", "day"))
    if not CURRENCY.fullmatch(code):
        raise _WrongError(_("“%(code)s” is no code of a currency: three capital letters.") % {"code": code[:20]})
    units = _units(rate)
    if code == "USD" and units != 1:
        raise _WrongError(_("One US dollar is one US dollar."))
    return Rate(line, code, units, _day(day))


def _units(text: str) -> Decimal:
    if not NUMBER.fullmatch(text) and not GROUPED.fullmatch(text):
        raise _WrongError(
            _("“%(rate)s” is no rate: write it in figures with a point, such as 0.92 or 1,512.50.")
            % {"rate": text[:20]}
        )
    units = Decimal(text.replace(",", ""))
    if not 0 < units < 10**10:
        raise _WrongError(_("A rate is above zero and has ten figures before the point at most."))
    return units


def _day(text: str) -> dt.date:
    day = _as_day(text)
    if day is None:
        raise _WrongError(_("“%(day)s” is no day: write it such as 2026-03-01 or 1 Mar 2026.") % {"day": text[:20]})
    if not EARLIEST <= day <= timezone.now().date() + AHEAD:
        raise _WrongError(_("%(day)s is too long ago, or too far ahead.") % {"day": day.isoformat()})
    return day


def _as_day(text: str) -> dt.date | None:
    """The day, where there is one reading of it: `01/02/2026` has two."""
    if iso := ISO_DAY.fullmatch(text):
        year, month, day = (int(part) for part in iso.groups())
    elif (wordy := WORDY_DAY.fullmatch(text)) and wordy[2].lower() in MONTHS:
        year, month, day = int(wordy[3]), MONTHS.index(wordy[2].lower()) + 1, int(wordy[1])
    else:
        return None
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None
