"""A sheet as PDF: one A4 page where it fits."""

import re
from functools import cache
from pathlib import Path

import segno
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.paper import ALARM, COLUMN, QUIET, SKY, Paper, Type
from campaigns.share.picture import outline
from donations.receipts.sheets import Sheet, Table

MARK = Path(__file__).resolve().parents[2] / "static" / "img" / "mark.svg"
MARK_UNITS, MARK_SIDE = 64, 13.0
LABELS = 56.0  # the width of the labels' column
CODE_SIDE = 34.0
AMOUNTS = 34.0  # each column of amounts

HEADING, BRAND, BODY, SMALL = Type(22, "Bold"), Type(12, "Bold"), Type(), Type(9, colour=QUIET)
LABEL, STRONG, WARNING = Type(colour=QUIET), Type(12, "Bold"), Type(11, "Bold", ALARM)
CAPTION, HEAD, CELL, SUM = Type(12, "Bold"), Type(9, colour=QUIET), Type(9.5), Type(9.5, "Bold")


def sheet_pdf(sheet: Sheet) -> bytes:
    """The sheet as a PDF in its language; the same bytes for the same sheet."""
    with translation.override(sheet.language):
        paper = Paper(
            language=sheet.language,
            title=f"{sheet.title} {sheet.number}".strip(),
            made_at=sheet.made_at,
            watermark=sheet.watermark,
        )
        _head(paper, sheet)
        _rows(paper, sheet)
        for table in sheet.tables:
            _table(paper, table)
        if sheet.check_url:
            _check(paper, sheet)
        _notes(paper, sheet)
    return paper.file()


def _head(paper: Paper, sheet: Sheet) -> None:
    paper.shape(_mark(), across=0, scale=MARK_SIDE / MARK_UNITS)
    text_at = MARK_SIDE + 5
    top = paper.y
    paper.y += paper.text(sheet.issuer, BRAND, across=text_at, width=COLUMN - text_at)
    for line in sheet.address.splitlines():
        paper.y += paper.text(line, SMALL, across=text_at, width=COLUMN - text_at)
    paper.y = max(paper.y, top + MARK_SIDE) + 10
    paper.y += paper.text(sheet.title, HEADING, tag="H1") + 2
    if sheet.alarm:
        height = paper.height(sheet.alarm, WARNING, width=COLUMN - 6)
        paper.frame(height, colour=ALARM)
        paper.y += paper.text(sheet.alarm, WARNING, across=6, width=COLUMN - 6) + 3
    paper.y += paper.text(sheet.intro, BODY) + 5


def _rows(paper: Paper, sheet: Sheet) -> None:
    width = COLUMN - LABELS
    for row in sheet.rows:
        kind = STRONG if row.is_strong else BODY
        height = max(paper.height(row.label, LABEL, width=LABELS - 4), paper.height(row.value, kind, width=width))
        paper.room_for(height + 4)
        paper.rule()
        paper.y += 1.6
        paper.text(row.label, LABEL, width=LABELS - 4)
        paper.text(row.value, kind, across=LABELS, width=width)
        paper.y += height + 1.6
    paper.rule()
    paper.y += 7


def _table(paper: Paper, table: Table) -> None:
    """The first column takes what the others leave; amounts stand at the far end of theirs."""
    paper.room_for(40)
    paper.y += paper.text(table.caption, CAPTION, tag="H2") + 2
    _line(paper, table.head, HEAD)
    for row in table.rows:
        if paper.room_for(max(12, _row_height(paper, row))):
            _line(paper, table.head, HEAD)
        _line(paper, row, CELL)
    if table.total:
        paper.room_for(12)
        paper.rule(colour=SKY, thickness=0.4)
        _line(paper, table.total, SUM)
    if table.note:
        paper.room_for(12)
        paper.y += paper.text(table.note, SMALL)
    paper.y += 6


def _line(paper: Paper, cells: tuple[str, ...], kind: Type) -> None:
    first, *amounts = cells
    rest = COLUMN - AMOUNTS * len(amounts)
    paper.rule()
    paper.y += 1.2
    height = paper.text(first, kind, width=rest - 4)
    for at, cell in enumerate(amounts):
        height = max(height, paper.text(cell, kind, across=rest + at * AMOUNTS, width=AMOUNTS, ends=True))
    paper.y += height + 1.2


def _row_height(paper: Paper, cells: tuple[str, ...]) -> float:
    """How high a row stands: its first cell may have many lines, a long name and its reference."""
    rest = COLUMN - AMOUNTS * (len(cells) - 1)
    return paper.height(cells[0], CELL, width=rest - 4) + 2.4


def _check(paper: Paper, sheet: Sheet) -> None:
    """The square that leads to the page where anybody checks the receipt, and what to type there."""
    paper.room_for(CODE_SIDE)
    code = segno.make(sheet.check_url, micro=False, error="m")
    across = CODE_SIDE + 7
    top = paper.y
    paper.squares([bytes(row) for row in code.matrix], across=0, side=CODE_SIDE, says=sheet.check_url)
    paper.y += paper.text(sheet.check_words, SMALL, across=across, width=COLUMN - across) + 2
    for label, value in ((_("Number"), sheet.number), (_("Check code"), sheet.check_code)):
        paper.text(label, LABEL, across=across, width=36)
        paper.y += paper.text(value, STRONG, across=across + 38, width=COLUMN - across - 38)
    paper.y = max(paper.y, top + CODE_SIDE) + 7


def _notes(paper: Paper, sheet: Sheet) -> None:
    for note in sheet.notes:
        paper.room_for(paper.height(note, SMALL))
        paper.y += paper.text(note, SMALL) + 1.5


@cache
def _mark() -> list[tuple[str, list[tuple[float, float]]]]:
    """Our heart: the colour and the points of each of its parts."""
    paths = re.findall(r'<path fill="(#\w+)" d="([^"]+)"', MARK.read_text(encoding="utf-8"))
    return [(colour, list(outline(path))) for colour, path in paths]
