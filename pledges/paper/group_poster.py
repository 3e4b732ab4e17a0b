"""A group's poster: one A4 page to hang up, in the group's language, with the square that leads to its form."""

import io
import re
from functools import cache
from pathlib import Path

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.paper import COLUMN, QUIET, SKY, Paper, Type
from campaigns.share.bidi import isolated
from campaigns.share.picture import outline
from pledges.models import Group

MARK = Path(__file__).resolve().parents[2] / "static" / "img" / "mark.svg"
MARK_UNITS, HEART_SIDE, CODE_SIDE, GAP = 64, 84.0, 68.0, 8.0
PAGE_END = 279.0  # millimetres
EYEBROW, LEAD, STEP, SMALL = Type(13, "Bold", SKY), Type(18), Type(14), Type(9, colour=QUIET)
LABEL, CODE, ADDRESS = Type(11, colour=QUIET), Type(30, "Bold"), Type(9.5)
NAMES = (Type(36, "Bold"), Type(29, "Bold"), Type(23, "Bold"), Type(18, "Bold"))
MOST_NAME_HEIGHT = 36.0
IN_FOURS = re.compile(r"(.{4})(?=.)")


def poster_pdf(group: Group) -> bytes:
    """The poster as a file, in the group's language; the same bytes for the same group."""
    with translation.override(group.language):
        what = _("Blue Heart")
        paper = Paper(language=group.language, title=f"{group.name} · {what}", made_at=group.created_at)
        _head(paper, group)
        _way_in(paper, group)
        _foot(paper)
    return paper.file()


def join_url(group: Group) -> str:
    """Where the square leads: the form by which one joins, in the group's language."""
    with translation.override(group.language):
        return f"{settings.SITE_URL}{reverse('pledges:group_join', args=[group.code])}"


def squares_of(group: Group) -> list[bytes]:
    """The rows of the square that leads to the form."""
    return [bytes(row) for row in _code(group).matrix]


def qr_svg(group: Group) -> str:
    """The square as a picture that says what it is, for the group's own papers."""
    with translation.override(group.language):
        title = _("Join %(name)s") % {"name": group.name}
    file = io.BytesIO()
    _code(group).save(file, kind="svg", scale=8, border=4, dark="#0b2a4a", light="#fff", title=title, xmldecl=False)
    return file.getvalue().decode()


def printed_code(group: Group) -> str:
    """The code in fours, as one reads it aloud."""
    return IN_FOURS.sub(r"\1 ", group.code)


def not_the_un() -> str:
    """What stands on every paper of ours."""
    return _(
        "Made by independent open-source software in test mode. This is no official document of the United Nations."
    )


@cache
def mark() -> list[tuple[str, list[tuple[float, float]]]]:
    """Our heart: the colour and the points of each of its parts."""
    paths = re.findall(r'<path fill="(#\w+)" d="([^"]+)"', MARK.read_text(encoding="utf-8"))
    return [(colour, list(outline(path))) for colour, path in paths]


def _code(group: Group) -> segno.QRCode:
    return segno.make(join_url(group), micro=False, error="m")


def _head(paper: Paper, group: Group) -> None:
    paper.shape(mark(), across=(COLUMN - HEART_SIDE) / 2, scale=HEART_SIDE / MARK_UNITS)
    paper.y += HEART_SIDE + 9
    paper.y += paper.text(_("Together against trafficking in persons"), EYEBROW) + 1
    kind = next((kind for kind in NAMES if paper.height(group.name, kind) <= MOST_NAME_HEIGHT), NAMES[-1])
    paper.y += paper.text(group.name, kind, tag="H1") + 1
    paper.y += paper.text(_("We wear the Blue Heart. Wear it with us!"), LEAD) + 8


def _way_in(paper: Paper, group: Group) -> None:
    """The square, and beside it what to do."""
    top, across = paper.y, CODE_SIDE + GAP
    width = COLUMN - across
    paper.squares(squares_of(group), across=0, side=CODE_SIDE, says=join_url(group))
    said = [_("Scan the square."), _("Choose what you will do."), _("Add your heart.")]
    if group.is_of_pupils:
        said = [_("Scan the square, or ask for the paper sheet."), _("Add your heart: no name, no address, no photo.")]
    for line in said:
        paper.y += paper.text(line, STEP, across=across, width=width) + 1
    paper.y += 3
    paper.y += paper.text(_("The code of our group"), LABEL, across=across, width=width)
    paper.y += paper.text(printed_code(group), CODE, across=across, width=width)
    paper.y = max(paper.y, top + CODE_SIDE) + 3
    paper.y += paper.text(join_url(group), ADDRESS)


def _foot(paper: Paper) -> None:
    helpline = f"{settings.SITE_URL}{reverse('campaigns:help')}"
    lines = (
        _("You need help yourself, or know somebody who does? The helplines of your country: %(address)s")
        % {"address": isolated(helpline)},
        not_the_un(),
    )
    paper.y = PAGE_END - sum(paper.height(line, SMALL) for line in lines) - 4
    paper.rule()
    paper.y += 2
    for line in lines:
        paper.y += paper.text(line, SMALL)
