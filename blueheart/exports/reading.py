"""Reading a list of any length at the pace of whoever takes it, and writing it as CSV.

PostgreSQL prints every cell and joins those of a row; a server-side cursor brings thousands of rows at a time. Of such
a batch a few searches at the speed of C say whether any cell needs quoting or could be taken for a formula: if none
does, which is the rule, its text is the CSV but for the separator. Every other row is taken apart and written by
`blueheart.tables`, so there is one truth for the guard. (Guarding and quoting each cell in SQL took twice the time.)
Long lists of CSV come another way: see `copying`.
"""

import contextlib
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from blueheart.exports.columns import Column, Kind
from blueheart.tables import BLANKS, BYTE_ORDER_MARK, FORMULA_STARTS, PARTING, csv_lines, disarmed

BATCH = 2_000
SEPARATOR = "\x01"  # no keyboard types it: it is left out of texts that people write
STARTS = "".join({*FORMULA_STARTS, *BLANKS} - {"\r", "\n"})  # of a cell; a line break anywhere is found by counting
ODD = re.compile(f'[",{PARTING}]|(?:^|{SEPARATOR})[{re.escape(STARTS)}]')
PRINTED = {
    Kind.TEXT: "coalesce(replace({}::text, E'\\x01', ''), '')",
    Kind.CHOICE: "coalesce({}::text, '')",
    Kind.NUMBER: "coalesce({}::text, '')",
    Kind.DATE: "coalesce(to_char({}, 'YYYY-MM-DD'), '')",
    # Django's connections speak UTC.
    Kind.MOMENT: "coalesce(to_char({}, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), '')",
    Kind.TRUTH: "CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' ELSE '' END",
}
Batch = list[str]


class SeparatorError(RuntimeError):
    """A choice held the separator, which only a hand in the database can have put there."""


@dataclass(frozen=True)
class Table:
    """A list to export: its rows in their order, and what is shown of each."""

    rows: QuerySet[Any]
    columns: Sequence[Column]

    @property
    def header(self) -> list[str]:
        return [column.name for column in self.columns]


class Reading:
    """One reading of a table, from one snapshot of the database."""

    def __init__(self, table: Table, connection: BaseDatabaseWrapper) -> None:
        self.table = table
        self.connection = connection
        self.rows = 0  # so far
        self._are_texts = [column.kind in (Kind.TEXT, Kind.CHOICE) for column in table.columns]

    def csv_chunks(self) -> Iterator[bytes]:
        """The table as a file of CSV in UTF-8, with the mark by which Excel knows it. Call it in a transaction."""
        yield (BYTE_ORDER_MARK + csv_lines([self.table.header])).encode()
        for batch in self.batches():
            yield self.csv(batch).encode()

    def batches(self, most: int | None = None) -> Iterator[Batch]:
        """Rows as PostgreSQL printed them, a batch at a time. Call it in a transaction."""
        statement = self._statement(most)
        if statement is None:
            return
        with contextlib.closing(self.connection.chunked_cursor()) as cursor:
            cursor.execute(*statement)
            for rows in _ahead(cursor):
                self.rows += len(rows)
                yield [line for (line,) in rows]

    def csv(self, batch: Batch) -> str:
        """The rows as lines of CSV, exactly as `blueheart.tables` would write them."""
        text = "\r\n".join(batch)
        if text.count(SEPARATOR) != len(batch) * (len(self._are_texts) - 1):
            raise SeparatorError
        if len(self._are_texts) > 1 and not _is_odd(text, len(batch)):
            return text.replace(SEPARATOR, ",") + "\r\n"
        return "".join(map(self._line, batch))

    def cells(self, line: str) -> list[str]:
        """One row taken apart."""
        return line.split(SEPARATOR)

    def _line(self, line: str) -> str:
        if len(self._are_texts) > 1 and not ODD.search(line):
            return line.replace(SEPARATOR, ",") + "\r\n"
        cells = zip(self.cells(line), self._are_texts, strict=True)
        return csv_lines([[disarmed(cell) if is_text else cell for cell, is_text in cells]])

    def _statement(self, most: int | None) -> tuple[str, list[Any]] | None:
        names = [f"exported_{number}" for number in range(len(self.table.columns))]
        shown = dict(zip(names, (column.expression for column in self.table.columns), strict=True))
        rows = self.table.rows.annotate(**shown).values_list(*names)
        try:
            sql, params = rows[:most].query.get_compiler(connection=self.connection).as_sql()
        except EmptyResultSet:
            return None
        cells = [PRINTED[column.kind].format(name) for column, name in zip(self.table.columns, names, strict=True)]
        outer = f"SELECT concat_ws(%s, {', '.join(cells)}) FROM ({sql}) AS cells"  # noqa: S608  our own names
        return outer, [SEPARATOR, *params]


def _ahead(cursor: Any) -> Iterator[list[tuple[str]]]:
    """Batches of a cursor; PostgreSQL works on the next one while the caller writes this one."""
    with ThreadPoolExecutor(max_workers=1) as reader:
        coming = reader.submit(cursor.fetchmany, BATCH)
        while rows := coming.result():
            coming = reader.submit(cursor.fetchmany, BATCH)
            yield rows


def _is_odd(text: str, rows: int) -> bool:
    """Whether any cell of these rows needs quotes or a guard; true a little too often."""
    if any(sign in text for sign in '",;|\t') or text.count("\n") != rows - 1 or text.count("\r") != rows - 1:
        return True
    starts = [start for start in STARTS if start in text]
    return text.startswith(tuple(STARTS)) or any(f"{before}{start}" in text for start in starts for before in "\x01\n")
