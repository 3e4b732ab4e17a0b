"""What content waits for: a reviewer, its hour, a translation."""

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

from django.apps import apps
from django.contrib.admin import AdminSite
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES
from campaigns.models.content import Content
from campaigns.translation import Missing, missing_counts
from office.page import OfficePage

if TYPE_CHECKING:
    from django.db.models import QuerySet

SHOWN = 50  # of each list; what is older is in the change lists


class Waiting(NamedTuple):
    """A row that waits, and the page where staff let it go."""

    kind: str
    name: str
    url: str
    updated_at: dt.datetime
    publish_at: dt.datetime | None


class Cell(NamedTuple):
    """How many published rows lack a text in one language, the list that shows them, and where they are written."""

    number: int
    url: str
    begin: str


class Line(NamedTuple):
    """One kind of content, and a cell for each language but English."""

    name: str
    rows: int
    cells: list[Cell]


def page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """What waits, of the kinds of content that this person may look at."""
    kinds = kinds_for(request, site)
    lines = [_line(each) for each in missing_counts() if each.model in kinds and each.rows]
    context = site.each_context(request) | {
        "title": _("Content desk"),
        "in_review": _rows(kinds, Q(status=Content.Status.REVIEW))[:SHOWN],
        "scheduled": sorted(
            _rows(kinds, Q(status=Content.Status.PUBLISHED, publish_at__gt=timezone.now())),
            key=lambda row: row.publish_at or row.updated_at,
        )[:SHOWN],
        "languages": [(code, name) for code, name in LANGUAGES if code != DEFAULT_LANGUAGE],
        "lines": lines,
        "missing": sum(cell.number for line in lines for cell in line.cells),
    }
    return TemplateResponse(request, "office/content_desk.html", context)


def _may_open(request: HttpRequest, site: AdminSite) -> bool:
    return bool(kinds_for(request, site))


def kinds_for(request: HttpRequest, site: AdminSite) -> list[type[Content]]:
    """The kinds of content that this person may look at."""
    edited = [model for model in content_models() if site.is_registered(model)]
    return [model for model in edited if site.get_model_admin(model).has_view_permission(request)]


def content_models() -> list[type[Content]]:
    """Every kind of content that is reviewed before readers see it."""
    return [model for model in apps.get_app_config("campaigns").get_models() if issubclass(model, Content)]


def in_review(model: type[Content]) -> "QuerySet[Content]":
    """The rows of one kind that wait for a reviewer, in no order."""
    return model._default_manager.filter(status=Content.Status.REVIEW).order_by()


def _rows(kinds: list[type[Content]], condition: Q) -> list[Waiting]:
    """The rows of these kinds that wait, oldest first."""
    found = [_waiting(row) for model in kinds for row in model._default_manager.filter(condition)[:SHOWN]]
    return sorted(found, key=lambda row: row.updated_at)


def _waiting(row: Content) -> Waiting:
    opts = row._meta
    url = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
    return Waiting(str(capfirst(opts.verbose_name)), str(row), url, row.updated_at, row.publish_at)


def _line(counted: Missing) -> Line:
    opts = counted.model._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    begin = f"admin:{opts.app_label}_{opts.model_name}_translate_next"
    cells = [
        Cell(count, f"{address}?missing={code}&status__exact=published", reverse(begin, args=[code]))
        for code, count in counted.missing.items()
    ]
    return Line(str(capfirst(opts.verbose_name_plural)), counted.rows, cells)


PAGES = [
    OfficePage(
        "content/",
        "content_desk",
        page,
        _may_open,
        label=gettext_lazy("Content desk: reviews, hours to come, missing translations"),
    )
]
