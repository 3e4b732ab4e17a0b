"""What waits for one person: the heaps that they may act on, by area, counted in one query."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns.translation import missing_anywhere
from office.content_desk import content_models, in_review, kinds_for
from office.home.heaps import HEAPS, MOST, Area, Heap

if TYPE_CHECKING:
    from django.db.models import QuerySet


@dataclass(frozen=True)
class Waiting:
    """A heap as the home shows it; `list_url` is beside a queue the list of the same rows."""

    label: str | Promise
    area: Area
    count: int
    url: str
    list_url: str
    due: dt.datetime | None = None

    @property
    def is_more(self) -> bool:
        """Whether there are more than `count`."""
        return self.count >= MOST


@dataclass(frozen=True)
class Desk:
    """What waits for a person by area, and the names of what does not: they show that nothing was forgotten."""

    areas: Sequence[tuple[Area, Sequence[Waiting]]] = ()
    empty: Sequence[Waiting] = ()

    @property
    def heaps(self) -> list[Waiting]:
        """All of them, empty ones last."""
        return [*(heap for _area, heaps in self.areas for heap in heaps), *self.empty]


@dataclass(frozen=True)
class _Count:
    """What is to be counted: rows of one model, or of several together."""

    label: str | Promise
    area: Area
    url: str
    list_url: str
    rows: "Sequence[QuerySet[Any]]"
    due: "Callable[[], dt.datetime | None] | None" = field(default=None)


def what_waits(request: HttpRequest, site: AdminSite) -> Desk:
    """The heaps that this person may act on; one query, and one for each that is due by a day."""
    wanted = [_of_heap(heap) for heap in HEAPS if _may_act(heap, request, site)]
    wanted += _of_content(request, site)
    numbers = _numbers([each.rows for each in wanted])
    heaps = [_waiting(each, number) for each, number in zip(wanted, numbers, strict=True)]
    full = [heap for heap in heaps if heap.count]
    by_area = [(area, [heap for heap in full if heap.area == area]) for area in Area]
    return Desk([(area, found) for area, found in by_area if found], [heap for heap in heaps if not heap.count])


def _may_act(heap: Heap, request: HttpRequest, site: AdminSite) -> bool:
    if not site.is_registered(heap.model) or not any(request.user.has_perm(act) for act in heap.acts):
        return False
    return site.get_model_admin(heap.model).has_view_permission(request)


def _of_heap(heap: Heap) -> _Count:
    return _Count(heap.label, heap.area, heap.url(), heap.list_url(), [heap.counted()], heap.due)


def _of_content(request: HttpRequest, site: AdminSite) -> list[_Count]:
    """Content has a desk of its own: what is to be reviewed, and what lacks a translation."""
    desk, found = reverse("admin:content_desk"), []
    kinds = kinds_for(request, site)
    published_by = [model for model in kinds if request.user.has_perm(f"campaigns.publish_{model._meta.model_name}")]
    if published_by:
        rows = [in_review(model)[:MOST] for model in published_by]
        found.append(_Count(_("Content to be reviewed"), Area.CONTENT, f"{desk}#review", desk, rows))
    if request.user.has_perm("campaigns.translate_content") or published_by:
        texts = [missing_anywhere(model)[:MOST] for model in content_models() if model in kinds]
        label = _("Published rows that lack a translation")
        found.append(_Count(label, Area.CONTENT, f"{desk}#translations", desk, texts))
    return found


def _waiting(each: _Count, number: int) -> Waiting:
    due = each.due() if each.due and number else None
    return Waiting(each.label, each.area, number, each.url, each.list_url, due)


def _numbers(heaps: "Iterable[Sequence[QuerySet[Any]]]") -> list[int]:
    """How many rows each heap has, up to `MOST`, in one query for all of them."""
    parts: list[str] = []
    values: list[Any] = []
    for rows in heaps:
        counts = ["0"]
        for each in rows:
            try:
                query, given = each.values_list(Value(1)).query.sql_with_params()
            except EmptyResultSet:
                continue
            counts.append(f"(SELECT count(*) FROM ({query}) AS waiting)")  # noqa: S608  Django's own SQL
            values += given
        parts.append(" + ".join(counts))
    if not parts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return [min(int(number), MOST) for number in cursor.fetchone()]
