"""Pages of the office that belong to no model: each module offers its `PAGES`, and `site_map` names the modules."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise


def has(*permissions: str) -> "Callable[[HttpRequest, AdminSite], bool]":
    """Whether the person holds one of these permissions."""
    return lambda request, _site: any(request.user.has_perm(permission) for permission in permissions)


@dataclass(frozen=True)
class OfficePage:
    """One address of the office, and who may open it; `label` is its link on the home, empty where it has none.

    `view` is called with the request, the site and what the route captures. Nobody reaches it whom `may_open` refuses.
    """

    route: str
    name: str
    view: Callable[..., HttpResponse]
    may_open: Callable[[HttpRequest, AdminSite], bool]
    label: str | Promise = ""

    def url_pattern(self, site: AdminSite) -> URLPattern:
        return path(self.route, site.admin_view(partial(self._answer, site=site)), name=self.name)

    def url(self) -> str:
        return reverse(f"admin:{self.name}")

    def _answer(self, request: HttpRequest, site: AdminSite, **captured: object) -> HttpResponse:
        if not self.may_open(request, site):
            raise PermissionDenied
        return self.view(request, site, **captured)
