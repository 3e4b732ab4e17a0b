"""Write docs/security/asvs.md, the portal beside OWASP ASVS 5.0, from docs/security/asvs.toml; `--check` compares."""

import argparse
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "docs" / "security" / "asvs.toml"
PAGE = SOURCE.with_suffix(".md")
MET, NOT_APPLICABLE, GAP = "met", "not applicable", "gap"
LEVELS = (1, 2)
HEAD = """# The portal beside OWASP ASVS 5.0

<!-- Written by scripts/asvs.py from asvs.toml (`make asvs`). Change that file, not this one. -->

The [Application Security Verification Standard](https://owasp.org/www-project-application-security-verification-standard/)
5.0.0 of OWASP (CC BY-SA 4.0) asks 70 things of every application (level 1) and 183 more of one that keeps people's data
(level 2). We cite them by their ids and say in our own words what each is about; what counts is the wording of the
standard. We judged ourselves: nobody has certified this.

**met**: the code does it, and the tests named there go red when it does not. **not applicable**: there is nothing here
that the line could be about. **gap**: it does not hold, or not wholly; the line says what is missing.
`tests/security/test_asvs.py` checks that every test and path named here exists, that no line of the standard lacks,
and that no gap of level 1 and at most one in twenty of level 2 remains.
"""


@dataclass(frozen=True)
class Requirement:
    """One line of the standard, and how it stands with us."""

    id: str
    level: int
    what: str
    status: str
    reason: str = ""
    note: str = ""
    tests: tuple[str, ...] = ()
    where: tuple[str, ...] = ()

    @property
    def chapter(self) -> str:
        return self.id.partition(".")[0]

    @property
    def applies(self) -> bool:
        return self.status != NOT_APPLICABLE


@dataclass(frozen=True)
class Table:
    """The whole of asvs.toml: the names of the chapters by their numbers, and the lines in the standard's order."""

    chapters: dict[str, str]
    requirements: tuple[Requirement, ...]

    def of(self, chapter: str) -> list[Requirement]:
        return [line for line in self.requirements if line.chapter == chapter]


def read(source: Path = SOURCE) -> Table:
    """The table. Raises `TypeError` where a line has a field that there is not, or lacks one."""
    with source.open("rb") as file:
        said = tomllib.load(file)
    return Table(said["chapters"], tuple(_line(row) for row in said["requirement"]))


def _line(row: dict[str, Any]) -> Requirement:
    return Requirement(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})


def counts(lines: Iterable[Requirement], level: int) -> tuple[int, int, int]:
    """How many lines of a level are met, how many apply, and how many there are."""
    of_level = [line for line in lines if line.level == level]
    return (
        sum(line.status == MET for line in of_level),
        sum(line.applies for line in of_level),
        len(of_level),
    )


def page(table: Table) -> str:
    """The page in Markdown: the counts, then a table for each chapter."""
    parts = [HEAD, _summary(table), _gaps(table)]
    for chapter, name in table.chapters.items():
        rows = "\n".join(_row(line) for line in table.of(chapter))
        parts.append(f"## {chapter} {name}\n\n| Line | Level | What | How it stands |\n|---|---|---|---|\n{rows}\n")
    return "\n".join(parts)


def _summary(table: Table) -> str:
    rows = [
        f"| {chapter} {name} | {_ratio(table.of(chapter), 1)} | {_ratio(table.of(chapter), 2)} |"
        for chapter, name in table.chapters.items()
    ]
    total = f"| **All** | **{_ratio(table.requirements, 1)}** | **{_ratio(table.requirements, 2)}** |"
    head = "| Chapter | Level 1: met of those that apply | Level 2: met of those that apply |\n|---|---|---|"
    return "\n".join([head, *rows, total, ""])


def _ratio(lines: Iterable[Requirement], level: int) -> str:
    met, applicable, all_of_them = counts(lines, level)
    if not all_of_them:
        return "–"
    return f"{met} of {applicable}" if applicable else f"none applies ({all_of_them})"


def _gaps(table: Table) -> str:
    gaps = [line for line in table.requirements if line.status == GAP]
    if not gaps:
        return "There is no gap left.\n"
    told = "\n".join(f"- **{line.id}** (level {line.level}), {line.what}: {line.reason}" for line in gaps)
    return f"What is missing:\n\n{told}\n"


def _row(line: Requirement) -> str:
    said = [f"**{line.status}**" + (f": {line.reason}" if line.reason else "")]
    said += [line.note] if line.note else []
    said += [f"`{test}`" for test in line.tests]
    said += [", ".join(f"[{place}](../../{place})" for place in line.where)] if line.where else []
    return f"| {line.id} | {line.level} | {line.what} | {'<br>'.join(said)} |"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 where the page is not fresh")
    options = parser.parse_args(arguments)
    fresh = page(read())
    if not options.check:
        PAGE.write_text(fresh, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != fresh:
        sys.stderr.write("docs/security/asvs.md is not what asvs.toml says: run `make asvs`.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
