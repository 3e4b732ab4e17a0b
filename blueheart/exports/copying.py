"""Long lists as CSV by COPY: PostgreSQL's quickest way out, and one for which it may use all its cores.

psycopg2 refuses COPY in a process whose answers have a deadline, as all of ours have. So `copier.py` copies in a
process of its own, and this one keeps the clock. What arrives is PostgreSQL's text format with commas between cells; a
few searches at the speed of C say whether it is CSV already, but for the ends of its lines. Otherwise each row that
needs it is taken apart and written by `blueheart.tables`, so there is one truth for quoting and for the guard against
formulas.
"""

import io
import json
import re
import select
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, QuerySet, TextField

from blueheart.exports.columns import Column, Kind
from blueheart.exports.reading import Table
from blueheart.tables import BLANKS, BYTE_ORDER_MARK, FORMULA_STARTS, csv_lines, disarmed
from blueheart.trail.sealing import ONLY_READS

COPIER = Path(__file__).with_name("copier.py")
CHUNK = 1 << 18  # bytes that are looked at and sent at a time
SILENCE_SECONDS = 60.0  # of PostgreSQL, sorting or away, after which nobody waits any longer
END_SECONDS = 10.0  # for a process that has written everything
SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "statement_timeout": "15min",  # of the whole file: it is sent at its reader's pace
    "client_connection_check_interval": "1s",
}
FORMAT = "(FORMAT text, DELIMITER ',', NULL '')"
PRINTED = {
    Kind.MOMENT: 'to_char(%(expressions)s, \'YYYY-MM-DD"T"HH24:MI:SS"Z"\')',
    Kind.TRUTH: "CASE WHEN %(expressions)s THEN 'true' WHEN NOT %(expressions)s THEN 'false' END",
}
SEPARATOR = b"\x01"  # left out of texts, as where lists are read by a cursor
# Of a cell, as COPY writes it: it marks tabs and line breaks with a backslash. The full-width forms begin alike.
WIDE = b"\xef\xbc"
STARTS = [*(start.encode() for start in FORMULA_STARTS if start.isascii() and start.isprintable()), WIDE]
STARTS += [blank.encode() for blank in BLANKS]
ODD = re.compile(rb'[\\"\x01;|]|(?:^|,)(?:' + b"|".join(map(re.escape, STARTS)) + b")")
CELL = re.compile(r"((?:[^,\\]+|\\.)*)(,|$)")
ESCAPED = re.compile(r"\\(.)")
UNESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


class CopyError(RuntimeError):
    """The rows did not come to their end; the message says why, without a word of them."""


