"""What our pages are about, in schema.org's words; publisher and organiser are who they are, never the UN for us."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from blueheart.languages import DEFAULT_LANGUAGE
from campaigns.models import Event, NewsItem, WorldDayEdition
from campaigns.models.content import Precision
from campaigns.models.world_days import world_day as day_of
from campaigns.printing import in_page_language

ONLINE = "https://schema.org/OnlineEventAttendanceMode"
ON_SITE = "https://schema.org/OfflineEventAttendanceMode"
MIXED = "https://schema.org/MixedEventAttendanceMode"
CANCELLED = "https://schema.org/EventCancelled"
SCHEDULED = "https://schema.org/EventScheduled"


def world_day(year: int, edition: WorldDayEdition | None, events: Iterable[Event]) -> dict[str, Any]:
    """The World Day of a year, with what happens on it."""
    path = edition.get_absolute_url() if edition else reverse("campaigns:world_day")
    day = day_of(year).isoformat()
    described: dict[str, Any] = {
        "@type": "Event",
        "name": _("World Day against Trafficking in Persons %(year)s") % {"year": year},
        "startDate": day,
        "endDate": day,
        "url": settings.SITE_URL + path,
        "location": {"@type": "Place", "name": _("Worldwide")},
        "eventAttendanceMode": MIXED,
        "eventStatus": SCHEDULED,
        "inLanguage": _language(),
    }
    if edition and (theme := in_page_language(edition, "theme")[0]):
        described["description"] = theme
    if inner := [event_of(event) for event in events]:
        described["subEvent"] = inner
    return described


def event_of(event: Event) -> dict[str, Any]:
    """One event: when by its own clock, where, and who organises it."""
    place: dict[str, Any] = {"@type": "Place", "name": in_page_language(event, "place")[0]}
    if event.iso2:
        place["address"] = {"@type": "PostalAddress", "addressCountry": event.iso2}
    last = event.ends_at or event.last_day
    described = {
        "@type": "Event",
        "name": in_page_language(event, "title")[0],
        "startDate": (event.begins_at or event.starts_on).isoformat(),
        "endDate": last.isoformat(),
        "location": place,
        "eventAttendanceMode": ON_SITE if event.iso2 else ONLINE,
        "eventStatus": CANCELLED if event.is_cancelled else SCHEDULED,
        "organizer": {"@type": "Organization", "name": event.organiser},
    }
    return described | ({"url": event.url} if event.url else {})


def article(item: NewsItem) -> dict[str, Any]:
    """A news item of this portal."""
    described: dict[str, Any] = {
        "@type": "NewsArticle",
        "headline": in_page_language(item, "title")[0],
        "description": in_page_language(item, "summary")[0],
        "datePublished": _as_known(item),
        "dateModified": item.updated_at.isoformat(),
        "url": settings.SITE_URL + item.get_absolute_url(),
        "mainEntityOfPage": settings.SITE_URL + item.get_absolute_url(),
        "inLanguage": _language(),
        "publisher": {"@type": "Organization", "name": str(settings.SITE_NAME), "url": settings.SITE_URL},
        "author": {"@type": "Organization", "name": str(settings.SITE_NAME), "url": settings.SITE_URL},
    }
    if item.source and item.source.url:
        described["isBasedOn"] = item.source.url
    if item.picture:
        described["image"] = f"{settings.SITE_URL}{item.picture.file.url}"
    return described


def _as_known(item: NewsItem) -> str:
    """The date as ISO 8601 has it, no more of it than is known."""
    length = {Precision.YEAR: 4, Precision.MONTH: 7}.get(Precision(item.precision), 10)
    return item.dated_on.isoformat()[:length]


def _language() -> str:
    return get_language() or DEFAULT_LANGUAGE
