"""How to leave the site at once, on pages that are rendered without a request too."""

from functools import cache

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from blueheart.languages import page_language

register = template.Library()


@register.simple_tag
def quick_exit_address() -> str:
    """The page that the red button leads to, which whoever runs the site chose."""
    address: str = settings.QUICK_EXIT_URL
    return address


@register.simple_tag
def safety_bar() -> SafeString:
    """Test mode, the way to helplines and the way out: above every page, and printed once in each language."""
    return _safety_bar(page_language(), quick_exit_address())


@cache
def _safety_bar(language: str, address: str) -> SafeString:
    return render_to_string("includes/safety.html", {"quick_exit_url": address})
