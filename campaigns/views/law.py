"""Law and institutions: what each instrument asks, since when, and how many are bound by it."""

from typing import NamedTuple

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from blueheart.languages import is_rtl, page_language
from blueheart.pages import public_page
from blueheart.templatetags.money import number
from campaigns.charts import Chart, Point, draw
from campaigns.models import Fact, LegalInstrument


class Entry(NamedTuple):
    """An instrument with the facts about it, oldest first, and the chart of those that are one number."""

    instrument: LegalInstrument
    facts: list[Fact]
    chart: Chart | None


@public_page(numbers=False)
def law(request: HttpRequest) -> HttpResponse:
    facts = Prefetch("facts", Fact.objects.with_source())
    instruments = LegalInstrument.objects.published().with_source().prefetch_related(facts)
    return render(request, "campaigns/law.html", {"entries": [entry_of(instrument) for instrument in instruments]})


def entry_of(instrument: LegalInstrument) -> Entry:
    """The instrument as the page shows it; drafts among its facts are left out."""
    facts = sorted((fact for fact in instrument.facts.all() if fact.is_public), key=lambda fact: (fact.year, fact.slug))
    counted = [Point(str(fact.year), fact.number) for fact in facts if fact.number is not None]
    return Entry(instrument, facts, _chart(instrument, counted) if len(counted) > 1 else None)


def _chart(instrument: LegalInstrument, counted: list[Point]) -> Chart:
    return draw(
        "line",
        counted,
        name=instrument.slug,
        title=_("Parties over time"),
        shown=lambda value: number(round(value)),
        rtl=is_rtl(page_language()),
    )
