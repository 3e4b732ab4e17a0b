"""A group's paper sheet: lines to tick, one per heart, that holds no name and is destroyed once it is counted."""

from django.utils import translation
from django.utils.translation import gettext as _

from blueheart.languages import country_name
from blueheart.templatetags.money import number
from campaigns.paper import COLUMN, QUIET, SKY, Paper, Type
from campaigns.share.bidi import isolated
from pledges.models import Group
from pledges.paper.group_poster import MARK_UNITS, join_url, mark, not_the_un, printed_code, squares_of

MARK_SIDE, CODE_SIDE = 20.0, 26.0
MOST_LINES, HEAD_HEIGHT = 25, 5.0
LINE_HEIGHT = 7.4
PAGE_END = 279.0  # millimetres
NUMBERS_WIDTH, TICK_WIDTH = 14.0, 50.0
TITLE, BODY, HEAD, CELL, SMALL = Type(20, "Bold"), Type(10), Type(9, "Bold", QUIET), Type(9), Type(8.5, colour=QUIET)
STRONG = Type(10.5, "Bold")


def sheet_pdf(group: Group) -> bytes:
    """The sheet as a file, in the group's language; the same bytes for the same group."""
    with translation.override(group.language):
        what = _("Hearts on paper")
        paper = Paper(language=group.language, title=f"{group.name} · {what}", made_at=group.created_at)
        _head(paper, group)
        _lines(paper, group)
        _foot(paper, group)
    return paper.file()


def _head(paper: Paper, group: Group) -> None:
    top, across = paper.y, MARK_SIDE + 6
    width = COLUMN - across - CODE_SIDE - 6
    paper.squares(squares_of(group), across=COLUMN - CODE_SIDE, side=CODE_SIDE, says=join_url(group))
    paper.shape(mark(), across=0, scale=MARK_SIDE / MARK_UNITS)
    kind = TITLE if paper.height(group.name, TITLE, width=width) <= CODE_SIDE - 4 else Type(13, "Bold")
    paper.y += paper.text(group.name, kind, across=across, width=width, tag="H1")
    paper.y += paper.text(_("We wear the Blue Heart against trafficking in persons."), BODY, across=across, width=width)
    paper.y = max(paper.y, top + CODE_SIDE) + 4
    for line in _rules(group):
        paper.y += paper.text(line, BODY) + 0.6
    paper.y += 2.5


def _rules(group: Group) -> list[str]:
    home = isolated(country_name(group.country, group.language))
    rules = [
        _("I promise to wear the Blue Heart, to learn about trafficking in persons and to tell others: one mark each."),
        _("Please write no name, no address and no telephone number. A country only if it is not %(country)s.")
        % {"country": home},
    ]
    if not group.is_of_pupils:
        rules.append(_("Would you like a heart with your name on the wall? Scan the square instead."))
    return rules


def _lines(paper: Paper, group: Group) -> None:
    rest = COLUMN - NUMBERS_WIDTH - TICK_WIDTH
    mark_label = _("Tick") if group.is_of_pupils else _("Tick or other mark")
    paper.text(mark_label, HEAD, across=NUMBERS_WIDTH, width=TICK_WIDTH)
    paper.text(_("Country, if another"), HEAD, across=NUMBERS_WIDTH + TICK_WIDTH, width=rest)
    paper.y += HEAD_HEIGHT
    for at in range(1, _lines_that_fit(paper, group) + 1):
        paper.rule(colour=SKY if at == 1 else "#9db4c8", thickness=0.3)
        top = paper.y
        paper.y = top + 1.6
        paper.text(number(at), CELL, width=NUMBERS_WIDTH)
        paper.y = top + LINE_HEIGHT
    paper.rule(colour=SKY, thickness=0.3)
    paper.y += 3


def _lines_that_fit(paper: Paper, group: Group) -> int:
    """As many as leave room for the foot: rules are longer in some languages."""
    foot = 3.0 + sum(paper.height(text, kind) for text, kind, _tag in _foot_texts(group)) + 2.0
    return min(MOST_LINES, int((PAGE_END - paper.y - foot) / LINE_HEIGHT))


def _foot(paper: Paper, group: Group) -> None:
    for text, kind, tag in _foot_texts(group):
        paper.y += paper.text(text, kind, tag=tag)


def _foot_texts(group: Group) -> list[tuple[str, Type, str]]:
    code = isolated(printed_code(group))
    keeper = _("Count the marks, count them in with the code %(code)s, and then destroy this sheet.") % {"code": code}
    return [(_("For the keeper"), STRONG, "H2"), (keeper, BODY, "P"), (not_the_un(), SMALL, "P")]
