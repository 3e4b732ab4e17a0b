"""The same page in the other languages."""

from typing import Any, TypedDict
from urllib.parse import urlencode

from django import template
from django.http import HttpRequest

from blueheart.languages import LANGUAGES, country_name, is_rtl, page_language

register = template.Library()


class Alternate(TypedDict):
    """One entry of the language switcher; `url` keeps the page and, for reading pages, its query."""

    code: str
    name: str
    url: str
    current: bool


@register.simple_tag(takes_context=True)
def language_alternates(context: dict[str, Any]) -> list[Alternate]:
    """This page's addresses in all seven languages; the homes where the page has no language in its address."""
    request: HttpRequest = context["request"]
    current = page_language()
    query = f"?{urlencode(request.GET, doseq=True)}" if request.GET else ""
    prefix = f"/{current}/"
    here = request.path if request.path.startswith(prefix) else prefix
    # What Django's translate_url says, without resolving seven addresses: they differ in the language alone.
    rest = here.removeprefix(prefix) if _is_of_a_page(request) or here == prefix else None
    return [
        {
            "code": code,
            "name": name,
            "url": (here if rest is None else f"/{code}/{rest}") + query,
            "current": code == current,
        }
        for code, name in LANGUAGES
    ]


def _is_of_a_page(request: HttpRequest) -> bool:
    """Whether the address leads to a page: one that leads nowhere does so in every language."""
    return request.resolver_match is not None


@register.simple_tag
def direction() -> str:
    """`rtl` or `ltr`, for the `dir` of the page."""
    return "rtl" if is_rtl(page_language()) else "ltr"


@register.filter
def country(iso2: str) -> str:
    """The country's name in the page's language."""
    return country_name(iso2, page_language())
