"""What is answered while the database is away: the page asks it nothing, and holds what was typed for another try."""

import sys

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language_from_path
from django.views.defaults import server_error

from blueheart.postgresql.away import is_away

RETRY_AFTER_SECONDS = 30
WAY_IN = "/"


def error_page(request: HttpRequest) -> HttpResponse:
    """503 where the error that Django is handling is the absence of the database, else 500; Django's `handler500`."""
    return unavailable(request) if is_away(sys.exc_info()[1]) else server_error(request)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: for people a page in their language, for machines a line."""
    if _is_for_people(request):
        is_sent, address = request.method == "POST", request.get_full_path()
        # Without the request: what its context brings may ask the database.
        page = render_to_string("503.html", {"typed": _typed(request), "is_sent": is_sent, "address": address})
        response = HttpResponse(page, status=503)
    else:
        response = HttpResponse("The database does not answer. Please try again.\n", "text/plain", status=503)
    response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response.headers["Referrer-Policy"] = "same-origin"  # the address may hold a token
    return response


def _is_for_people(request: HttpRequest) -> bool:
    return request.path == WAY_IN or _is_office(request) or get_language_from_path(request.path) is not None


def _is_office(request: HttpRequest) -> bool:
    return request.path.startswith(f"/{settings.ADMIN_PATH}")


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """All that a visitor's form has sent, its secrets included, so that it is the same form when it is sent again.

    Only of forms that are known to be ours; nothing of the office's, where passwords are typed and acts have no secret
    by which a second one is known. Files cannot be kept: then nothing is.
    """
    if _is_office(request) or not getattr(request, "csrf_processing_done", False) or request.FILES:
        return []
    return [(name, str(value)) for name, values in request.POST.lists() for value in values]
