"""World Days and their events as iCalendar files (RFC 5545), for people's own calendars."""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils.translation import gettext as _

from blueheart.languages import country_name
from campaigns.models import Event, WorldDayEdition
from campaigns.models.world_days import world_day as day_of
from campaigns.printing import in_page_language

if TYPE_CHECKING:
    from icalendar import Event as Entry

A_DAY = dt.timedelta(days=1)
# A file without a stored row has changed when its year began, so that the same file is made again.
EDITION_BEGINS = (9, 1)


def world_day(
    year: int, edition: WorldDayEdition | None, events: Iterable[Event], *, site_url: str, language: str
) -> bytes:
    """The file of one year: the day itself, then its events, in the page's language where they have it.

    Made of the rows alone: asked again without a change, it is the same to the byte. Cancelled events stay in it and
    say so, for calendars that hold them.
    """
    from icalendar import Calendar  # noqa: PLC0415 -- lazy: icalendar costs 28 ms and 4 MB of every start

    calendar = Calendar()
    calendar.add("prodid", f"-//Blue Heart portal//World Day//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("World Day against Trafficking in Persons %(year)s") % {"year": year})
    calendar.add_component(_the_day(year, edition, site_url))
    for event in events:
        calendar.add_component(_entry(event, year, site_url, language))
    if events:
        calendar.add_missing_timezones()
    body: bytes = calendar.to_ical()
    return body


def _the_day(year: int, edition: WorldDayEdition | None, site_url: str) -> "Entry":
    day = day_of(year)
    from icalendar import Event as Entry  # noqa: PLC0415 -- lazy, as above

    entry = Entry()
    entry.add("uid", _uid(f"world-day-{year}", site_url))
    entry.add("dtstamp", edition.updated_at if edition else dt.datetime(year - 1, *EDITION_BEGINS, tzinfo=dt.UTC))
    entry.add("dtstart", day)
    entry.add("dtend", day + A_DAY)
    entry.add("summary", _("World Day against Trafficking in Persons"))
    if edition and (theme := in_page_language(edition, "theme")[0]):
        entry.add("description", theme)
    path = edition.get_absolute_url() if edition else reverse("campaigns:world_day")
    entry.add("url", site_url + path)
    entry.add("transp", "TRANSPARENT")
    return entry


def _entry(event: Event, year: int, site_url: str, language: str) -> "Entry":
    from icalendar import Event as Entry  # noqa: PLC0415 -- lazy, as above

    entry = Entry()
    entry.add("uid", _uid(f"event-{event.slug}", site_url))
    entry.add("dtstamp", event.updated_at)
    entry.add("last-modified", event.updated_at)
    entry.add("sequence", event.revision)
    entry.add("summary", in_page_language(event, "title")[0])
    entry.add("location", _place(event, language))
    entry.add("url", event.url or f"{site_url}{reverse('campaigns:world_day_edition', args=[year])}#event-{event.slug}")
    entry.add("status", "CANCELLED" if event.is_cancelled else "CONFIRMED")
    _add_times(entry, event)
    return entry


def _add_times(entry: "Entry", event: Event) -> None:
    """By the event's own clock; whole days, the last one included, where it has no hour."""
    if event.begins_at is None:
        entry.add("dtstart", event.starts_on)
        if event.last_day < dt.date.max:  # a slip of the pen must not take the file away from all others
            entry.add("dtend", event.last_day + A_DAY)
        return
    entry.add("dtstart", event.begins_at)
    if event.ends_at and event.ends_at > event.begins_at:
        entry.add("dtend", event.ends_at)


def _place(event: Event, language: str) -> str:
    place = in_page_language(event, "place")[0]
    return f"{place}, {country_name(event.iso2, language)}" if event.iso2 else place


def _uid(name: str, site_url: str) -> str:
    return f"{name}@{urlsplit(site_url).hostname}"
