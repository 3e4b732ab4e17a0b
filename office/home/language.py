"""The language that staff read the office in: what they choose here, else what their browser asks for."""

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from office.page import OfficePage


@require_POST
def choose(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Keep the choice in a cookie. Public pages are shown in the language of their address, whatever it holds."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest()
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith(f"/{settings.ADMIN_PATH}")
    answer = HttpResponseRedirect(back if is_ours else reverse("admin:index"))
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 60 * 60,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return answer


PAGES = [OfficePage("language/", "language", choose, lambda request, site: site.has_permission(request))]
