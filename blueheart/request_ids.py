"""A name for each request and each run of a job, so that the lines of all logs about it can be found together."""

import dataclasses
import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
OURS = re.compile(r"[0-9a-f]{32}", re.ASCII)  # as nginx writes it


@dataclasses.dataclass(frozen=True, slots=True)
class Doing:
    """What a thread is at: a request, or the run of a job in a lane of the worker and a row that waited for it."""

    name: str = ""
    job: str = ""
    lane: str = ""
    row: str = ""


NOTHING = Doing()
_doing: ContextVar[Doing] = ContextVar("doing", default=NOTHING)


class RequestIdMiddleware:
    """Names each request, by our own proxy's name for it where there is one; a visitor's is never believed.

    The name stays with the thread until its next request: what is logged while an answer is streamed bears it too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.headers.get(HEADER, "") if settings.TRUSTED_PROXIES else ""
        _doing.set(Doing(told if OURS.fullmatch(told) else secrets.token_hex(16)))
        return self.get_response(request)


def current() -> str:
    """The name of the request that is answered here, or of the run of a job; empty outside of both."""
    return _doing.get().name


def doing() -> Doing:
    """What this thread is at; it stays so until it takes up something else."""
    return _doing.get()


def begin_job(job: str, *, lane: str) -> None:
    """From now on this thread is at a new run of that job."""
    _doing.set(Doing(secrets.token_hex(16), job, lane))


def begin_row(row: str) -> None:
    """From now on its job is at this row; empty: at none."""
    _doing.set(dataclasses.replace(_doing.get(), row=row))
