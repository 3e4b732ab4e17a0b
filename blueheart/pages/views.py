"""Pages that belong to no app: the way into the site, and requests that went wrong before a view could answer."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods


@require_http_methods(["GET", "HEAD"])
def root(request: HttpRequest) -> HttpResponse:
    """Send the visitor to the home page in the language that their browser asks for; no cookie is read or set."""
    # Django would look into it first, and a shared cache keeps the answer for all who speak the same languages.
    request.COOKIES.pop(settings.LANGUAGE_COOKIE_NAME, None)
    language = translation.get_language_from_request(request)
    with translation.override(language):
        response = redirect(reverse("campaigns:home"))
    patch_vary_headers(response, ["Accept-Language"])
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Explain, in the visitor's language, why the form was not taken and how to send it again."""
    return render(request, "403_csrf.html", status=403)
