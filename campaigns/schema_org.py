"""What our pages are about, in schema.org's words; publisher and organiser are who they are, never the UN for us."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from campaigns.models import Event, Fact, NewsItem, ReportEdition, Source, WorldDayEdition
from campaigns.models.world_days import world_day as day_of
from campaigns.printing import as_known, fact_words, in_page_language

ONLINE = "https://schema.org/OnlineEventAttendanceMode"
ON_SITE = "https://schema.org/OfflineEventAttendanceMode"
MIXED = "https://schema.org/MixedEventAttendanceMode"
CANCELLED = "https://schema.org/EventCancelled"
SCHEDULED = "https://schema.org/EventScheduled"
PLATFORMS = ["https://schema.org/DesktopWebPlatform", "https://schema.org/MobileWebPlatform"]


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
        "inLanguage": page_language(),
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
        "organizer": _organization(event.organiser),
    }
    return described | ({"url": event.url} if event.url else {})


def article(item: NewsItem) -> dict[str, Any]:
    """A news item of this portal."""
    this_portal = _organization(str(settings.SITE_NAME)) | {"url": settings.SITE_URL}
    described: dict[str, Any] = {
        "@type": "NewsArticle",
        "headline": in_page_language(item, "title")[0],
        "description": in_page_language(item, "summary")[0],
        "datePublished": as_known(item.dated_on, item.precision),
        "dateModified": item.updated_at.isoformat(),
        "url": settings.SITE_URL + item.get_absolute_url(),
        "mainEntityOfPage": settings.SITE_URL + item.get_absolute_url(),
        "inLanguage": page_language(),
        "publisher": this_portal,
        "author": this_portal,
    }
    if item.source and item.source.url:
        described["isBasedOn"] = item.source.url
    if item.picture:
        described["image"] = urljoin(settings.SITE_URL, item.picture.file.url)
    return described


def report(edition: ReportEdition) -> dict[str, Any]:
    """An edition of the Global Report, which its publisher made and not this portal."""
    return {
        "@type": "Report",
        "name": edition.source.title,
        "description": in_page_language(edition, "summary")[0],
        "datePublished": str(edition.year),
        "publisher": _organization(edition.source.publisher),
        "url": settings.SITE_URL + edition.get_absolute_url(),
    }


def dataset_of(fact: Fact) -> dict[str, Any]:
    """The fact as a schema.org Dataset of one variable; its creator is who published it, not this portal."""
    text = {name: in_page_language(fact, name)[0] for name in ("statement", "unit", "scope", "period")}
    value = fact_words(fact)
    variable: dict[str, Any] = {"@type": "PropertyValue", "name": text["unit"] or value}
    variable["value"] = in_page_language(fact, "value")[0] if fact.number is None else float(fact.number)
    if text["unit"]:
        variable["unitText"] = text["unit"]
    return {
        "@type": "Dataset",
        "name": f"{value} ({text['scope']}, {fact.year})",
        "description": f"{value}. {text['statement']} ({text['scope']}, {text['period'] or fact.year})",
        "url": settings.SITE_URL + fact.get_absolute_url(),
        "inLanguage": page_language(),
        "isAccessibleForFree": True,
        "temporalCoverage": fact.as_of.isoformat() if fact.as_of else str(fact.year),
        "spatialCoverage": {"@type": "Place", "name": text["scope"]},
        "variableMeasured": variable,
        "creator": _organization(fact.source.publisher),
        "isBasedOn": work_of(fact.source),
    }


def work_of(source: Source) -> dict[str, Any]:
    """The source as a work that somebody else published."""
    work: dict[str, Any] = {
        "@type": "CreativeWork",
        "name": source.title,
        "publisher": _organization(source.publisher),
        "inLanguage": source.language,
    }
    if source.url:
        work["url"] = source.url
    if source.year:
        work["datePublished"] = str(source.year)
    return work


def countries_dataset() -> dict[str, Any]:
    """The table of the countries that joined, and where its CSV file is."""
    url = settings.SITE_URL + reverse("campaigns:country_list")
    return {
        "@type": "Dataset",
        "name": _("Countries that joined the Blue Heart Campaign"),
        "description": _("When each country adopted the Blue Heart, how precisely that is known, and who says so."),
        "url": url,
        "inLanguage": page_language(),
        "isAccessibleForFree": True,
        "distribution": {"@type": "DataDownload", "encodingFormat": "text/csv", "contentUrl": f"{url}?format=csv"},
    }


def donate_action() -> dict[str, Any]:
    """A schema.org DonateAction to the Fund through this portal, in the page's language; it says that it is a test."""
    return {
        "@type": "DonateAction",
        "name": _("Give to victims’ support"),
        "description": _("This portal runs in Stripe’s test mode: no real money moves, and nothing reaches the Fund."),
        "recipient": _organization("United Nations Voluntary Trust Fund for Victims of Trafficking in Persons"),
        "target": {
            "@type": "EntryPoint",
            "urlTemplate": f"{settings.SITE_URL}{reverse('donations:donate')}",
            "actionPlatform": PLATFORMS,
        },
    }


def _organization(name: str) -> dict[str, Any]:
    return {"@type": "Organization", "name": name}
