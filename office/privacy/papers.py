"""All that is kept about one person, as a file: for programs, and on paper."""

import datetime as dt
import json
from collections.abc import Sequence

from django.utils.translation import gettext as _

from blueheart.languages import page_language
from blueheart.personal_data import Part, as_json
from campaigns.paper import COLUMN, QUIET, Paper, Type

TITLE, PLACE, HEADING, BELOW = Type(20, "Bold"), Type(15, "Bold"), Type(12, "Bold"), Type(10.5, "Bold")
LABEL, VALUE, SMALL = Type(9.5, colour=QUIET), Type(9.5), Type(9, colour=QUIET)
LABELS = 52.0  # the width of the labels' column
STEP = 5.0  # how much further in each part within a part stands

Told = dict[str, list[Part]]


def as_data(told: Told) -> bytes:
    """The same as `manage.py export_subject` writes."""
    plain = {name: as_json(parts) for name, parts in told.items()}
    return json.dumps(plain, ensure_ascii=False, indent=2).encode()


def as_paper(told: Told, *, made_at: dt.datetime) -> bytes:
    """A PDF in the page's language."""
    title = _("What we keep about you")
    paper = Paper(language=page_language(), title=title, made_at=made_at)
    paper.y += paper.text(title, TITLE, tag="H1") + 2
    day = _("As of %(day)s (UTC).") % {"day": f"{made_at.astimezone(dt.UTC):%Y-%m-%d %H:%M}"}
    test_mode = _("Test mode: no real money moved.")
    paper.y += paper.text(f"{day} {test_mode}", SMALL)
    paper.y += paper.text(_("Secrets of links are kept as digests only, and are not in this file."), SMALL) + 4
    titles = {"donations": _("Gifts"), "pledges": _("Pledges")}
    for name, parts in told.items():
        paper.room_for(30)
        paper.y += paper.text(titles[name], PLACE, tag="H2") + 2
        _parts(paper, parts, depth=0)
    return paper.file()


def _parts(paper: Paper, parts: Sequence[Part], *, depth: int) -> None:
    across = depth * STEP
    for part in parts:
        paper.room_for(18)
        if depth == 0:
            paper.rule()
            paper.y += 1.5
        paper.y += paper.text(part.title, BELOW if depth else HEADING, across=across, tag="H4" if depth else "H3") + 1
        for _name, label, _stored, shown in part.values:
            _line(paper, label, shown, across=across)
        paper.y += 2
        _parts(paper, part.parts, depth=depth + 1)


def _line(paper: Paper, label: str, shown: str, *, across: float) -> None:
    beside = across + LABELS
    height = max(paper.height(label, LABEL, width=LABELS - 3), paper.height(shown, VALUE, width=COLUMN - beside))
    paper.room_for(min(height, 200) + 1)
    paper.text(label, LABEL, across=across, width=LABELS - 3)
    paper.text(shown, VALUE, across=beside, width=COLUMN - beside)
    paper.y += height + 0.8
