"""Excel files: texts that stay texts, amounts and moments that can be reckoned with, one row in memory at a time."""

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from blueheart.exports.columns import Kind
from blueheart.exports.reading import Reading
from blueheart.tables import looks_like_a_formula

if TYPE_CHECKING:
    import xlsxwriter

MOST_ROWS = 100_000
MOST_DIGITS = 15  # that Excel keeps of a number
LONGEST_TEXT = 32_767  # characters of a cell
FIRST_DAY = "1900-03-01"  # before, Excel's calendar is wrong by a day
# A spreadsheet knows no zones: the format itself says which it is.
MOMENT_FORMAT, DATE_FORMAT = 'yyyy-mm-dd"T"hh:mm:ss"Z"', "yyyy-mm-dd"
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write_workbook(reading: Reading, path: Path, *, went_on: Callable[[int], None] = lambda _done: None) -> int:
    """Write the first 100,000 rows and return how many; where there are more, a last line says so.

    `went_on` is told now and then how many rows are done. Call it in a transaction.
    """
    import xlsxwriter  # noqa: PLC0415 -- lazy: it costs 17 ms and 3 MB of every start

    with xlsxwriter.Workbook(str(path), OPTIONS | {"tmpdir": str(path.parent)}) as workbook:
        sheet = _Sheet(workbook, [column.kind for column in reading.table.columns])
        sheet.write_header(reading.table.header)
        lines = _lines(reading, went_on)
        for line in islice(lines, MOST_ROWS):
            sheet.write(reading.cells(line))
        if next(lines, None) is not None:
            sheet.say(_("Only the first 100,000 rows are here: CSV has them all."))
    return sheet.rows


def _lines(reading: Reading, went_on: Callable[[int], None]) -> Iterator[str]:
    done = 0
    for batch in reading.batches(MOST_ROWS + 1):
        yield from batch
        done += len(batch)
        went_on(min(done, MOST_ROWS))


class _Sheet:
    def __init__(self, workbook: "xlsxwriter.Workbook", kinds: list[Kind]) -> None:
        self.sheet = workbook.add_worksheet()
        self.rows = 0
        self._kinds = kinds
        self._bold = workbook.add_format({"bold": True})
        # Excel takes such a cell for text even after somebody has edited it.
        self._disarmed = workbook.add_format({"quote_prefix": True})
        self._moment = workbook.add_format({"num_format": MOMENT_FORMAT})
        self._date = workbook.add_format({"num_format": DATE_FORMAT})

    def write_header(self, header: list[str]) -> None:
        self.sheet.freeze_panes(1, 0)
        for column, name in enumerate(header):
            self.sheet.write_string(0, column, name, self._bold)

    def write(self, cells: list[str]) -> None:
        self.rows += 1
        for column, (cell, kind) in enumerate(zip(cells, self._kinds, strict=True)):
            if cell:
                self._write_cell(column, cell, kind)

    def say(self, text: str) -> None:
        self.sheet.write_string(self.rows + 1, 0, text, self._bold)

    def _write_cell(self, column: int, cell: str, kind: Kind) -> None:
        if kind is Kind.TRUTH:
            self.sheet.write_boolean(self.rows, column, cell == "true")
        elif kind is Kind.NUMBER and len(cell.strip("-").replace(".", "")) <= MOST_DIGITS:
            self.sheet.write_number(self.rows, column, Decimal(cell))
        elif kind is Kind.MOMENT and cell >= FIRST_DAY:
            moment = dt.datetime.fromisoformat(cell).replace(tzinfo=None)
            self.sheet.write_datetime(self.rows, column, moment, self._moment)
        elif kind is Kind.DATE and cell >= FIRST_DAY:
            self.sheet.write_datetime(self.rows, column, dt.date.fromisoformat(cell), self._date)
        else:
            text_format = self._disarmed if looks_like_a_formula(cell) else None
            self.sheet.write_string(self.rows, column, cell[:LONGEST_TEXT], text_format)
