"""A data table's numbers from a CSV file of staff's: read to the end, with every mistake named by line and column."""

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _
from modeltranslation.utils import build_localized_fieldname

from blueheart.csv_files import FileRefusedError, Problem, records
from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES
from blueheart.tables import FORMULA_STARTS
from campaigns.models import DataPoint

MOST_BYTES = 256 * 1024
MOST_ROWS = 2000
ROW, COLUMN, VALUE = "row", "column", "value"
LONGEST_NAME = 120
# `row_fr`, `column_fr`: the same names in another language of the site.
NAMES = {
    f"{name}_{code}": (name, code) for name in (ROW, COLUMN) for code, _name in LANGUAGES if code != DEFAULT_LANGUAGE
}
HEADINGS = {ROW, COLUMN, VALUE, *NAMES}
FIELDS = {ROW: "label", COLUMN: "series"}

NUMBER = re.compile(r"[0-9]+([.,][0-9]+)?")
GROUPED_BY_SPACE = re.compile(r"[0-9]{1,3}([  \u202f'’][0-9]{3})+([.,][0-9]+)?")
GROUPED_BY_MARK = re.compile(
    r"[0-9]{1,3}(?:(?:,[0-9]{3})+\.[0-9]+|(?:\.[0-9]{3})+,[0-9]+|(?:,[0-9]{3}){2,}|(?:\.[0-9]{3}){2,})"
)
AMBIGUOUS = re.compile(r"[0-9]{1,3},[0-9]{3}")
CONTROL = re.compile(r"[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Reading(NamedTuple):
    """What a file says: points as `data_tables.replace_points` takes them, and all that is wrong; never both in use."""

    points: list[dict[str, str]]
    problems: list[Problem]


def read(data: bytes) -> Reading:
    """The file's points and its problems; whoever calls writes nothing while there is a problem."""
    try:
        if len(data) > MOST_BYTES:
            raise FileRefusedError(0, _("The file is larger than 256 KB."))
        lines = records(data)
        return _points(lines, _headings(next(lines, (0, []))[1]))
    except FileRefusedError as refused:
        return Reading([], [refused.problem])


def _headings(cells: list[str]) -> list[str]:
    headings = [cell.strip().lower() for cell in cells]
    if unknown := [name for name in headings if name not in HEADINGS]:
        names = ", ".join(unknown)
        raise FileRefusedError(1, _("The first line names columns that are not known: %(names)s") % {"names": names})
    if twice := [name for name, count in Counter(headings).items() if count > 1]:
        raise FileRefusedError(
            1, _("The first line names a column twice: %(names)s") % {"names": ", ".join(sorted(twice))}
        )
    if missing := [name for name in (ROW, VALUE) if name not in headings]:
        names = ", ".join(missing)
        raise FileRefusedError(1, _("The first line has to name these columns, too: %(names)s") % {"names": names})
    return headings


def _points(lines: Iterator[tuple[int, list[str]]], headings: list[str]) -> Reading:
    points: list[dict[str, str]] = []
    problems: list[Problem] = []
    seen: dict[tuple[str, str], int] = {}
    for count, (line, cells) in enumerate(lines, start=1):
        if count > MOST_ROWS:
            problems.append(Problem(line, "", _("There are more than 2,000 rows.")))
            break
        if len(cells) != len(headings):
            text = _("There are %(found)s cells where the first line has %(expected)s.")
            problems.append(Problem(line, "", text % {"found": len(cells), "expected": len(headings)}))
            continue
        row = {name: cell.strip() for name, cell in zip(headings, cells, strict=True)}
        wrong = [Problem(line, name, reason) for name, cell in row.items() if (reason := _wrong(name, cell))]
        place = row[ROW], row.get(COLUMN, "")
        if place in seen:
            text = _("The same row and column stand in line %(line)s.")
            wrong.append(Problem(line, ROW, text % {"line": seen[place]}))
        seen.setdefault(place, line)
        problems += wrong
        if not wrong:
            points.append(_point(row))
    if not points and not problems:
        problems.append(Problem(0, "", _("There are no rows below the first line.")))
    return Reading(points, problems)


def _wrong(heading: str, cell: str) -> str:
    """Why the cell cannot stand; nothing where it can."""
    if heading == VALUE:
        return _wrong_number(cell)
    if not cell:
        return _("The name of the row is missing.") if heading == ROW else ""
    if len(cell) > LONGEST_NAME:
        return _("The name is longer than 120 characters.")
    if cell.startswith((*FORMULA_STARTS, "'")):
        return _("A name cannot begin like a formula (with =, +, -, @ or an apostrophe).")
    return _("There is a line break or a character that cannot be seen.") if CONTROL.search(cell) else ""


def _wrong_number(cell: str) -> str:
    if not cell:
        return _("The value is missing.")
    if AMBIGUOUS.fullmatch(cell):
        whole, part = cell.split(",")
        text = _("“%(cell)s” can be two numbers: write %(whole)s or %(broken)s.")
        return text % {"cell": cell, "whole": whole + part, "broken": f"{whole}.{part}"}
    if cell.startswith("-"):
        return _("A value below zero has no place in these charts.")
    if (number := _number(cell)) is None:
        return _("“%(cell)s” is not a number. Write digits only, without a unit.") % {"cell": cell[:40]}
    places = -int(number.as_tuple().exponent)
    field = DataPoint._meta.get_field("value")
    if places > field.decimal_places:
        return _("There are more than four digits behind the decimal point.")
    return _("The number is too large.") if number.adjusted() >= field.max_digits - field.decimal_places else ""


def _number(cell: str) -> Decimal | None:
    """A number with a decimal point or comma, its thousands parted by spaces, apostrophes or the other mark."""
    if not any(form.fullmatch(cell) for form in (NUMBER, GROUPED_BY_SPACE, GROUPED_BY_MARK)):
        return None
    digits = re.sub(r"[^0-9.,]", "", cell)
    mark = max(digits.rfind("."), digits.rfind(","))
    if mark < 0 or digits.count(digits[mark]) > 1:
        return Decimal(re.sub(r"[.,]", "", digits))
    return Decimal(re.sub(r"[.,]", "", digits[:mark]) + "." + digits[mark + 1 :])


def column_of(name: str, language: str) -> str:
    """The column of the database that holds a row's or a column's name in the language."""
    column: str = build_localized_fieldname(FIELDS[name], language)
    return column


def _point(row: dict[str, str]) -> dict[str, str]:
    point = {column_of(name, DEFAULT_LANGUAGE): row.get(name, "") for name in (ROW, COLUMN)}
    point |= {column_of(name, code): row.get(heading, "") for heading, (name, code) in NAMES.items()}
    number = _number(row[VALUE]) or Decimal(0)
    return {name: text for name, text in point.items() if text} | {"value": format(number, "f")}
