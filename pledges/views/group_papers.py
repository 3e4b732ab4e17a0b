"""What a group prints: its poster, its paper sheet, and the square that leads to its form."""

import hashlib
from collections.abc import Callable

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from blueheart.pages import public_page
from pledges.models import Group
from pledges.paper import group_poster, group_sheet
from pledges.views.groups import shown_group

AN_HOUR_SECONDS = 3600
AN_HOUR = f"public, max-age={AN_HOUR_SECONDS}"


@public_page(kept=False)
def group_poster_pdf(request: HttpRequest, code: str) -> HttpResponse:
    return _pdf(shown_group(code), "poster", group_poster.poster_pdf)


@public_page(kept=False)
def group_sheet_pdf(request: HttpRequest, code: str) -> HttpResponse:
    return _pdf(shown_group(code), "sheet", group_sheet.sheet_pdf)


@public_page
def group_qr(request: HttpRequest, code: str) -> HttpResponse:
    response = HttpResponse(group_poster.qr_svg(shown_group(code)), content_type="image/svg+xml; charset=utf-8")
    response["Cache-Control"] = AN_HOUR
    return response


def _pdf(group: Group, name: str, make: Callable[[Group], bytes]) -> HttpResponse:
    """The file, made once an hour at most: setting type costs more than any page of ours."""
    facts = (settings.SITE_URL, group.code, group.name, group.language, group.is_of_pupils)
    key = f"group-{name}-{hashlib.sha256(repr(facts).encode()).hexdigest()}"
    content = cache.get_or_set(key, lambda: make(group), AN_HOUR_SECONDS)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="blue-heart-{group.code}-{name}.pdf"'
    response["Cache-Control"] = AN_HOUR
    return response
