"""The classes that every `ModelAdmin` of ours comes from: what all lists and forms of the office can do, they can."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from blueheart.admin.exporting import ExportedList
from blueheart.admin.fields import NamedFields
from blueheart.trail.models import Entry
from blueheart.trail.record import kind_of, record

ACTS_SHOWN = 100

M = TypeVar("M", bound=Model)


class DeskAdmin(NamedFields[M], ExportedList[M]):
    """A list and a form of the office. No row passes the trail by: there is no deleting of many at once."""

    list_per_page = 50
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    # Django would return what it has written.
    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:  # type: ignore[override]
        """Nothing: the trail has it, and cannot be changed. Django's own log would be a second truth."""

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:  # type: ignore[override]
        """Nothing, as above."""

    def log_deletions(self, request: HttpRequest, queryset: "QuerySet[M]") -> None:  # type: ignore[override]
        """Nothing, as above."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What was done with a row, as the trail has it; where from is for those who may read the trail."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("History"),
            "subtitle": str(row),
            "object": row,
            "opts": self.opts,
            "module_name": capfirst(str(self.opts.verbose_name_plural)),
            "entries": Entry.objects.about(row).acts().select_related("actor")[:ACTS_SHOWN],
            "trail_query": urlencode({"kind": row._meta.label_lower, "row": row.pk}),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/object_history.html", context)


class ReadOnly:
    """For before a `ModelAdmin`: nobody adds, changes or deletes here by a form, superusers neither."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(ReadOnly, DeskAdmin[M]):
    """Rows that change by acts of their own, each with its permission, and never by a form."""

    def tell(self, request: HttpRequest, done: int, chosen: int) -> None:
        """Say how many of the chosen rows an action changed."""
        text = ngettext("%(done)d of %(chosen)d changed.", "%(done)d of %(chosen)d changed.", chosen)
        level = messages.SUCCESS if done else messages.WARNING
        self.message_user(request, text % {"done": done, "chosen": chosen}, level)


class KeptInTrail(DeskAdmin[M]):
    """Rows that a form writes: each save and delete is an entry of the trail, in the same transaction.

    Rows of inlines and rows changed in the list are kept, too. The entry names the fields that changed. Of those in
    `told_in_trail` it also says what they were and are: never a field that may hold a person's name or address.
    """

    told_in_trail: Sequence[str] = ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and not form.changed_data:
            return
        told = {
            name: [str(form.initial.get(name)), str(form.cleaned_data[name])]
            for name in form.changed_data
            if name in self.told_in_trail
        }
        detail = {"fields": form.changed_data} | self.trail_detail(obj) | told
        act = "changed" if change else "created"
        record(f"{kind_of(obj)}.{act}", target=obj, request=request, detail=detail)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        record(f"{kind_of(obj)}.deleted", target=obj, request=request, detail=self.trail_detail(obj))
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[M]) -> None:
        for row in queryset:
            self.delete_model(request, row)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Keep the rows of an inline, each by its own key; a deleted one has lost it when the formset is saved."""
        keys = {id(each.instance): each.instance.pk for each in formset.initial_forms}
        super().save_formset(request, form, formset, change)
        of = {"of": f"{form.instance._meta.label_lower} {form.instance.pk}"}

        def keep(row: Model, act: str, **said: Any) -> None:
            record(f"{kind_of(row)}.{act}", target=row, request=request, detail=of | said)

        for row in formset.new_objects:
            keep(row, "created")
        for row, fields in formset.changed_objects:
            keep(row, "changed", fields=fields)
        for row in formset.deleted_objects:
            row.pk = keys[id(row)]
            keep(row, "deleted")

    def trail_detail(self, obj: Any) -> dict[str, Any]:
        """What an entry says of the row besides its key; nothing of a person."""
        return {}
