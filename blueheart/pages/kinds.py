"""Kinds of page: the same for everyone, at any time or on one day; with a form; and behind a mailed link."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from blueheart.days import utc_today

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

# Shared caches may keep a page for one window of the counts; browsers ask again each time, and learn by the ETag that
# nothing has changed: whoever has just confirmed a pledge must not see the wall as it was before.
SHARED_SECONDS = 2


class PublicPageSetsCookieError(RuntimeError):
    """A page that is the same for everyone tried to set a cookie, so that a shared cache would hand it to others."""


def public_page(view: View[P]) -> View[P]:
    """Let shared caches keep the page for a moment: it is the same for every visitor and sets no cookie.

    Raises `PublicPageSetsCookieError` when the view or its template sets one, a CSRF token included, or looks into the
    session.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        # Django sets it before us for a CSRF cookie that it cannot read; this page has no form and leaves it alone.
        request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
        response = view(request, *args, **kwargs)
        if isinstance(response, SimpleTemplateResponse):
            response.render()  # now: its template may ask for a cookie too
        if response.cookies or _knows_its_visitor(request):
            raise PublicPageSetsCookieError(request.path)
        if response.status_code == 200:
            response.headers.setdefault("Cache-Control", f"public, max-age=0, s-maxage={SHARED_SECONDS}")
        return response

    return require_http_methods(["GET", "HEAD"])(wrapped)


def daily_page(view: View[P]) -> View[P]:
    """A public page that speaks of today by UTC: no shared cache keeps it past midnight there."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        midnight = _next_midnight()
        response = view(request, *args, **kwargs)
        if response.status_code == 200:
            left = int((midnight - timezone.now()).total_seconds())
            response.headers["Cache-Control"] = f"public, max-age=0, s-maxage={max(0, min(SHARED_SECONDS, left))}"
        return response

    return public_page(wrapped)


def _next_midnight() -> dt.datetime:
    tomorrow = utc_today() + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(), dt.UTC)


def _knows_its_visitor(request: HttpRequest) -> bool:
    session = getattr(request, "session", None)
    return bool(request.META.get("CSRF_COOKIE_NEEDS_UPDATE") or (session is not None and session.accessed))


def form_page(view: View[P]) -> View[P]:
    """Keep the page out of every cache: it holds a form that belongs to one visitor."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return require_http_methods(["GET", "HEAD", "POST"])(csrf_protect(wrapped))


def token_page(view: View[P]) -> View[P]:
    """Guard a page whose address is a secret: not cached, not indexed, and its address not told to other sites.

    `same-origin` and not `no-referrer`: the latter makes the page's own POST carry `Origin: null`, which Django's
    CSRF check refuses.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return form_page(wrapped)
