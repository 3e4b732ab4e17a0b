"""How many wear the heart, for the pages of any app: from the tallies, never by counting pledges."""

import datetime as dt
from typing import NamedTuple

from babel.dates import format_timedelta
from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from blueheart.days import utc_today
from blueheart.languages import babel_locale, page_language
from blueheart.site_settings.reading import current
from campaigns.models import Campaign
from pledges import figures
from pledges.figures import Figures
from pledges.models import CountryTally
from pledges.site_settings import HEARTS_GOAL

register = template.Library()


class HeartsGoal(NamedTuple):
    """How many hearts the whole site hopes for in a year, and how many were confirmed in it so far."""

    year: int
    hearts: int
    so_far: int


@register.simple_tag
def pledge_figures(campaign: Campaign | None = None) -> Figures:
    """What the tallies say of one campaign or of all, as of the last window, at most some seconds ago."""
    return figures.read(campaign)


@register.simple_tag
def pledge_countries() -> int:
    """From how many countries there is at least one confirmed pledge."""
    return len(CountryTally.objects.by_country())


@register.simple_tag
def country_pledge_count(iso2: str) -> int | None:
    """A country's confirmed pledges; None while they are fewer than five, which is all that may be said of them."""
    return figures.of_country(iso2)


@register.simple_tag
def hearts_goal() -> HeartsGoal | None:
    """The goal of this year (UTC) that staff have set; None where there is none. One query more where there is."""
    hearts, today = current().number(HEARTS_GOAL), utc_today()
    if not hearts:
        return None
    days = figures.by_day(today.replace(month=1, day=1), today)
    return HeartsGoal(today.year, hearts, max(0, sum(days.values())))


@register.filter
def ago(moment: dt.datetime) -> SafeString:
    """How long ago it was, to the minute, hour or day, in the page's language; for machines, when."""
    passed = max(timezone.now() - moment, dt.timedelta(minutes=1))
    said = format_timedelta(-passed, granularity="minute", add_direction=True, locale=babel_locale(page_language()))
    return format_html('<time datetime="{}"><bdi>{}</bdi></time>', f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%MZ}", said)
