"""CSV statements as banks export them: delimiter, encoding, columns, days and decimals are found out, or asked for."""

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from django.utils.translation import gettext as _

from blueheart.money import LARGEST_MINOR
from donations.bank.csv_columns import SEVERAL, is_heading, kind_of
from donations.bank.csv_numbers import Cell, date_order, day_of, decimal_mark, number_of
from donations.bank.reading import (
    CellError,
    Movement,
    Own,
    Problems,
    Statement,
    account_number,
    check_movement,
    clean,
    exponent_of,
    refuse,
    to_minor,
)

FORMAT = "csv"
ENCODINGS = ("utf-8", "windows-1252", "iso-8859-1")
DATE_ORDERS = ("iso", "dots", "day-first", "month-first")
DECIMAL_MARKS = (".", ",")
DELIMITERS = ";,\t"
MOST_COLUMNS = 200  # and far fewer have a name that is known
MOST_LINES_ABOVE = 40  # what stands above the names of the columns: the bank, the account, the period
FORBIDDEN = "\x00"
SHORTEST_IBAN = 15
# CRDT and DBIT of ISO 20022, and what banks write for them.
CREDITS = frozenset({"crdt", "credit", "cr", "c", "h", "haben", "bij", "+"})
DEBITS = frozenset({"dbit", "debit", "dr", "d", "s", "soll", "af", "-"})


@dataclass(frozen=True)
class Hints:
    """What the person who imports says of the file; empty: to be found out."""

    encoding: str = ""
    dates: str = ""
    decimal: str = ""


class _Line(NamedTuple):
    """One record, by kind of column; remittance may come from several."""

    number: int
    cells: dict[str, str]


@dataclass
class _Table:
    """The lines below the names of the columns."""

    headings: dict[str, str]
    currency: str
    lines: list[_Line]

    def cells(self, *kinds: str) -> list[Cell]:
        """What is filled in of these columns."""
        return [
            Cell(line.number, self.headings[kind], line.cells[kind])
            for line in self.lines
            for kind in kinds
            if line.cells.get(kind, "").strip()
        ]


def read(content: bytes, own: Own, hints: Hints) -> Statement:
    """The movements in the file. Raises `StatementError` with all that is wrong, by line."""
    problems = Problems()
    table = _table(_decoded(content, hints.encoding), own, problems)
    problems.check()
    if not table.lines:
        raise refuse(_("There are no rows below the names of the columns."))
    exponent_of(own.currency)
    dates = hints.dates or date_order(table.cells("booked_on"), problems)
    values = hints.dates or date_order(table.cells("valued_on"), problems)
    mark = hints.decimal or decimal_mark(table.cells("amount", "debit", "credit", "balance"), own.currency, problems)
    reader = _Reader(table, own, (dates, values), mark, problems)
    movements = [movement for line in table.lines if (movement := reader.movement(line))]
    for movement in movements:
        check_movement(movement, own, problems)
    problems.check()
    days = [movement.booked_on for movement in movements]
    opening, closing = reader.balances(movements)
    return Statement(FORMAT, tuple(movements), "", min(days, default=None), max(days, default=None), opening, closing)