class Copying:
    """One copy of a table, from one snapshot of the database."""

    def __init__(self, table: Table, connection: BaseDatabaseWrapper) -> None:
        self.table = table
        self.connection = connection
        self.rows = 0  # so far
        self._are_texts = [column.kind in (Kind.TEXT, Kind.CHOICE) for column in table.columns]

    def csv_chunks(self) -> Generator[bytes]:
        """The table as a file of CSV in UTF-8, with the mark by which Excel knows it; raises `CopyError`.

        It holds no transaction of this process's connection. Closing it ends the copy.
        """
        yield (BYTE_ORDER_MARK + csv_lines([self.table.header])).encode()
        statement = self._statement()
        if statement is None:
            return
        for lines in self._lines(statement):
            self.rows += lines.count(b"\n")
            yield self._csv(lines)

    def _lines(self, statement: str) -> Iterator[bytes]:
        """Whole lines of PostgreSQL's, many at a time."""
        rest = b""
        with self._copier(statement) as process:
            for chunk in _chunks(process):
                text = rest + chunk
                end = text.rfind(b"\n") + 1
                rest = text[end:]
                if end:
                    yield text[:end]
            _conclude(process)

    def _csv(self, lines: bytes) -> bytes:
        if len(self._are_texts) > 1 and _is_plain(lines):
            return lines.replace(b"\n", b"\r\n")
        return b"".join(map(self._line, lines[:-1].split(b"\n")))

    def _line(self, line: bytes) -> bytes:
        if len(self._are_texts) > 1 and not ODD.search(line):
            return line + b"\r\n"
        cells = zip(_cells(line.replace(SEPARATOR, b"").decode()), self._are_texts, strict=True)
        return csv_lines([[disarmed(cell) if is_text else cell for cell, is_text in cells]]).encode()

    def _statement(self) -> str | None:
        """The list's own query, which alone has its order for certain; nothing where no row can match."""
        names = [f"exported_{number}" for number in range(len(self.table.columns))]
        shown = dict(zip(names, map(_printed, self.table.columns), strict=True))
        query = self.table.rows.annotate(**shown).query
        # Not by the table's own class: that of translated models would put the columns in another order.
        rows: QuerySet[Any] = QuerySet(self.table.rows.model, query)
        try:
            sql, params = rows.values_list(*names).query.get_compiler(connection=self.connection).as_sql()
        except EmptyResultSet:
            return None
        with self.connection.cursor() as cursor:
            return f"COPY ({cursor.mogrify(sql, params).decode()}) TO STDOUT WITH {FORMAT}"

    @contextmanager
    def _copier(self, statement: str) -> Iterator["subprocess.Popen[bytes]"]:
        connect = self.connection.get_connection_params() | {"application_name": ONLY_READS}
        del connect["cursor_factory"]
        asked = json.dumps({"connect": connect, "settings": SETTINGS, "statement": statement}).encode() + b"\n"
        command, pipe = [sys.executable, "-I", str(COPIER)], subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
            try:
                _ask(process, asked)
                yield process
            finally:
                process.kill()


def _printed(column: Column) -> Any:
    template = PRINTED.get(column.kind)
    return Func(column.expression, template=template, output_field=TextField()) if template else column.expression


def _is_plain(lines: bytes) -> bool:
    """Whether no cell of these lines needs quotes or a guard; false a little too often."""
    if any(sign in lines for sign in (b"\\", b'"', SEPARATOR, b";", b"|")):
        return False
    starts = tuple(start for start in STARTS if start in lines)
    return not lines.startswith(starts) and not any(b"," + start in lines or b"\n" + start in lines for start in starts)


def _cells(line: str) -> list[str]:
    """One line of COPY taken apart."""
    if "\\" not in line:
        return line.split(",")
    cells, place = [], 0
    while match := CELL.match(line, place):
        cells.append(ESCAPED.sub(lambda mark: UNESCAPED.get(mark[1], mark[1]), match[1]))
        place = match.end()
        if not match[2]:
            break
    return cells


def _ask(process: "subprocess.Popen[bytes]", asked: bytes) -> None:
    wishes = cast(IO[bytes], process.stdin)
    try:
        wishes.write(asked)
        wishes.flush()  # and left open: its end would end the process
    except BrokenPipeError as error:
        raise CopyError("the process was gone at once") from error


def _chunks(process: "subprocess.Popen[bytes]") -> Iterator[bytes]:
    """What the process writes until its end; raises `CopyError` when it falls silent."""
    output = cast(io.BufferedReader, process.stdout)
    arrival = select.poll()  # takes descriptors above 1,023, where select does not
    arrival.register(output, select.POLLIN)
    while arrival.poll(SILENCE_SECONDS * 1000):
        chunk = output.read1(CHUNK)
        if not chunk:
            return
        yield chunk
    raise CopyError(f"PostgreSQL said nothing for {SILENCE_SECONDS:g} s")


def _conclude(process: "subprocess.Popen[bytes]") -> None:
    """Raises `CopyError` unless the process says that the rows were all."""
    try:
        code = process.wait(END_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise CopyError("the process did not end") from error
    if code:
        said = cast(IO[bytes], process.stderr).read().decode(errors="replace").splitlines()
        raise CopyError(said[-1] if said else f"the process ended with {code}")
