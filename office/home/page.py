"""What the home of the office shows one person."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from office.home import figures, healthy
from office.home.waiting import what_waits
from office.site_map import PAGES

HEARTS = ("pledges.view_pledge", "campaigns.view_campaign")
MONEY = "donations.view_ledgertransaction"


def context(request: HttpRequest, site: AdminSite) -> dict[str, Any]:
    """What waits for the person, how it goes and whether it is healthy as far as they may see it, and their desks."""
    return {
        "desk": what_waits(request, site),
        "goes": _how_it_goes(request),
        "health": healthy.lines(request) if healthy.may_see(request) else [],
        "pages": [page for page in PAGES if page.label and page.may_open(request, site)],
    }


def _how_it_goes(request: HttpRequest) -> dict[str, Any]:
    sees_hearts = any(request.user.has_perm(permission) for permission in HEARTS)
    sees_money = request.user.has_perm(MONEY)
    held = figures.sums() if sees_money else []
    return {
        "hearts": figures.hearts() if sees_hearts else (),
        "money": figures.money(held, request.GET.get("currency", "")) if sees_money else None,
        "goals": figures.goals(held, with_money=sees_money) if sees_hearts else [],
        "sees_money": sees_money,
    }
