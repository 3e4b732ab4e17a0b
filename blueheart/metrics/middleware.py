"""How long Django takes for what."""

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from blueheart.metrics.figures import count_request

READING = frozenset({"GET", "HEAD", "OPTIONS"})
MACHINES = frozenset({"healthz", "readyz", "metrics", "csp_report"})
BY_START = (("/api/", "api"), ("/stripe/webhook/", "webhook"), (f"/{settings.ADMIN_PATH}", "office"))
BY_APP = {"pledges": "pledge", "donations": "gift"}


class FiguresMiddleware:
    """Counts each answer with the time it took; the first of all, so that what the others take is in it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        response = self.get_response(request)
        method = "read" if request.method in READING else "write"
        count_request(kind_of(request), method, f"{response.status_code // 100}xx", time.perf_counter() - begun)
        return response


def kind_of(request: HttpRequest) -> str:
    """What was asked for, as one of ten words: never a path.

    `page` is a public page that caches keep, `pledge` and `gift` are the forms and own pages of supporters and donors,
    `nothing` is an address that leads nowhere.
    """
    for start, kind in BY_START:
        if request.path_info.startswith(start):
            return kind
    match = request.resolver_match
    if match is None:
        return "nothing"
    if hasattr(match.func, "rule"):  # blueheart.pages.public_page
        return "page"
    if match.url_name in MACHINES:
        return "machine"
    return BY_APP.get(match.app_name, "other")
