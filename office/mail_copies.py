"""The mail that development keeps instead of sending it, for the developer at this machine."""

import ipaddress
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from blueheart.limits.addresses import client_address
from blueheart.post import local_copies

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

# A mail styles itself inline and is shown as a page of its own, without scripts and as a stranger to our origin.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def here_only(view: View[P]) -> View[P]:
    """Answer 404 in production, and to anyone who is not on this machine."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if settings.ENVIRONMENT != "development" or not _is_here(request):
            raise Http404
        return view(request, *args, **kwargs)

    return require_safe(wrapped)


def _is_here(request: HttpRequest) -> bool:
    """Both the connection and the visitor behind a proxy must be on the loopback."""
    if "X-Forwarded-For" in request.headers and not settings.TRUSTED_PROXIES:
        return False
    return all(_is_loopback(address) for address in (request.META.get("REMOTE_ADDR", ""), client_address(request)))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@here_only
def mail_list(request: HttpRequest) -> HttpResponse:
    """The last mails with their texts, newest first; the links in them can be followed."""
    return render(request, "office/mail_list.html", {"copies": local_copies.newest()})


@here_only
def mail_page(request: HttpRequest, name: str) -> HttpResponse:
    """One mail as a mail program would show it."""
    copy = local_copies.find(name)
    if copy is None or copy.html is None:
        raise Http404
    response = HttpResponse(copy.html)
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


@here_only
def mail_attached(request: HttpRequest, name: str, number: int) -> HttpResponse:
    """A file that came with a mail, the first being number 1; to keep, not to be shown at our own address."""
    copy = local_copies.find(name)
    if copy is None or not 1 <= number <= len(copy.attached):
        raise Http404
    file = copy.attached[number - 1]
    response = HttpResponse(file.content, content_type=file.content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, file.filename)
    return response
