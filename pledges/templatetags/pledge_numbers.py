"""How many wear the heart, for the pages of any app: from the tallies, never by counting pledges."""

import datetime as dt

from babel.dates import format_timedelta
from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from blueheart.languages import babel_locale, page_language
from campaigns.models import Campaign
from pledges import figures
from pledges.figures import Figures
from pledges.models import CountryTally

register = template.Library()


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


@register.filter
def ago(moment: dt.datetime) -> SafeString:
    """How long ago it was, to the minute, hour or day, in the page's language; for machines, when."""
    passed = max(timezone.now() - moment, dt.timedelta(minutes=1))
    said = format_timedelta(-passed, granularity="minute", add_direction=True, locale=babel_locale(page_language()))
    return format_html('<time datetime="{}"><bdi>{}</bdi></time>', f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%MZ}", said)
