"""A list of groups from a CSV file of staff's: read to the end, with every mistake named by line and column."""

from collections import Counter
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from blueheart import mail_addresses, names
from blueheart.csv_files import FileRefusedError, Problem, records
from blueheart.languages import LANGUAGES, countries, page_language
from pledges.models import Group

MOST_BYTES = 256 * 1024
MOST_GROUPS = 500
LARGEST_TARGET = 10_000_000
LONGEST = {"name": 100, "about": 280, "keeper_name": 100}
NEEDED = ("name", "kind", "country", "target")
MAY_STAND = ("language", "keeper_name", "keeper_email", "pupils", "about")
COLUMNS = (*NEEDED, *MAY_STAND)
YES, NO = {"yes", "1", "true", "x"}, {"", "no", "0", "false"}


class ListedGroup(NamedTuple):
    """One line of the list, checked."""

    name: str
    kind: str
    country: str
    target: int
    language: str
    keeper_name: str
    keeper_email: str
    is_of_pupils: bool
    about: str


class Reading(NamedTuple):
    """The groups of the file and all that is wrong; never both in use."""

    groups: list[ListedGroup]
    problems: list[Problem]


def read(data: bytes) -> Reading:
    """What the file says; whoever calls writes nothing while there is a problem."""
    groups: list[ListedGroup] = []
    problems: list[Problem] = []
    try:
        lines = records(data)
        headings = _headings(next(lines, (0, []))[1])
        seen: dict[tuple[str, str], int] = {}
        for count, (line, cells) in enumerate(lines, start=1):
            if count > MOST_GROUPS:
                raise FileRefusedError(line, _("There are more than %(most)s groups.") % {"most": MOST_GROUPS})
            if len(cells) != len(headings):
                text = _("There are %(found)s cells where the first line has %(expected)s.")
                problems.append(Problem(line, "", text % {"found": len(cells), "expected": len(headings)}))
                continue
            row = dict.fromkeys(COLUMNS, "") | {
                name: " ".join(cell.split()) for name, cell in zip(headings, cells, strict=True)
            }
            wrong = [Problem(line, name, reason) for name in COLUMNS if (reason := _wrong(name, row))]
            place = names.key(row["name"]), row["country"].upper()
            if place in seen:
                text = _("The same group stands in line %(line)s.")
                wrong.append(Problem(line, "name", text % {"line": seen[place]}))
            seen.setdefault(place, line)
            problems += wrong
            if not wrong:
                groups.append(_listed(row))
    except FileRefusedError as refused:
        return Reading([], [*problems, refused.problem])
    if not groups and not problems:
        problems.append(Problem(0, "", _("There are no groups below the first line.")))
    return Reading(groups, problems)


def _headings(cells: list[str]) -> list[str]:
    headings = [cell.strip().lower() for cell in cells]
    if unknown := [name for name in headings if name not in COLUMNS]:
        text = _("The first line names columns that are not known: %(names)s")
        raise FileRefusedError(1, text % {"names": ", ".join(unknown)})
    if twice := [name for name, count in Counter(headings).items() if count > 1]:
        text = _("The first line names a column twice: %(names)s")
        raise FileRefusedError(1, text % {"names": ", ".join(sorted(twice))})
    if missing := [name for name in NEEDED if name not in headings]:
        text = _("The first line has to name these columns, too: %(names)s")
        raise FileRefusedError(1, text % {"names": ", ".join(missing)})
    return headings


def _wrong(column: str, row: dict[str, str]) -> str:
    """Why the cell cannot stand; nothing where it can."""
    cell = row[column]
    if not cell:
        return _("It is missing.") if column in NEEDED else ""
    if len(cell) > LONGEST.get(column, 254):
        return _("It is longer than %(most)s characters.") % {"most": LONGEST.get(column, 254)}
    match column:
        case "kind" if cell not in Group.Kind.values:
            return _("Write one of these: %(names)s") % {"names": ", ".join(Group.Kind.values)}
        case "country" if cell.upper() not in dict(countries(page_language())):
            return _("Write the country’s two letters, as PT.")
        case "target" if not (cell.isdecimal() and 0 < int(cell) <= LARGEST_TARGET):
            return _("Write a whole number above zero.")
        case "language" if cell not in dict(LANGUAGES):
            return _("Write one of these: %(names)s") % {"names": ", ".join(dict(LANGUAGES))}
        case "keeper_email":
            return _wrong_address(cell)
        case "pupils" if cell.lower() not in YES | NO:
            return _("Write yes or no.")
        case "about" | "name" if names.WEB_ADDRESS.search(cell) or "@" in cell:
            return _("Please write it without a web or mail address.")
    return ""


def _wrong_address(cell: str) -> str:
    try:
        mail_addresses.check(cell)
    except ValidationError:
        return _("This is no e-mail address.")
    return ""


def _listed(row: dict[str, str]) -> ListedGroup:
    return ListedGroup(
        name=row["name"],
        kind=row["kind"],
        country=row["country"].upper(),
        target=int(row["target"]),
        language=row["language"] or page_language(),
        keeper_name=row["keeper_name"],
        keeper_email=row["keeper_email"],
        is_of_pupils=row["pupils"].lower() in YES,
        about=row["about"],
    )
