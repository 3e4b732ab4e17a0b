"""The Global Report's editions and data tables; a table's numbers come from a CSV file, seen before they are kept."""

import hashlib
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES
from blueheart.tables import csv_download
from blueheart.trail.record import record
from campaigns import reports, table_import
from campaigns.admin.editing import WithPreview
from campaigns.data_tables import replace_points
from campaigns.models import DataPoint, DataTable, ReportEdition

SALT = "campaigns.table_import"
PREVIEW_SECONDS = 60 * 60
SHOWN_PROBLEMS = 200


class UploadForm(forms.Form):
    file = forms.FileField(label=_("CSV file"), help_text=_("UTF-8, at most 256 KB and 2,000 rows."))


@admin.register(ReportEdition)
class ReportEditionAdmin(WithPreview):
    list_display = ("year", "ordinal", "released_on", "countries_covered", "certainty", "status", "source", "preview")
    list_filter = ("status", "certainty")
    list_select_related = ("source",)
    search_fields = ("year", "summary")
    autocomplete_fields = ("source",)
    preview_template = "campaigns/report_edition.html"
    preview_context = staticmethod(reports.edition_context)


class DataPointInline(admin.TabularInline[DataPoint, DataTable]):
    """The numbers as they are; they are replaced as a whole, by a file."""

    model = DataPoint
    fields = ("position", "label", "series", "value")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(DataTable)
class DataTableAdmin(WithPreview):
    list_display = (
        "title",
        "edition",
        "topic",
        "chart",
        "period",
        "certainty",
        "status",
        "source",
        "numbers",
        "preview",
    )
    list_filter = ("status", "topic", "chart", "certainty", "edition")
    list_select_related = ("source", "edition")
    search_fields = ("title", "slug")
    autocomplete_fields = ("source", "edition")
    readonly_fields = ("numbers", "preview")  # type: ignore[assignment]  # one more than the base class has
    inlines = (DataPointInline,)
    preview_template = "campaigns/data_table.html"
    preview_context = staticmethod(reports.table_context)

    def view_on_site(self, row: DataTable) -> str | None:
        if not row.is_public or (row.edition and not row.edition.is_public):
            return None
        return f"{reverse('campaigns:report_list')}#{row.slug}"

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("<int:pk>/import/", self.admin_site.admin_view(self.import_view), name="campaigns_datatable_import"),
            path(
                "<int:pk>/import/template.csv",
                self.admin_site.admin_view(self.template_file),
                name="campaigns_datatable_csv",
            ),
        ]
        return [*own, *super().get_urls()]

    @admin.display(description=_("numbers"))
    def numbers(self, row: DataTable) -> SafeString | str:
        if not row.pk:
            return "–"
        url = reverse(f"{self.admin_site.name}:campaigns_datatable_import", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Import from CSV"))

    def import_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Upload, look at what was read, and confirm; nothing is written before, nor while there is a mistake."""
        table = self._table(request, pk)
        if "seen" in request.POST:
            return self._confirm(request, table, request.POST["seen"])
        form = UploadForm(request.POST or None, request.FILES or None)
        if not form.is_valid():
            return self._page(request, table, {"form": form})
        file = form.cleaned_data["file"]
        # One byte more than is allowed tells a large file from one that fits, whatever size it says it has.
        return self._preview(request, table, file.name, file.read(table_import.MOST_BYTES + 1))

    def _preview(self, request: HttpRequest, table: DataTable, name: str, data: bytes) -> HttpResponse:
        points, problems = table_import.read(data)
        if problems:
            shown = {"problems": problems[:SHOWN_PROBLEMS], "problem_count": len(problems), "file_name": name}
            return self._page(request, table, {"form": UploadForm(), **shown})
        seen = signing.dumps([table.pk, name, data.decode("utf-8-sig")], salt=SALT, compress=True)
        rows = [_as_row(point) for point in points]
        return self._page(request, table, {"rows": rows, "seen": seen, "file_name": name})

    def _confirm(self, request: HttpRequest, table: Any, seen: str) -> HttpResponse:
        try:
            pk, name, text = signing.loads(seen, salt=SALT, max_age=PREVIEW_SECONDS)
        except signing.BadSignature:
            messages.error(
                request, gettext("Nothing was written: the preview is older than an hour. Choose the file again.")
            )
            return redirect(request.path)
        points, problems = table_import.read(text.encode())
        if pk != table.pk or problems:
            messages.error(request, gettext("Nothing was written: the file does not belong to this table."))
            return redirect(request.path)
        with transaction.atomic():
            DataTable.objects.select_for_update(of=("self",)).get(pk=pk)
            replace_points(table, points)
            table._change_reason = "numbers imported from a file"
            table.save(update_fields=["updated_at"])
            digest = hashlib.sha256(text.encode()).hexdigest()
            detail = {"file": name, "rows": len(points), "sha256": digest}
            record("data-table.imported", target=table, request=request, detail=detail)
            self.after_change(table)
        messages.success(request, gettext("The table has its new numbers: %(count)s.") % {"count": len(points)})
        return redirect(reverse(f"{self.admin_site.name}:campaigns_datatable_change", args=[pk]))

    def template_file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The file to fill in: the columns that an import knows, with the numbers that the table has now."""
        table = self._table(request, pk)
        names = [(column, code) for code, _name in LANGUAGES for column in (table_import.ROW, table_import.COLUMN)]
        headings = [name if code == DEFAULT_LANGUAGE else f"{name}_{code}" for name, code in names]
        rows = [
            [getattr(point, table_import.column_of(name, code)) or "" for name, code in names] + [point.value]
            for point in table.points.all()
        ]
        return csv_download(table.slug, [*headings, table_import.VALUE], rows)

    def _table(self, request: HttpRequest, pk: int) -> DataTable:
        table = get_object_or_404(DataTable, pk=pk)
        if not self.has_change_permission(request, table):
            raise PermissionDenied
        return table

    def _page(self, request: HttpRequest, table: DataTable, context: dict[str, Any]) -> HttpResponse:
        every = self.admin_site.each_context(request)
        names = {
            "title": gettext("Import numbers"),
            "subtitle": str(table),
            "object": table,
            "opts": self.opts,
            "module_name": capfirst(str(self.opts.verbose_name_plural)),
        }
        return TemplateResponse(request, "admin/campaigns/datatable/import.html", every | names | context)


def _as_row(point: dict[str, str]) -> tuple[str, str, str]:
    names = [
        point.get(table_import.column_of(name, DEFAULT_LANGUAGE), "")
        for name in (table_import.ROW, table_import.COLUMN)
    ]
    return names[0], names[1], point["value"]
