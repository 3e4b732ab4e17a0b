"""Every page that anyone may read, in all languages, for search engines (sitemaps.org, with Google's hreflang)."""

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.core.cache import cache
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse

from blueheart.languages import DEFAULT_LANGUAGE
from campaigns.models import SearchEntry

KEPT_SECONDS = 3600
CACHE_KEY = "sitemap"
OF_A_CAMPAIGN = ("pledges:pledge_campaign", "donations:donate_campaign")


class Page(NamedTuple):
    """One page, in whichever language: its path below the language, and when its row was last changed."""

    path: str
    changed_at: dt.datetime | None


if TYPE_CHECKING:
    _Sitemap = Sitemap[Page]
else:
    _Sitemap = Sitemap  # takes no type at run time


class Pages(_Sitemap):
    """All public pages, each once per language, with the same page in the others beside it."""

    i18n = True
    alternates = True

    def items(self) -> list[Page]:
        entries = SearchEntry.objects.visible().filter(language=DEFAULT_LANGUAGE, is_own_page=True)
        pages: dict[str, Page] = {}
        for kind, path, changed_at in entries.order_by("path").values_list("kind", "path", "changed_at"):
            pages[path] = Page(path, changed_at)
            if kind == SearchEntry.Kind.CAMPAIGN:
                pages |= {other: Page(other, changed_at) for other in _of_a_campaign(path.split("/")[-2])}
        return list(pages.values())

    def lastmod(self, page: Page) -> dt.datetime | None:
        return page.changed_at

    def get_urls(self, *args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        """The addresses as the pages name them; Django's own `x-default` would lose its language."""
        urls: list[dict[str, Any]] = super().get_urls(protocol=urlsplit(settings.SITE_URL).scheme)
        for url in urls:
            english = next(other for other in url["alternates"] if other["lang_code"] == DEFAULT_LANGUAGE)
            url["alternates"].append({"lang_code": "x-default", "location": english["location"]})
        return urls

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.SITE_URL).netloc

    def _location(self, item: tuple[Page, str], force_lang_code: str | None = None) -> str:
        page, language = item
        return f"/{force_lang_code or language}/{page.path}"


def sitemap_xml() -> str:
    """The whole sitemap, made at most once an hour; an empty one, before search has its index, is not kept."""
    kept: str | None = cache.get(CACHE_KEY)
    if kept is None:
        urls = Pages().get_urls()
        kept = render_to_string("campaigns/sitemap.xml", {"urls": urls})
        if urls:
            cache.set(CACHE_KEY, kept, KEPT_SECONDS)
    return kept


def _of_a_campaign(slug: str) -> list[str]:
    """The pages on which one pledges for the campaign and gives to it."""
    home = reverse("campaigns:home")
    found = []
    for name in OF_A_CAMPAIGN:
        try:
            found.append(reverse(name, args=[slug]).removeprefix(home))
        except NoReverseMatch:
            continue
    return found
