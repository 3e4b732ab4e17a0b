"""Switches that are on, and the moment at which they turn themselves off."""

import datetime as dt

from babel.dates import format_datetime
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from blueheart.languages import babel_locale, page_language
from blueheart.site_settings import declaring, reading
from blueheart.site_settings.declaring import Switch
from blueheart.site_settings.reading import Notice

register = template.Library()


@register.simple_tag
def active_switches() -> list[tuple[Switch, Notice]]:
    """Those that are on now, with what visitors read and until when; one query in a request."""
    values = reading.current()
    switches = [setting for setting in declaring.declared() if isinstance(setting, Switch)]
    notices = [(switch, values.notice(switch)) for switch in switches]
    return [(switch, notice) for switch, notice in notices if notice]


@register.filter
def in_utc(moment: dt.datetime) -> SafeString:
    """The moment to the minute, in UTC and in the page's language."""
    shown = format_datetime(moment, "d MMMM y, HH:mm", tzinfo=dt.UTC, locale=babel_locale(page_language()))
    return format_html(
        '<time datetime="{}"><bdi>{}</bdi></time>', f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%MZ}", shown
    )
