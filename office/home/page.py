"""What the home of the office shows one person."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from office.home.waiting import what_waits
from office.site_map import PAGES


def context(request: HttpRequest, site: AdminSite) -> dict[str, Any]:
    """What waits for the person, and the desks that they may open."""
    return {
        "desk": what_waits(request, site),
        "pages": [page for page in PAGES if page.label and page.may_open(request, site)],
    }
