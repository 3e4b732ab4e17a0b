"""When an event is, by its own clock and by UTC."""

import datetime as dt

from babel.dates import format_date, format_skeleton, format_time, get_timezone_location
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from blueheart.languages import babel_locale, page_language
from campaigns.models import Event

register = template.Library()


@register.simple_tag
def event_hours(event: Event) -> SafeString:
    """Its hours with the time zone's name, then the same in UTC; days where it has no hours."""
    if event.begins_at is None:
        return _all_day(event)
    locale = babel_locale(page_language())
    moments = [moment for moment in (event.begins_at, event.ends_at) if moment]
    local = _between(moments)
    if event.time_zone == "UTC":
        return format_html('<time datetime="{}">{}</time> UTC', event.begins_at.isoformat(), local)
    universal = _between([moment.astimezone(dt.UTC) for moment in moments], since=event.starts_on)
    zone = get_timezone_location(event.begins_at.tzinfo, locale=locale)
    return format_html(
        '<time datetime="{}">{}</time> · {} <span class="quiet">(<bdi>{} UTC</bdi>)</span>',
        event.begins_at.isoformat(), local, zone, universal,
    )  # fmt: skip


def _all_day(event: Event) -> SafeString:
    if event.last_day == event.starts_on:
        return format_html("{}", _("All day"))
    return format_html("{}", _days(event))


def _days(event: Event) -> str:
    locale = babel_locale(page_language())
    ends = {"first": event.starts_on, "last": event.last_day}
    shown = {name: format_date(day, "long", locale=locale) for name, day in ends.items()}
    return _("From %(first)s to %(last)s") % shown


def _between(moments: list[dt.datetime], since: dt.date | None = None) -> str:
    """`18:00 – 20:00`; with its day where that is not `since`, which by UTC it need not be, or not the first one's."""
    locale = babel_locale(page_language())
    day = since or moments[0].date()
    shown = []
    for moment in moments:
        time = format_time(moment.timetz(), "short", tzinfo=moment.tzinfo, locale=locale)
        shown.append(time if moment.date() == day else f"{format_skeleton('MMMd', moment, locale=locale)}, {time}")
        day = moment.date()
    return " – ".join(shown)
