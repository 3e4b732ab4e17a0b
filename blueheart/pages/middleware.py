"""Headers that every answer carries, whatever made it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()"

View = Callable[[HttpRequest], HttpResponse]


class HeadersMiddleware:
    """Says what a page may never do in a browser, and keeps answers out of shared caches unless a view opened them."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cache-Control", "private, no-store")
        if "public" in response.headers["Cache-Control"]:
            _rid_of_cookies(response)
        return response


def _rid_of_cookies(response: HttpResponse) -> None:
    """Leave a visitor's broken cookies as they are: a shared cache would hand our answer to them to others."""
    response.cookies.clear()
    vary = [name.strip() for name in response.headers.get("Vary", "").split(",")]
    vary = [name for name in vary if name.lower() not in ("", "cookie")]
    del response.headers["Vary"]
    if vary:
        response.headers["Vary"] = ", ".join(vary)
