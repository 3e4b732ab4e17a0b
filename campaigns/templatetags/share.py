"""What a page says of itself to those who find or share it: its own address, and the picture that stands for it."""

import html
import re
from typing import Any

from django import template
from django.conf import settings
from django.http import HttpRequest
from django.template.context import RequestContext
from django.template.loader_tags import BLOCK_CONTEXT_KEY
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.http import urlencode
from django.utils.translation import get_language

from blueheart.languages import LANGUAGES, page_language
from campaigns.share.picture import HEIGHT, WIDTH, OwnPicture
from campaigns.share.subjects import page_slug

register = template.Library()

# Open Graph wants a country with each language; these are the ones its readers know.
LOCALES = {
    "en": "en_US",
    "ar": "ar_AR",
    "zh-hans": "zh_CN",
    "fr": "fr_FR",
    "ru": "ru_RU",
    "es": "es_ES",
    "pt": "pt_PT",
}

# Pages about one row: the kind of their picture, and the part of the address that names the row.
ROWS = {
    "campaigns:campaign": ("campaign", "slug"),
    "campaigns:country": ("country", "iso2"),
    "campaigns:fact": ("fact", "slug"),
    "campaigns:news_item": ("news", "slug"),
    "campaigns:report_edition": ("report", "year"),
    "campaigns:world_day_edition": ("world-day", "year"),
    "donations:donate_campaign": ("campaign", "slug"),
    "pledges:pledge_campaign": ("campaign", "slug"),
}
ARTICLES = frozenset({"campaigns:news_item", "campaigns:campaign"})

# Parts of a query that lead to other content; whatever else stands there leads to the same page.
PAGING = frozenset({"page", "before", "after"})


@register.inclusion_tag("includes/share_head.html", takes_context=True)
def share_head(context: RequestContext) -> dict[str, Any]:
    """The canonical address and the Open Graph lines of the page, taken from its own title and description.

    Which picture it has follows from its view; a page that none is drawn for has that of the home page, unless its
    context names one of its own: `own_picture`, with the path and the text for those who cannot see it.
    """
    request: HttpRequest = context["request"]
    language = page_language()
    own: OwnPicture | None = context.get("own_picture")
    path = own.path if own else reverse("share_picture", args=[*subject_of(request), language])
    site_name = str(settings.SITE_NAME)
    return {
        "address": settings.SITE_URL + request.path + paging(request),
        "title": text_of_block(context, "title").removesuffix(f" · {site_name}") or site_name,
        "description": text_of_block(context, "description"),
        "picture": settings.SITE_URL + path,
        "picture_alt": own.alt if own else "",
        "width": WIDTH,
        "height": HEIGHT,
        "type": "article" if _view_name(request) in ARTICLES else "website",
        "locale": LOCALES[language],
        "other_locales": [LOCALES[code] for code, _name in LANGUAGES if code != language],
        "site_name": site_name,
    }


def subject_of(request: HttpRequest) -> tuple[str, str]:
    """The kind and the slug of the picture that stands for the page."""
    view = _view_name(request)
    if view in ROWS and request.resolver_match:
        kind, part = ROWS[view]
        return kind, str(request.resolver_match.kwargs[part])
    return "page", page_slug(request.path.partition(f"/{get_language()}/")[2])


def paging(request: HttpRequest) -> str:
    """The part of the query that belongs to the page's own address."""
    kept = {name: request.GET[name] for name in sorted(PAGING & request.GET.keys())}
    return f"?{urlencode(kept)}" if kept else ""


def text_of_block(context: RequestContext, name: str) -> str:
    """What the page puts into one of base.html's blocks, as plain text."""
    blocks = context.render_context.get(BLOCK_CONTEXT_KEY)
    block = blocks.get_block(name) if blocks else None
    if block is None:
        return ""
    return re.sub(r"[ \t\r\n]+", " ", html.unescape(strip_tags(block.render(context)))).strip()


def _view_name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match else ""
