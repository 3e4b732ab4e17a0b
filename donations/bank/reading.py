"""What every statement comes to, whatever its format: movements of one account, or all that is wrong, by row."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from blueheart.money import CURRENCIES, LARGEST_MINOR

MOST_BYTES = 10 * 1024 * 1024
MOST_LINES = 20_000
MOST_PROBLEMS = 50
FIRST_YEAR = 2000
LONGEST = {"bank_reference": 140, "end_to_end_id": 140, "counterparty": 160, "counterparty_iban": 40}
LONGEST_TEXT = 4000

ISO_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T[0-9:.]{8,20})?(?:Z|[+-][0-9]{2}:[0-9]{2})?")
# Marks that turn the direction of the text around them; what a name is made of is kept.
TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class Problem(NamedTuple):
    """What is wrong in a line (CSV) or an entry (CAMT.053), the first being 1; 0 is the file itself."""

    line: int
    column: str
    reason: str


class StatementError(ValueError):
    """The file cannot be imported; `problems` says why, at most fifty of them."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems[0].reason)
        self.problems = problems[:MOST_PROBLEMS]


class CellError(ValueError):
    """One value cannot be read; the message says why, in the reader's language."""


@dataclass(frozen=True)
class Own:
    """The account of ours that a statement should be of, and the day on which it is read."""

    iban: str
    currency: str
    today: dt.date


@dataclass(frozen=True)
class Movement:
    """Money that came in (above zero) or went out, in minor units, as the bank wrote it."""

    row: int
    booked_on: dt.date
    amount_minor: int
    currency: str
    valued_on: dt.date | None = None
    bank_reference: str = ""
    end_to_end_id: str = ""
    counterparty: str = ""
    counterparty_iban: str = ""
    remittance: str = ""


@dataclass(frozen=True)
class Statement:
    """The movements of one account; balances in minor units where the file has them."""

    format: str
    movements: tuple[Movement, ...]
    number: str = ""
    from_on: dt.date | None = None
    until_on: dt.date | None = None
    opening_minor: int | None = None
    closing_minor: int | None = None


@dataclass
class Problems:
    """All that is wrong so far; reading goes on to the end of the file, or to the fiftieth."""

    found: list[Problem] = field(default_factory=list)

    def add(self, line: int, column: str, reason: str) -> None:
        self.found.append(Problem(line, column, reason))
        if len(self.found) >= MOST_PROBLEMS:
            raise StatementError(self.found)

    def check(self) -> None:
        """Raise `StatementError` where anything is wrong."""
        if self.found:
            raise StatementError(self.found)


def refuse(reason: str, line: int = 0, column: str = "") -> StatementError:
    """The error of a file that cannot be read any further."""
    return StatementError([Problem(line, column, reason)])


def clean(text: str | None) -> str:
    """The text on one line, without characters that cannot be seen."""
    spaced = " ".join((text or "").split())
    return "".join(char for char in TURNING.sub("", spaced) if unicodedata.category(char) != "Cc")


def account_number(text: str | None) -> str:
    """An IBAN or another number as it is compared: without spaces, in capitals."""
    return re.sub(r"[\s-]", "", text or "").upper()


def exponent_of(currency: str) -> int:
    """How many decimals the currency has here. Raises `CellError` for one that the portal does not know."""
    if currency not in CURRENCIES:
        raise CellError(_("“%(currency)s” is no currency of this portal.") % {"currency": currency[:10]})
    return CURRENCIES[currency].exponent


def to_minor(amount: Decimal, currency: str) -> int:
    """Exact minor units. Raises `CellError` where the amount is too precise, or too large for the books."""
    minor = amount.scaleb(exponent_of(currency))
    if minor != minor.to_integral_value():
        raise CellError(
            _("%(amount)s is more precise than %(currency)s allows.") % {"amount": amount, "currency": currency}
        )
    if abs(minor) > LARGEST_MINOR:
        raise CellError(_("The amount is too large."))
    return int(minor)


def iso_date(text: str | None) -> dt.date:
    """The day of an ISO 8601 date, or moment, as the bank wrote it. Raises `CellError`."""
    if not (match := ISO_DATE.fullmatch((text or "").strip())):
        raise CellError(_("“%(text)s” is no date.") % {"text": clean(text)[:40]})
    return checked_date(*(int(part) for part in match[1].split("-")))


def checked_date(year: int, month: int, day: int) -> dt.date:
    """That day. Raises `CellError` where there is none, or none in this century."""
    written = f"{year:04}-{month:02}-{day:02}"
    if not FIRST_YEAR <= year < FIRST_YEAR + 100:
        raise CellError(_("%(day)s cannot be right: it is not in this century.") % {"day": written})
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise CellError(_("There is no %(day)s.") % {"day": written}) from error


def check_movement(movement: Movement, own: Own, problems: Problems) -> None:
    """Add what every format has to obey: days that have come, and texts that fit."""
    if movement.booked_on > own.today + dt.timedelta(days=1):
        problems.add(movement.row, _("date"), _("This day has not come yet."))
    for name, most in LONGEST.items():
        if len(getattr(movement, name)) > most:
            reason = _("There are more than %(most)s characters.") % {"most": most}
            problems.add(movement.row, name.replace("_", " "), reason)
    if len(movement.remittance) > LONGEST_TEXT:
        problems.add(movement.row, _("text"), _("There are more than %(most)s characters.") % {"most": LONGEST_TEXT})
