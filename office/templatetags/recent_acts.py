"""What somebody did last, for their home."""

from django import template
from django.contrib.auth.models import User

from office.admin.trail import Recent, recent

register = template.Library()


@register.simple_tag
def recent_acts(user: User) -> list[Recent]:
    """The person's last acts, without what they only looked at; one query."""
    return recent(user)
