"""How to leave the site at once, on pages that are rendered without a request too."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def quick_exit_address() -> str:
    """The page that the red button leads to, which whoever runs the site chose."""
    address: str = settings.QUICK_EXIT_URL
    return address
