"""A heart's certificate: one A4 page to print and hang up."""

import re
from functools import cache
from pathlib import Path

from babel.dates import format_date
from django.conf import settings
from django.utils.translation import gettext as _

from blueheart.languages import babel_locale, country_name, page_language
from blueheart.templatetags.money import number
from campaigns.paper import COLUMN, QUIET, SKY, Paper, Type
from campaigns.printing import in_page_language
from campaigns.share.bidi import isolated
from campaigns.share.picture import outline
from pledges.models import PreceptWording
from pledges.wall import Heart

MARK = Path(__file__).resolve().parents[2] / "static" / "img" / "mark.svg"
MARK_UNITS, MARK_SIDE = 64, 26.0
# Millimetres; the gap between two promises hangs on the size of their letters.
BULLET_SIDE, INDENT, TITLES = 3.2, 7.0, 44.0
TEXTS = COLUMN - INDENT - TITLES
GAP = 0.16
PAGE_END, FOOT_HEIGHT = 279.0, 30.0
EYEBROW, NAME, LEAD = Type(12, "Bold", QUIET), Type(27, "Bold"), Type(12.5)
HEADING, SMALL = Type(12, "Bold"), Type(9, colour=QUIET)
# The precepts are set as large as the page allows.
SIZES = (11.0, 10.0, 9.0, 8.0)


def certificate_pdf(heart: Heart, precepts: list[PreceptWording]) -> bytes:
    """The certificate in the page's language; the same bytes for the same heart."""
    pledge = heart.pledge
    assert pledge.confirmed_at is not None  # noqa: S101  a heart has a number and a day: a constraint
    paper = Paper(
        language=page_language(),
        title=_("Certificate of heart number %(number)s") % {"number": _number(heart)},
        made_at=pledge.confirmed_at,
    )
    _head(paper, heart)
    _precepts(paper, precepts)
    _foot(paper, heart)
    return paper.file()


def _head(paper: Paper, heart: Heart) -> None:
    top = paper.y
    paper.shape(_mark(), across=0, scale=MARK_SIDE / MARK_UNITS)
    across = MARK_SIDE + 8
    paper.y = top + 4
    paper.y += paper.text(_("The Blue Heart pledge"), EYEBROW, across=across, width=COLUMN - across)
    numbered = _("Heart number %(number)s") % {"number": _number(heart)}
    paper.y += paper.text(numbered, LEAD, across=across, width=COLUMN - across)
    paper.y = max(paper.y, top + MARK_SIDE) + 12
    paper.y += paper.text(heart.name, NAME, tag="H1") + 2
    for line in _about(heart):
        paper.y += paper.text(line, LEAD)
    paper.y += 6


def _about(heart: Heart) -> list[str]:
    """Who it is, where from, and what they did on which day."""
    about = [str(heart.body.get_form_display())] if heart.body else []
    if heart.country:
        about.append(country_name(heart.country, page_language()))
    day = format_date(heart.pledge.confirmed_at, "long", locale=babel_locale(page_language()))
    promised = _("pledged to wear the Blue Heart against trafficking in persons, on %(date)s.") % {"date": day}
    campaign = in_page_language(heart.pledge.campaign, "title")[0]
    return [*([" · ".join(about)] if about else []), promised, _("Campaign: %(title)s") % {"title": isolated(campaign)}]


def _precepts(paper: Paper, precepts: list[PreceptWording]) -> None:
    """What was promised, in the wording that it was promised in."""
    said = [(in_page_language(row, "title")[0], in_page_language(row, "text")[0]) for row in precepts]
    paper.rule(colour=SKY, thickness=0.5)
    paper.y += 5
    paper.y += paper.text(_("The promise"), HEADING, tag="H2") + 2
    room = PAGE_END - FOOT_HEIGHT - paper.y
    size = next((size for size in SIZES if _height(paper, said, size) <= room), SIZES[-1])
    for title, text in said:
        paper.room_for(_height(paper, [(title, text)], size))
        _precept(paper, title, text, size)


def _precept(paper: Paper, title: str, text: str, size: float) -> None:
    """A line of its own: our heart, what the promise is called, and what it says beside it."""
    top = paper.y
    paper.y = top + (paper.height(title[:1], Type(size)) - BULLET_SIDE) / 2
    paper.shape(_mark(), across=0, scale=BULLET_SIDE / MARK_UNITS)
    paper.y = top
    paper.text(title, Type(size, "Bold"), across=INDENT, width=TITLES - 4)
    paper.text(text, Type(size), across=INDENT + TITLES, width=TEXTS)
    paper.y += _height(paper, [(title, text)], size)


def _height(paper: Paper, said: list[tuple[str, str]], size: float) -> float:
    def height(title: str, text: str) -> float:
        beside = paper.height(text, Type(size), width=TEXTS)
        return max(paper.height(title, Type(size, "Bold"), width=TITLES - 4), beside) + size * GAP

    return sum(height(title, text) for title, text in said)


def _foot(paper: Paper, heart: Heart) -> None:
    if paper.y > PAGE_END - FOOT_HEIGHT:
        paper.new_page()
    paper.y = PAGE_END - FOOT_HEIGHT + 4
    paper.rule()
    paper.y += 3
    address = f"{settings.SITE_URL}{heart.pledge.get_absolute_url()}"
    lines = (
        address,
        _("A pledge is a promise: it is not a vote, it carries no money, and nobody has to prove it."),
        _("Made by independent open-source software in test mode. This is no official document of the United Nations."),
    )
    for line in lines:
        paper.y += paper.text(line, SMALL)


def _number(heart: Heart) -> str:
    return number(heart.pledge.number or 0)


@cache
def _mark() -> list[tuple[str, list[tuple[float, float]]]]:
    """Our heart: the colour and the points of each of its parts."""
    paths = re.findall(r'<path fill="(#\w+)" d="([^"]+)"', MARK.read_text(encoding="utf-8"))
    return [(colour, list(outline(path))) for colour, path in paths]
