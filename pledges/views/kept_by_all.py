"""What was kept by all together: as supporters say, in numbers, photos and words."""

from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from blueheart.languages import is_rtl, page_language
from blueheart.pages import public_page
from blueheart.site_settings.reading import current
from blueheart.site_settings.switches import WALL_HIDDEN
from blueheart.templatetags.money import number
from campaigns.charts import Chart, Point, draw
from campaigns.printing import in_page_language
from pledges import wall
from pledges.models import Fulfilment, HeartPhoto
from pledges.services.precept_tallies import WhatWasKept
from pledges.services.precept_tallies import what_was_kept as read_tallies

SHOWN_AT_ONCE = 12
LONGEST_KEY = 18  # digits


class Part(NamedTuple):
    """Some hearts, and the key that the next page starts from; None where there are no more."""

    hearts: list[wall.Heart]
    older_than: int | None


NOTHING = Part([], None)


@public_page(query=("country", "photos", "words"))
def what_was_kept(request: HttpRequest) -> HttpResponse:
    """Numbers of all countries or of one, and the newest photos and words that a person has approved."""
    kept = read_tallies(request.GET.get("country", "").upper())
    photos, words = _key(request, "photos"), _key(request, "words")
    hidden = current().notice(WALL_HIDDEN)
    context = {
        "kept": kept,
        "chart": _chart(kept),
        "hidden": hidden,
        "photos": NOTHING if hidden else _part(HeartPhoto.objects.shown(), photos),
        "words": NOTHING if hidden else _part(Fulfilment.objects.with_shown_words(), words),
    }
    return render(request, "pledges/what_was_kept.html", context)


def _chart(kept: WhatWasKept) -> Chart:
    points = []
    for precept in kept.precepts:
        title, is_native = in_page_language(precept.wording, "title")
        if precept.kept:
            points.append(Point(title, Decimal(precept.kept), lang="" if is_native else "en"))
    return draw(
        "bars",
        points,
        name="kept",
        title=_("How many say that they kept each precept"),
        shown=lambda value: number(int(value)),
        rtl=is_rtl(page_language()),
    )


def _part(rows: QuerySet[Any], before: int | None) -> Part:
    if before is not None:
        rows = rows.filter(pk__lt=before)
    beside = ("pledge__body", "pledge__photo", "pledge__fulfilment")
    found = list(rows.select_related("pledge", *beside).order_by("-pk")[: SHOWN_AT_ONCE + 1])
    shown = found[:SHOWN_AT_ONCE]
    hearts = wall.hearts([row.pledge for row in shown]) if shown else []
    return Part(hearts, shown[-1].pk if len(found) > SHOWN_AT_ONCE else None)


def _key(request: HttpRequest, name: str) -> int | None:
    """Raises Http404 for what is no key."""
    value = request.GET.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= LONGEST_KEY):
        raise Http404
    return int(value)