def _decoded(content: bytes, encoding: str) -> str:
    """The text; what is neither UTF-8 nor UTF-16 with its mark has to be named, for the bytes do not tell."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif content.startswith(b"\xef\xbb\xbf") or not encoding:
        encoding = "utf-8"
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = _("A character is not in %(encoding)s. Say above which encoding the file has.")
        raise refuse(reason % {"encoding": encoding.upper()}, line) from error
    if FORBIDDEN in text:
        line = text.count("\n", 0, text.index(FORBIDDEN)) + 1
        raise refuse(_("There is a NUL character: this is no text, or in UTF-16 without its mark."), line)
    return text


def _table(text: str, own: Own, problems: Problems) -> _Table:
    above: list[list[str]] = []
    lines = _records(text)
    for number, cells in lines:
        if len(cells) > MOST_COLUMNS:
            raise refuse(_("There are more than %(most)s columns.") % {"most": MOST_COLUMNS}, number)
        if is_heading(cells):
            _check_account(above, own)
            headings, currency = _headings(cells, number)
            return _Table(dict(headings.values()), currency, _rows(lines, headings, len(cells), problems))
        above.append(cells)
        if len(above) > MOST_LINES_ABOVE:
            break
    raise refuse(
        _("No line names the columns: one for the date, and one for the amount or two for debit and credit."), 1
    )


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line that it begins in, without empty ones."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            reason = _("This is not CSV: a quotation mark stands where it cannot, or is not closed.")
            raise refuse(reason, line) from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _delimiter(text: str) -> str:
    """What parts the names of the columns; of the first lines, the first that becomes names of columns decides."""
    first = [line for line in text.splitlines()[: 2 * MOST_LINES_ABOVE] if line.strip()]
    for line in first:
        for delimiter in DELIMITERS:
            cells = line.split(delimiter)
            if len(cells) <= MOST_COLUMNS and is_heading([cell.strip().strip('"') for cell in cells]):
                return delimiter
    return max(DELIMITERS, key="\n".join(first).count)


def _headings(cells: Sequence[str], number: int) -> tuple[dict[int, tuple[str, str]], str]:
    """By place: the kind of the column and its name; and the currency that the amount's name says."""
    known = {place: (*kind_of(cell), clean(cell)[:60]) for place, cell in enumerate(cells)}
    kinds = Counter(kind for kind, _currency, _name in known.values() if kind and kind not in SEVERAL)
    if twice := [kind for kind, count in kinds.items() if count > 1]:
        names = ", ".join(name for kind, _currency, name in known.values() if kind in twice)
        raise refuse(_("Two columns mean the same: %(names)s. Delete one of them.") % {"names": names}, number)
    currencies = {currency for _kind, currency, _name in known.values() if currency}
    if len(currencies) > 1:
        raise refuse(_("The columns are in several currencies: %(names)s.") % {"names": ", ".join(sorted(currencies))})
    return {place: (kind, name) for place, (kind, _currency, name) in known.items()}, "".join(currencies)


def _rows(
    lines: Iterator[tuple[int, list[str]]], headings: dict[int, tuple[str, str]], width: int, problems: Problems
) -> list[_Line]:
    rows = []
    for number, cells in lines:
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if len(cells) != width:
            text = _("There are %(found)s cells where the names of the columns are %(expected)s.")
            problems.add(number, "", text % {"found": len(cells), "expected": width})
            continue
        row: dict[str, str] = {}
        for place, cell in enumerate(cells):
            kind = headings[place][0]
            if kind in SEVERAL and row.get(kind) and cell.strip():
                row[kind] += f" · {cell}"
            elif kind:
                row[kind] = row.get(kind) or cell
        rows.append(_Line(number, row))
    return rows


def _check_account(above: Sequence[Sequence[str]], own: Own) -> None:
    """Refuse a file that names other accounts above its columns, and not ours."""
    words = [account_number(cell) for cells in above for cell in cells]
    named = [word for word in words if _is_iban(word)]
    if named and account_number(own.iban) not in words:
        reason = _("The file is of the account %(theirs)s, not of %(ours)s.")
        raise refuse(reason % {"theirs": ", ".join(named)[:200], "ours": own.iban})


def _is_iban(word: str) -> bool:
    """ISO 13616: the four characters of the beginning at the end, letters as numbers, leave 1 when divided by 97."""
    is_one = SHORTEST_IBAN <= len(word) <= 34 and word.isascii() and word.isalnum() and word[:2].isalpha()
    return is_one and int("".join(str(int(char, 36)) for char in word[4:] + word[:4])) % 97 == 1


