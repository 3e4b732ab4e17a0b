"""What the pages of World Days show: an edition with its events by day and country, and how long it is until then."""

import datetime as dt
from collections.abc import Iterable
from itertools import groupby
from typing import Any, NamedTuple

from blueheart.days import utc_today
from blueheart.languages import country_name, page_language
from campaigns import schema_org
from campaigns.models import Campaign, Event, Resource, WorldDayEdition
from campaigns.models.content import Certainty
from campaigns.models.world_days import edition_year, next_world_day, world_day


class Countdown(NamedTuple):
    """How long it is until the next World Day, which begins at 00:00 UTC."""

    day: dt.date
    days: int

    @property
    def begins_at(self) -> dt.datetime:
        return dt.datetime.combine(self.day, dt.time(), dt.UTC)


class InCountry(NamedTuple):
    """What happens in one country on one day; `name` is empty for what is nowhere in particular."""

    name: str
    events: list[Event]


class OnDay(NamedTuple):
    day: dt.date
    countries: list[InCountry]


def countdown() -> Countdown:
    """To the next World Day, counted in days of UTC; 0 on the day itself."""
    now = utc_today()
    day = next_world_day(now)
    return Countdown(day, (day - now).days)


def edition_context(year: int, shown: WorldDayEdition | None, editions: list[WorldDayEdition]) -> dict[str, Any]:
    """The page of `year`: its own edition or, while that is not published, the latest; nothing where there is none."""
    events = list(Event.objects.published().filter(edition=shown).with_source().in_order()) if shown else []
    is_own = shown is not None and shown.year == year
    return {
        "year": year,
        "day": world_day(year),
        "edition": shown,
        "is_own": is_own,
        "campaign": shown.campaign if shown and shown.campaign and shown.campaign.is_public else None,
        "lightings": by_day_and_country(event for event in events if event.kind == Event.Kind.LIGHTING),
        "events": by_day_and_country(event for event in events if event.kind == Event.Kind.EVENT),
        "resources": Resource.objects.published().filter(editions=shown).with_source() if shown else [],
        "editions": editions,
        "countdown": countdown(),
        "linked_data": schema_org.world_day(year, shown if is_own else None, events if is_own else []),
    }


def preview_context(edition: WorldDayEdition) -> dict[str, Any]:
    """The edition's page for staff, who may see it before its readers."""
    editions = list(WorldDayEdition.objects.published())
    return edition_context(edition.year, edition, editions) | {"is_one_of_many": True}


def years_that_may_open() -> tuple[int, int]:
    """The years of the current edition and of the next one, which is prepared before its September."""
    year = edition_year(utc_today())
    return year, year + 1


def year_to_open() -> int | None:
    """The first of these that has no row yet."""
    taken = set(WorldDayEdition.objects.values_list("year", flat=True))
    return next((year for year in years_that_may_open() if year not in taken), None)


def open_edition(year: int) -> tuple[WorldDayEdition, bool]:
    """The row of a year and whether it is new: a draft for the World Day's campaign, which its source stands behind.

    Safe to call twice. Raises `Campaign.DoesNotExist` where no campaign of that kind with a source is published.
    """
    campaigns = Campaign.objects.published().filter(kind=Campaign.Kind.WORLD_DAY, source__isnull=False)
    campaign = campaigns.earliest("position", "pk")
    values = {"campaign": campaign, "source": campaign.source, "certainty": Certainty.A}
    return WorldDayEdition.objects.get_or_create(year=year, defaults=values)


def by_day_and_country(events: Iterable[Event]) -> list[OnDay]:
    """Events in the order of their days, of the countries' names in the page's language, and of their hours."""
    language = page_language()

    def place(event: Event) -> tuple[dt.date, str]:
        return event.starts_on, country_name(event.iso2, language) if event.iso2 else ""

    groups = [(key, list(rows)) for key, rows in groupby(sorted(events, key=place), key=place)]
    return [
        OnDay(day, [InCountry(name, rows) for (_day, name), rows in of_day])
        for day, of_day in groupby(groups, key=lambda group: group[0][0])
    ]
