"""Facts and figures."""

from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from blueheart.pages import public_page
from blueheart.tables import Cell, csv_download
from campaigns import pages
from campaigns.models import Fact
from campaigns.printing import in_page_language
from campaigns.views.query import asked, asks_for_csv
from campaigns.views.tables import SOURCE_COLUMNS, source_cells

COLUMNS = (
    "slug", "topic", "value", "unit", "number", "statement", "scope", "country", "year", "period", "as_of",
    "population", "superseded_by", "page", *SOURCE_COLUMNS,
)  # fmt: skip

UNFOLDED = 3  # of each topic, where the page shows all topics: it would be too long for a phone


class TopicFacts(NamedTuple):
    """A topic with what is known today, the first of it apart, and what newer facts have superseded."""

    topic: Fact.Topic
    first: list[Fact]
    more: list[Fact]
    history: list[Fact]

    @property
    def total(self) -> int:
        return len(self.first) + len(self.more) + len(self.history)


@public_page(query=("topic", "format"), numbers=False)
def fact_list(request: HttpRequest) -> HttpResponse:
    """All facts by topic, or those of `topic`; `format=csv` gives the same rows as a file."""
    chosen = asked(request, "topic")
    if chosen and chosen not in Fact.Topic.values:
        raise Http404
    facts = list(Fact.objects.published().with_source())
    known = {fact.topic for fact in facts}
    at_first = None if chosen else UNFOLDED
    topics = [by_topic(topic, facts, at_first=at_first) for topic in Fact.Topic if topic in known]
    shown = [entry for entry in topics if chosen in ("", entry.topic)]
    if asks_for_csv(request):
        return csv_of([fact for entry in shown for fact in (*entry.first, *entry.more, *entry.history)], facts)
    context = {"topics": shown, "all_topics": topics, "chosen": chosen, "count": len(facts)}
    return render(request, "campaigns/fact_list.html", context)


def by_topic(topic: Fact.Topic, facts: Iterable[Fact], *, at_first: int | None) -> TopicFacts:
    """The topic's facts out of all of them, in their order; `at_first` of them stand unfolded, or all."""
    of_topic = [fact for fact in facts if fact.topic == topic]
    current = [fact for fact in of_topic if not fact.is_superseded]
    history = [fact for fact in of_topic if fact.is_superseded]
    return TopicFacts(topic, current[:at_first], current[at_first:] if at_first else [], history)


def csv_of(shown: Iterable[Fact], facts: Iterable[Fact]) -> HttpResponse:
    """The shown facts as a file; a superseded one names its successor where readers see that."""
    slugs = {fact.pk: fact.slug for fact in facts}
    return csv_download("facts", COLUMNS, (_cells(fact, slugs) for fact in shown))


def _cells(fact: Fact, slugs: dict[int, str]) -> list[Cell]:
    texts = {name: in_page_language(fact, name)[0] for name in ("value", "unit", "statement", "scope", "period")}
    return [
        fact.slug, fact.topic, texts["value"], texts["unit"], fact.number, texts["statement"], texts["scope"],
        fact.iso2, fact.year, texts["period"], fact.as_of, in_page_language(fact, "population")[0],
        slugs.get(fact.superseded_by_id or 0, ""), settings.SITE_URL + fact.get_absolute_url(), *source_cells(fact),
    ]  # fmt: skip


@public_page(numbers=False)
def fact_page(request: HttpRequest, slug: str) -> HttpResponse:
    fact = get_object_or_404(Fact.objects.published().with_source().select_related("report"), slug=slug)
    return render(request, "campaigns/fact.html", pages.fact_context(fact))
