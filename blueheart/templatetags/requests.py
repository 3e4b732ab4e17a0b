"""What a page may say of the request that it answers, though it was rendered without it."""

from django import template

from blueheart import request_ids

register = template.Library()


@register.simple_tag
def request_id() -> str:
    """The name under which the log knows the request; empty outside of one."""
    return request_ids.current()
