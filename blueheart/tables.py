"""Tables for spreadsheets and scripts: CSV (RFC 4180, UTF-8) that no spreadsheet takes for a formula."""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from django.http import HttpResponse, StreamingHttpResponse

Cell = str | int | float | Decimal | bool | dt.date | None

# What Excel, LibreOffice or Google Sheets may run, the full-width forms too; an apostrophe in front makes it text.
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")
BLANKS = " \u00a0\u3000"
# Where spreadsheets part cells that expect another sign than a comma: what follows could begin a cell of its own.
PARTING = ";|\t\r\n"
WITHIN = re.compile(f'[{PARTING}](?=[{BLANKS}"]*[=+@＝＋－＠-])')  # quotation marks open a cell of its own there
BYTE_ORDER_MARK = "\ufeff"


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """The table as CSV, one line per row; numbers stay numbers, texts that look like a formula are disarmed."""
    return csv_lines([header]) + csv_lines([_printed(cell) for cell in row] for row in rows)


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    """Rows of cells that are printed already: quoted where they need it."""
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    return lines.getvalue()


def looks_like_a_formula(text: str) -> bool:
    """Whether a spreadsheet might run the text."""
    return text.lstrip(BLANKS).startswith(FORMULA_STARTS)


def disarmed(text: str) -> str:
    """The text as a cell of CSV that no spreadsheet runs, by whatever sign it parts the cells."""
    text = WITHIN.sub(r"\g<0>'", text)
    return f"'{text}" if looks_like_a_formula(text) else text


def csv_download(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> HttpResponse:
    """The table as a file `name`.csv, with the mark by which Excel knows that it is UTF-8."""
    response = HttpResponse(BYTE_ORDER_MARK + csv_text(header, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def csv_stream(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> StreamingHttpResponse:
    """The same file for any number of rows: they are read while it is sent, and not held in memory."""
    response = StreamingHttpResponse(_csv_lines(header, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    yield BYTE_ORDER_MARK + csv_text(header, [])
    for row in rows:
        yield csv_text([_printed(cell) for cell in row], [])


def _printed(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case str():
            return disarmed(cell)
        case dt.date():
            return cell.isoformat()
        case Decimal():
            return format(cell.normalize(), "f")
        case _number:
            return str(cell)
