"""Public pages, made once per change and answered before Django wakes; `docs/adr/0024-pages-before-django.md` says why.

A page is made from its wish and from nothing else of a request, so that it can hold nothing of a visitor.
"""

from django.conf import settings

from blueheart.pages.cache.answers import Application
from blueheart.pages.cache.application import PageCache

__all__ = ["PageCache", "cached"]


def cached(app: Application) -> Application:
    """The application behind a cache of PAGE_CACHE_MEGABYTES; itself without one, or while templates are worked on."""
    if not settings.PAGE_CACHE_MEGABYTES or settings.DEBUG:
        return app
    return PageCache(app, most_bytes=settings.PAGE_CACHE_MEGABYTES * 1024 * 1024)
