"""Reading a list of any length at the pace of whoever takes it, and writing it as CSV.

PostgreSQL prints every cell and joins a row with a separator drawn for this export; a server-side cursor brings
thousands of rows at a time. Of such a batch C-speed searches say whether any cell needs quoting or could be taken for a
formula: if none does, which is the rule, its text is the CSV but for the separator. Every other row is taken apart and
written by `blueheart.tables`, so there is one truth for the guard. (Guarding and quoting each cell in SQL took twice
the time; psycopg2 refuses COPY beside our deadline.)
"""

import contextlib
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from blueheart.exports.columns import Column, Kind
from blueheart.tables import BYTE_ORDER_MARK, FORMULA_STARTS, csv_lines, disarmed

BATCH = 2_000
PRINTED = {
    Kind.TEXT: "coalesce({}::text, '')",
    Kind.NUMBER: "coalesce({}::text, '')",
    Kind.DATE: "coalesce(to_char({}, 'YYYY-MM-DD'), '')",
    Kind.MOMENT: "coalesce(to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), '')",
    Kind.TRUTH: "CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' ELSE '' END",
}
Batch = list[str]


class SeparatorError(RuntimeError):
    """A text held the separator, which was drawn by chance for this export alone: another try draws another."""


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
        self.separator = f"\x01{secrets.token_urlsafe(4)}"
        starts = (*FORMULA_STARTS, " ")
        self._odd_parts = ['"', ",", "\r", *(f"{self.separator}{start}" for start in starts)]
        self._odd = re.compile(f'[",\r\n]|{re.escape(self.separator)}[{re.escape("".join(starts))}]')
        self.rows = 0  # so far
        self._are_texts = [column.kind is Kind.TEXT for column in table.columns]

    def batches(self, most: int | None = None) -> Iterator[Batch]:
        """Rows as PostgreSQL printed them, a batch at a time. Call it in a transaction."""
        statement = self._statement(most)
        if statement is None:
            return
        with self.connection.cursor() as cursor:  # all of it is read: plan for the end, not for the first row
            cursor.execute("SET LOCAL cursor_tuple_fraction = 1")
        with contextlib.closing(self.connection.chunked_cursor()) as cursor:
            cursor.execute(*statement)
            while rows := cursor.fetchmany(BATCH):
                self.rows += len(rows)
                yield [line for (line,) in rows]

    def csv(self, batch: Batch) -> str:
        """The rows as lines of CSV, exactly as `blueheart.tables` would write them."""
        text = "\n".join(batch)
        self._check(text, len(batch))
        if len(self._are_texts) > 1 and text.count("\n") == len(batch) - 1 and not self._is_odd(text):
            whole = text.replace(f"\n{self.separator}", "\r\n").replace(self.separator, ",")
            return f"{whole[1:]}\r\n"
        return "".join(map(self._line, batch))

    def cells(self, line: str) -> list[str]:
        """One row taken apart."""
        return line.split(self.separator)[1:]

    def _check(self, text: str, rows: int) -> None:
        if text.count(self.separator) != rows * len(self._are_texts):
            raise SeparatorError

    def _is_odd(self, text: str) -> bool:
        return any(part in text for part in self._odd_parts)

    def _line(self, line: str) -> str:
        if len(self._are_texts) > 1 and not self._odd.search(line):
            return line.replace(self.separator, ",")[1:] + "\r\n"
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
        outer = f"SELECT concat_ws(%s, '', {', '.join(cells)}) FROM ({sql}) AS cells"  # noqa: S608  our own names
        return outer, [self.separator, *params]


def csv_chunks(reading: Reading) -> Iterator[bytes]:
    """The table as a file of CSV in UTF-8, with the mark by which Excel knows it. Call it in a transaction."""
    yield (BYTE_ORDER_MARK + csv_lines([reading.table.header])).encode()
    for batch in reading.batches():
        yield reading.csv(batch).encode()
