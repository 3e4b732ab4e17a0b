"""Kinds of page: the same for everyone, at any time or on one day; with a form; and behind a mailed link."""

import datetime as dt
from collections.abc import Callable, Iterable
from functools import partial, wraps
from typing import Concatenate, NamedTuple, ParamSpec, overload

from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import SimpleTemplateResponse
from django.utils import timezone
from django.utils.http import urlencode
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


class Rule(NamedTuple):
    """What a public page depends on beside its path: the keys of the query that it reads, and the counts' windows.

    One that is not `kept` is made for every request: a picture or a paper that only one visitor looks for.
    """

    query: tuple[str, ...] = ()
    numbers: bool = True
    kept: bool = True


@overload
def public_page(view: View[P], /) -> View[P]: ...
@overload
def public_page(
    *, query: Iterable[str] = (), numbers: bool = True, kept: bool = True
) -> Callable[[View[P]], View[P]]: ...
def public_page(
    view: View[P] | None = None, /, *, query: Iterable[str] = (), numbers: bool = True, kept: bool = True
) -> View[P] | Callable[[View[P]], View[P]]:
    """Let shared caches keep the page for a moment: it is the same for every visitor and sets no cookie.

    Of the address's query the view sees the keys named here, each once and in this order: caches tell pages apart by
    them alone. A page without counts of hearts or money says `numbers=False`, and stays while they grow.
    Raises `PublicPageSetsCookieError` when the view or its template sets one, a CSRF token included, or looks into the
    session.
    """
    rule = Rule(tuple(query), numbers, kept)
    return partial(_public, rule=rule) if view is None else _public(view, rule)


def _public(view: View[P], rule: Rule) -> View[P]:
    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        # Django sets it before us for a CSRF cookie that it cannot read; this page has no form and leaves it alone.
        request.META.pop("CSRF_COOKIE_NEEDS_UPDATE", None)
        request.GET = narrowed(request.GET, rule.query)  # type: ignore[assignment] # django-stubs asks for its own kind
        response = view(request, *args, **kwargs)
        if isinstance(response, SimpleTemplateResponse):
            response.render()  # now: its template may ask for a cookie too
        if response.cookies or _knows_its_visitor(request):
            raise PublicPageSetsCookieError(request.path)
        if response.status_code == 200:
            response.headers.setdefault("Cache-Control", for_shared_caches(SHARED_SECONDS))
        return response

    guarded: View[P] = require_http_methods(["GET", "HEAD"])(wrapped)
    guarded.rule = rule  # type: ignore[attr-defined] # decorators around it carry it along, as they do all attributes
    return guarded


def rule_of(view: object) -> Rule | None:
    """What a public page depends on; None for any other view."""
    rule = getattr(view, "rule", None)
    return rule if isinstance(rule, Rule) else None


def narrowed(asked: QueryDict, keys: Iterable[str]) -> QueryDict:
    """The query as a public page reads it: these keys alone, in this order, each with the last of its values."""
    return QueryDict(urlencode([(key, str(asked[key])) for key in keys if key in asked]))


@overload
def daily_page(view: View[P], /) -> View[P]: ...
@overload
def daily_page(*, query: Iterable[str] = (), numbers: bool = True) -> Callable[[View[P]], View[P]]: ...
def daily_page(
    view: View[P] | None = None, /, *, query: Iterable[str] = (), numbers: bool = True
) -> View[P] | Callable[[View[P]], View[P]]:
    """A public page that speaks of today by UTC: no shared cache keeps it past midnight there."""
    rule = Rule(tuple(query), numbers)
    return partial(_daily, rule=rule) if view is None else _daily(view, rule)


def _daily(view: View[P], rule: Rule) -> View[P]:
    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        midnight = _next_midnight()
        response = view(request, *args, **kwargs)
        if response.status_code == 200:
            left = int((midnight - timezone.now()).total_seconds())
            response.headers["Cache-Control"] = for_shared_caches(max(0, min(SHARED_SECONDS, left)))
        return response

    return _public(wrapped, rule)


def for_shared_caches(seconds: int) -> str:
    """Let shared caches show a page for so long, in the second half of it while they ask for it anew.

    A cache that had to wait for the new page would pass all who ask meanwhile on to us.
    """
    renewed = seconds // 2
    return f"public, max-age=0, s-maxage={seconds - renewed}, stale-while-revalidate={renewed}"


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