@dataclass
class _Reader:
    """Reads line after line; what is wrong is added to the problems."""

    table: _Table
    own: Own
    dates: tuple[str, str]
    mark: str
    problems: Problems

    def movement(self, line: _Line) -> Movement | None:
        """The movement of the line; None where it is nothing, or something is wrong with it."""
        before = len(self.problems.found)
        self._check_belonging(line)
        amount_minor = self._amount(line)
        booked_on = self._day(line, "booked_on", self.dates[0])
        valued_on = self._day(line, "valued_on", self.dates[1])
        if len(self.problems.found) > before or booked_on is None or not amount_minor:
            return None
        cells = {kind: clean(cell) for kind, cell in line.cells.items()}
        other = account_number(cells.get("counterparty_iban"))
        return Movement(
            row=line.number,
            booked_on=booked_on,
            valued_on=valued_on,
            amount_minor=amount_minor,
            currency=self.own.currency,
            bank_reference=cells.get("bank_reference", ""),
            end_to_end_id=cells.get("end_to_end_id", ""),
            counterparty=cells.get("counterparty", ""),
            counterparty_iban="" if other == account_number(self.own.iban) else other,
            remittance=cells.get("remittance", ""),
        )

    def balances(self, movements: Sequence[Movement]) -> tuple[int | None, int | None]:
        """Opening and closing balance where a column of balances goes along with the lines, upwards or downwards."""
        if "balance" not in self.table.headings or len(movements) != len(self.table.lines):
            return None, None
        try:
            after = [self._minor(line, "balance") for line in self.table.lines]
        except CellError:
            return None, None
        amounts = [movement.amount_minor for movement in movements]
        for balances, moved in ((after, amounts), (after[::-1], amounts[::-1])):
            if all(then + amount == now for (then, now), amount in zip(pairwise(balances), moved[1:], strict=True)):
                return balances[0] - moved[0], balances[-1]
        return None, None

    def _check_belonging(self, line: _Line) -> None:
        """Each line is in the account's currency, and of the account."""
        said = clean(line.cells.get("currency")).upper() or self.table.currency or self.own.currency
        if said != self.own.currency:
            reason = _("The line is in “%(theirs)s”, the account in %(ours)s.")
            self._wrong(line, "currency", reason % {"theirs": said[:10], "ours": self.own.currency})
        account = account_number(line.cells.get("own_account"))
        if account and account != account_number(self.own.iban):
            reason = _("The line is of the account %(theirs)s, not of %(ours)s.")
            self._wrong(line, "own_account", reason % {"theirs": account[:40], "ours": self.own.iban})

    def _amount(self, line: _Line) -> int | None:
        """Signed minor units, from one column, one with its direction, or the two sides."""
        try:
            if "amount" in self.table.headings:
                return self._directed(line, self._minor(line, "amount"))
            return self._of_two_sides(line)
        except CellError as error:
            column = "amount" if "amount" in self.table.headings else "debit"
            self._wrong(line, column, str(error))
            return None

    def _directed(self, line: _Line, amount_minor: int) -> int:
        if "direction" not in self.table.headings:
            return amount_minor
        word = clean(line.cells.get("direction")).casefold()
        if word not in CREDITS | DEBITS:
            raise CellError(_("“%(text)s” says neither credit nor debit.") % {"text": word[:20]})
        if amount_minor < 0 and word in CREDITS:
            raise CellError(_("A credit cannot be below zero."))
        return abs(amount_minor) if word in CREDITS else -abs(amount_minor)

    def _of_two_sides(self, line: _Line) -> int:
        sides = {kind: self._minor(line, kind) for kind in ("debit", "credit") if line.cells.get(kind, "").strip()}
        filled = {kind: amount_minor for kind, amount_minor in sides.items() if amount_minor}
        if not sides:
            raise CellError(_("The amount is missing."))
        if len(filled) > 1:
            raise CellError(_("There is an amount on both sides."))
        if filled.get("credit", 0) < 0:
            raise CellError(_("A credit cannot be below zero."))
        # Some banks write what went out with a minus, and some without.
        return filled.get("credit", 0) - abs(filled.get("debit", 0))

    def _minor(self, line: _Line, kind: str) -> int:
        text = line.cells.get(kind, "")
        if not text.strip():
            raise CellError(_("The amount is missing."))
        amount = number_of(Cell(line.number, kind, text), self.mark, self.own.currency)
        if abs(amount) > LARGEST_MINOR:
            raise CellError(_("The amount is too large."))
        return to_minor(amount, self.own.currency)

    def _day(self, line: _Line, kind: str, order: str) -> dt.date | None:
        text = line.cells.get(kind, "")
        if not text.strip():
            if kind == "booked_on":
                self._wrong(line, kind, _("The date is missing."))
            return None
        try:
            return day_of(Cell(line.number, kind, text), order)
        except CellError as error:
            self._wrong(line, kind, str(error))
            return None

    def _wrong(self, line: _Line, kind: str, reason: str) -> None:
        self.problems.add(line.number, self.table.headings.get(kind, ""), reason)
