"""Switches that are on, for the pages of the office; and the goals of the whole site."""

from django import template

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
