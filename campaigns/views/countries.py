"""Countries: who joined and when, and a page of each of the 249 that there are."""

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.models import CharField, DateField, F, QuerySet, Value
from django.db.models.functions import Cast
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from modeltranslation.utils import build_localized_fieldname

from blueheart.languages import DEFAULT_LANGUAGE, countries, country_name, page_language
from blueheart.pages import public_page
from blueheart.pages.keeping import kept_while_content_stays
from blueheart.tables import csv_download
from campaigns import schema_org
from campaigns.models import (
    Campaign,
    Country,
    Event,
    Fact,
    Helpline,
    Milestone,
    NewsItem,
    PublishedGrant,
    Resource,
    WorldDayEdition,
)
from campaigns.models.content import Precision
from campaigns.printing import as_known
from campaigns.views.query import asked, asks_for_csv
from campaigns.views.tables import SOURCE_COLUMNS, source_cells

SORTS = ("name", "joined", "certainty")
DEFAULT_SORT = "joined"
COLUMNS = ("country", "iso2", "joined_on", "precision", *SOURCE_COLUMNS)
MOST_ENTRIES = 12  # of each kind: older news and events have pages of their own


@public_page(query=("sort", "format"), numbers=False)
def country_list(request: HttpRequest) -> HttpResponse:
    """Who joined: map, table in the order of `sort`, CSV with `format=csv`; an order we do not know is the default."""
    sort = asked(request, "sort")
    sort = sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT
    joined = in_order(list(Country.objects.published().with_source()), sort)
    if asks_for_csv(request):
        return csv_of(joined)
    context = {
        "countries": joined,
        "headings": headings(sort),
        "sort": sort if sort != DEFAULT_SORT else "",
        "all_countries": countries(page_language()),
        "linked_data": schema_org.countries_dataset(),
    }
    return render(request, "campaigns/country_list.html", context)


@public_page
def country_page(request: HttpRequest, iso2: str) -> HttpResponse:
    """A page of every ISO 3166-1 country, joined or not; its address is in small letters."""
    code = iso2.upper()
    if code not in dict(countries(DEFAULT_LANGUAGE)) or iso2 != iso2.lower():
        raise Http404
    return render(request, "campaigns/country.html", country_context(code))


@kept_while_content_stays
def country_context(code: str) -> dict[str, Any]:
    """All that we know of the country, in seven queries; its pledges are the eighth, by template tag."""
    grants = PublishedGrant.objects.published().filter(iso2=code)
    helplines = list(Helpline.objects.published().that_work_in(code))
    return {
        "iso2": code,
        "country": Country.objects.published().with_source().filter(iso2=code).first(),
        "campaigns": list(Campaign.objects.published().filter(country__iso2=code).select_related("country")),
        "milestones": list(Milestone.objects.published().filter(iso2=code).with_source()),
        "facts": list(Fact.objects.published().filter(iso2=code).with_source()),
        "grants": list(grants.with_source().select_related("cycle").order_by("-cycle__announced_on", "slug")),
        "helplines": [helpline for helpline in helplines if helpline.iso2 == code],
        "european_union": [helpline for helpline in helplines if helpline.iso2 != code],
        **entries_by_kind(code),
    }


# The list's orders


class Heading(NamedTuple):
    """A column's heading: what a click on it asks for, and how the column stands now (`aria-sort`)."""

    label: str
    href: str
    aria_sort: str


def headings(sort: str) -> list[Heading]:
    labels = {"name": _("Country"), "joined": _("Joined"), "certainty": _("How certain, and source")}
    return [_heading(key, labels[key], sort) for key in SORTS]


def _heading(key: str, label: str, sort: str) -> Heading:
    if sort == key:
        return Heading(label, f"?sort=-{key}", "ascending")
    return Heading(label, f"?sort={key}", "descending" if sort == f"-{key}" else "none")


def in_order(joined: list[Country], sort: str) -> list[Country]:
    """The countries in the asked order; those alike in it by name, from A to Z in either direction."""
    places = {code: place for place, (code, _name) in enumerate(countries(page_language()))}
    by_name = sorted(joined, key=lambda country: places.get(country.iso2, len(places)))
    keys: dict[str, Callable[[Country], Any]] = {
        "name": lambda country: places.get(country.iso2, len(places)),
        "joined": lambda country: country.joined_on,
        "certainty": lambda country: country.certainty,
    }
    return sorted(by_name, key=keys[sort.removeprefix("-")], reverse=sort.startswith("-"))


def csv_of(joined: list[Country]) -> HttpResponse:
    """The table as a file; `joined_on` is as long as the day is known: `2010`, `2010-04` or `2010-04-14`."""
    language = page_language()
    rows = [
        [
            country_name(country.iso2, language),
            country.iso2,
            as_known(country.joined_on, country.joined_precision),
            country.joined_precision,
            *source_cells(country),
        ]
        for country in joined
    ]
    return csv_download("blue-heart-countries", COLUMNS, rows)


# What else there is about a country: three kinds in one query


class Entry(NamedTuple):
    """A news item, an event or a resource; `day` is empty for resources."""

    title: str
    is_english: bool
    url: str
    day: dt.date | None
    precision: str


def entries_by_kind(code: str) -> dict[str, list[Entry]]:
    """The newest news, events and resources of the country."""
    language = page_language()
    news = (
        NewsItem.objects.published().filter(iso2=code).annotate(key=F("slug"), day=F("dated_on"), known=F("precision"))
    )
    events = Event.objects.published().filter(
        iso2=code, is_cancelled=False, edition__in=WorldDayEdition.objects.published()
    )
    events = events.annotate(
        key=Cast("edition__year", CharField()), day=F("starts_on"), known=Value(str(Precision.DAY))
    )
    resources = Resource.objects.published().filter(iso2=code)
    resources = resources.annotate(key=F("slug"), day=Cast(Value(None), DateField()), known=Value(""))
    found: dict[str, list[Entry]] = {"news": [], "events": [], "resources": []}
    kinds = [_newest(news, "news", language), _newest(events, "events", language)]
    entries = _newest(resources, "resources", language).union(*kinds, all=True).order_by("-day", "key")
    for kind, key, native, english, day, known in entries:
        found[kind].append(Entry(native or english, not native, _address(kind, key), day, known))
    return found


def _newest(rows: "QuerySet[Any]", kind: str, language: str) -> "QuerySet[Any, Any]":
    """The first rows of a kind as tuples that a union can hold."""
    titles = {
        "native": F(build_localized_fieldname("title", language)),
        "english": F(build_localized_fieldname("title", DEFAULT_LANGUAGE)),
    }
    named = rows.annotate(entry=Value(kind), **titles).order_by("-day", "slug")
    newest: QuerySet[Any, Any] = named.values_list("entry", "key", "native", "english", "day", "known")[:MOST_ENTRIES]
    return newest


def _address(kind: str, key: str) -> str:
    if kind == "news":
        return reverse("campaigns:news_item", args=[key])
    if kind == "events":
        return reverse("campaigns:world_day_edition", args=[key])
    return f"{reverse('campaigns:resources')}#{key}"
