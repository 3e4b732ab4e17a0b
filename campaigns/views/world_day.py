"""The World Day against Trafficking in Persons: the current edition, each year's, and its events for calendars."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from blueheart.days import utc_today
from blueheart.languages import page_language
from blueheart.pages import daily_page, public_page
from campaigns import calendars, world_days
from campaigns.models import Event, WorldDayEdition
from campaigns.models.world_days import edition_year


@daily_page(numbers=False)
def current_edition(request: HttpRequest) -> HttpResponse:
    """The edition of now, 1 September to 31 August; until its row is published, its date and the latest edition."""
    year = edition_year(utc_today())
    editions = list(WorldDayEdition.objects.published().for_their_pages())
    shown = next((edition for edition in editions if edition.year <= year), None)
    return render(request, "campaigns/world_day.html", world_days.edition_context(year, shown, editions))


@daily_page(numbers=False)
def edition(request: HttpRequest, year: int) -> HttpResponse:
    editions = list(WorldDayEdition.objects.published().for_their_pages())
    shown = next((each for each in editions if each.year == year), None)
    if shown is None:
        raise Http404
    context: dict[str, Any] = world_days.edition_context(year, shown, editions)
    return render(request, "campaigns/world_day.html", context | {"is_one_of_many": True})


@public_page(numbers=False)
def events_file(request: HttpRequest, year: int) -> HttpResponse:
    """The day and its events as an iCalendar file; the coming day also while its edition is not published yet."""
    if year == edition_year(utc_today()):
        shown = WorldDayEdition.objects.published().filter(year=year).first()
    else:
        shown = get_object_or_404(WorldDayEdition.objects.published(), year=year)
    events = Event.objects.published().filter(edition=shown).in_order() if shown else Event.objects.none()
    language = page_language()
    body = calendars.world_day(year, shown, events, site_url=settings.SITE_URL, language=language)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="world-day-{year}-{language}.ics"'
    return response
