"""Long exports as staff see them: everyone their own, the superuser and the auditor that there were any."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy

from blueheart.admin.acts import admin_url, require, staff
from blueheart.admin.base import ReadOnlyAdmin
from blueheart.admin.exporting import CONTENT_TYPES
from blueheart.exports.lists import EXPORT, ListGoneError, table_of
from blueheart.exports.models import PreparedExport
from blueheart.trail.record import record

REFRESH_SECONDS = 3


@admin.register(PreparedExport)
class PreparedExportAdmin(ReadOnlyAdmin[PreparedExport]):
    """Only whoever asked may fetch the file, while they may still see and export that list."""

    list_display = ["name", "watch_link", "format", "status", "rows_done", "asked_by", "created_at", "expires_at"]
    list_filter = ["status", "format"]
    list_select_related = ["asked_by"]
    exclude = ["query", "file", "leased_until"]
    is_exported = False

    @admin.display(description=gettext_lazy("list"), ordering="of_list")
    def name(self, export: PreparedExport) -> str:
        return capfirst(export.list_name)

    @admin.display(description=gettext_lazy("file"))
    def watch_link(self, export: Any) -> SafeString | str:
        if not export.is_mine:
            return "–"
        return format_html('<a href="{}">{}</a>', admin_url(export, "watch"), gettext("Open"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[PreparedExport]:
        rows = super().get_queryset(request).annotate(is_mine=Q(asked_by_id=request.user.pk))
        if request.user.has_perm("exports.view_preparedexport"):
            return rows
        return rows.filter(asked_by_id=request.user.pk)

    def has_view_permission(self, request: HttpRequest, obj: PreparedExport | None = None) -> bool:
        if super().has_view_permission(request, obj):
            return True
        return request.user.has_perm(EXPORT) and (obj is None or obj.asked_by_id == request.user.pk)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(EXPORT) or super().has_module_permission(request)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?query__startswith=`: its answers would spell out what is not shown."""
        return not lookup.startswith(("query", "file")) and super().lookup_allowed(lookup, value, request)

    def get_urls(self) -> list[URLPattern]:
        pages = {"watch": self.watch, "file": self.file, "cancel": self.cancel}
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"exports_preparedexport_{name}")
            for name, view in pages.items()
        ]
        return [*own, *super().get_urls()]

    def watch(self, request: HttpRequest, pk: int) -> HttpResponse:
        """How far it is; then the link."""
        export = _own(request, pk)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Export"),
            "export": export,
            "percent": min(99, 100 * export.rows_done // max(export.rows_total, 1)),
            "list_name": export.list_name,
            "list_url": reverse(f"admin:{export.of_list.replace('.', '_')}_changelist"),
            "refresh_seconds": REFRESH_SECONDS if export.is_open else 0,
        }
        return TemplateResponse(request, "admin/exports/watch.html", context)

    def file(self, request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
        """The file, for whoever asked for it and may still see that list."""
        export = _own(request, pk)
        try:
            table_of(export.of_list, "", staff(request))
            content = export.path.open("rb") if export.is_there else None
        except (ListGoneError, FileNotFoundError):
            content = None
        if content is None:
            raise Http404
        record("list.export-fetched", target=export, request=request, detail={"list": export.of_list})
        content_type = CONTENT_TYPES[PreparedExport.Format(export.format)]
        return FileResponse(content, as_attachment=True, filename=export.file_name, content_type=content_type)

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stop it, or delete its file before its time."""
        export = _own(request, pk)
        if request.method == "POST" and _cancel(export):
            record("list.export-cancelled", target=export, request=request, detail={"list": export.of_list})
            self.message_user(request, gettext("The export is cancelled."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:exports_preparedexport_watch", args=[pk]))


def _own(request: HttpRequest, pk: int) -> PreparedExport:
    """Nobody else's, not even for a superuser: what a file holds is what one person may see."""
    require(request, EXPORT)
    return get_object_or_404(PreparedExport, pk=pk, asked_by=staff(request))


@transaction.atomic
def _cancel(export: PreparedExport) -> bool:
    row = PreparedExport.objects.select_for_update().get(pk=export.pk)
    if not row.is_open:
        return False
    row.done(status=PreparedExport.Status.CANCELLED, query="")
    return True
