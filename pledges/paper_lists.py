"""Lists of names that a keeper types or uploads: counted in memory; only numbers leave this module."""

import csv
import io
import re
import unicodedata
from dataclasses import dataclass

from django.utils.translation import gettext as _

from blueheart import names
from blueheart.refusals import RefusedError

MOST_HEARTS = 5_000  # of one list
MOST_BYTES = 1024 * 1024
NOT_TEXT = (b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf")
DELIMITERS = ";\t,"
CELL_END = "\t"
LINE_END = re.compile(r"\r\n|\r|\n")
# What the first line of a class list is called, and what stands beside that, never alone.
HEADINGS = frozenset(
    {
        "name", "names", "full name", "first name", "last name", "surname", "pupil", "student", "nom", "noms", "prénom",
        "prénoms", "nom et prénom", "élève", "nombre", "nombres", "apellido", "apellidos", "nombre y apellidos",
        "alumno", "nome", "nomes", "apelido", "nome completo", "aluno", "имя", "фамилия", "фио", "ф.и.о.", "ученик",
        "姓名", "名字", "学生", "الاسم", "اسم", "الأسماء", "اسم الطالب",
    }
)  # fmt: skip
BESIDE_THEM = frozenset(
    {
        "no", "no.", "nr", "nr.", "n°", "nº", "№", "#", "序号", "class", "classe", "clase", "turma", "класс", "班级",
        "الصف", "country", "pays", "país", "страна", "国家", "البلد", "age",
    }
)  # fmt: skip
_HEADINGS, _BESIDE_THEM = frozenset(map(names.key, HEADINGS)), frozenset(map(names.key, BESIDE_THEM))


@dataclass(frozen=True)
class Understood:
    """What a list comes to: hearts, and what was left out of it."""

    hearts: int
    blank: int = 0
    doubles: int = 0
    has_heading: bool = False


def read_typed(text: str) -> Understood:
    """The list typed line by line. Raises `RefusedError`."""
    return _counted(_lines(text))


def read_file(content: bytes) -> Understood:
    """The list in a text or CSV file, in whatever encoding a spreadsheet writes. Raises `RefusedError`."""
    if len(content) > MOST_BYTES:
        raise RefusedError(_("The file is larger than 1 MB. Please upload the list of names alone."))
    if content.startswith(NOT_TEXT):
        raise RefusedError(_("This is no text file. Please save the list as CSV, or type its lines."))
    text = _decoded(content)
    if "\x00" in text:
        raise RefusedError(_("This is no text file. Please save the list as CSV, or type its lines."))
    return _counted(_rows(text))


def _decoded(content: bytes) -> str:
    """The text, for counting: in a wrong guess letters look odd, lines and doubles stay the same."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    for encoding in ("utf-8-sig", "windows-1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _rows(text: str) -> list[str]:
    """One text per record; quotation marks that do not close are letters, or they would swallow the rest."""
    mark = max(DELIMITERS, key=text.count)
    if mark in text or '"' in text:
        try:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
            return [CELL_END.join(cell for cell in row if cell.strip()) for row in reader]
        except csv.Error:
            return [line.replace(mark, CELL_END) for line in _lines(text)]
    return _lines(text)


def _lines(text: str) -> list[str]:
    lines = LINE_END.split(text)
    return lines if lines[-1] else lines[:-1]


def _counted(rows: list[str]) -> Understood:
    keys = [_key(row) for row in rows]
    filled = [key for key in keys if key]
    has_heading = bool(filled) and _is_heading(rows)
    if has_heading:
        filled = filled[1:]
    hearts = len(set(filled))
    if hearts > MOST_HEARTS:
        raise RefusedError(_("The list has more than 5,000 lines. Please send it in parts."))
    if not hearts:
        raise RefusedError(_("The list is empty: no line of it has a name or a mark."))
    return Understood(hearts, len(keys) - len(filled) - has_heading, len(filled) - hearts, has_heading)


def _key(row: str) -> str:
    """The row as it is compared; empty where nothing of it can be seen."""
    key = names.key(row)
    return key if any(unicodedata.category(char)[0] in "LNS" for char in key) else ""


def _is_heading(rows: list[str]) -> bool:
    first = next(row for row in rows if _key(row))
    cells = {names.key(cell) for cell in first.split(CELL_END)} - {""}
    return bool(cells & _HEADINGS) and cells <= _HEADINGS | _BESIDE_THEM
