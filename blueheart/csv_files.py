"""CSV files of staff's, read strictly: UTF-8, one record after another, with the line in which each begins."""

import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

DELIMITERS = ",;\t"


class Problem(NamedTuple):
    """What is wrong in a line, the first being 1, and in which column; line 0 is the file itself."""

    line: int
    column: str
    reason: str


class FileRefusedError(ValueError):
    """The file cannot be read any further; `problem` says where and why, in the reader's language."""

    def __init__(self, line: int, reason: str, column: str = "") -> None:
        super().__init__(reason)
        self.problem = Problem(line, column, reason)


def records(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line that it begins in, without empty ones; commas, semicolons or tabs part the cells.

    Raises `FileRefusedError`.
    """
    text = _decoded(data)
    first = text.lstrip("\r\n").splitlines()[0]
    reader = csv.reader(io.StringIO(text), delimiter=max(DELIMITERS, key=first.count), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            reason = _("This is not CSV: a quotation mark stands where it cannot, or is not closed.")
            raise FileRefusedError(line, reason) from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRefusedError(0, _("The file is in UTF-16. Save it as “CSV UTF-8”."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reason = _("A character is not in UTF-8. Save the file as “CSV UTF-8”.")
        raise FileRefusedError(line, reason) from error
    if not text.strip():
        raise FileRefusedError(0, _("The file is empty."))
    return text
