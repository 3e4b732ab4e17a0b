"""Headers that every answer carries, whatever made it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.views.defaults import bad_request

from blueheart.headers import CORP, OPEN, OWN, PERMISSIONS_POLICY, REPORTING_ENDPOINTS
from blueheart.pages.cache.encodings import COMPRESSIBLE

WAY_IN = "/"  # sends visitors to their language

View = Callable[[HttpRequest], HttpResponse]


class HeadersMiddleware:
    """Says what a page may never do in a browser, and keeps answers out of shared caches unless a view opened them.

    An address with a NUL in it comes to no view.
    """

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = bad_request(request, None) if _holds_null(request) else self.get_response(request)  # type: ignore[arg-type]
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        # What scripts of other sites may read, their pages may show.
        response.headers.setdefault(CORP, OPEN if response.has_header("Access-Control-Allow-Origin") else OWN)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers["Reporting-Endpoints"] = REPORTING_ENDPOINTS
        response.headers.setdefault("Cache-Control", "private, no-store")
        if "public" in response.headers["Cache-Control"]:
            _the_same_for_all(response, by_language=request.path == WAY_IN)
        return response


def _holds_null(request: HttpRequest) -> bool:
    """Whether a NUL stands in the address: nobody types one, and PostgreSQL takes none."""
    return "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", "")


def _the_same_for_all(response: HttpResponse, *, by_language: bool) -> None:
    """Leave a visitor's broken cookies as they are: a shared cache would hand our answer to them to others.

    Django says of every address without a language in it that its answer depends on the visitor's: only one does.
    """
    response.cookies.clear()
    dropped = {"", "cookie"} if by_language else {"", "cookie", "accept-language"}
    vary = [name.strip() for name in response.headers.get("Vary", "").split(",")]
    vary = [name for name in vary if name.lower() not in dropped]
    del response.headers["Vary"]
    if vary:
        response.headers["Vary"] = ", ".join(vary)


class CompressionMiddleware(GZipMiddleware):
    """Compresses what no cache has compressed: forms and the office, behind random bytes, since they hold secrets.

    (BREACH guesses a secret by the lengths of answers; https://www.breachattack.com.) What streams goes out as it is:
    an export would have to be compressed while it is read from the database.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not COMPRESSIBLE.match(response.headers.get("Content-Type", "")):
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed
