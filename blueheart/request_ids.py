"""A name for each request, so that the lines of all logs about it can be found together."""

import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
OURS = re.compile(r"[0-9a-f]{32}", re.ASCII)  # as nginx writes it

_current: ContextVar[str] = ContextVar("request_id", default="")


class RequestIdMiddleware:
    """Names each request, by our own proxy's name for it where there is one; a visitor's is never believed.

    The name stays with the thread until its next request: what is logged while an answer is streamed bears it too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.headers.get(HEADER, "") if settings.TRUSTED_PROXIES else ""
        _current.set(told if OURS.fullmatch(told) else secrets.token_hex(16))
        return self.get_response(request)


def current() -> str:
    """The name of the request that is answered here; empty outside of requests."""
    return _current.get()
