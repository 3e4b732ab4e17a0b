"""The Global Report's editions and data tables; a table's numbers come from a CSV file, seen before they are kept."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from campaigns import reports
from campaigns.admin.editing import WithPreview
from campaigns.models import DataPoint, DataTable, ReportEdition


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

    @admin.display(description=_("numbers"))
    def numbers(self, row: DataTable) -> SafeString | str:
        if not row.pk:
            return "–"
        url = reverse(f"{self.admin_site.name}:import_new", args=["data-table"])
        return format_html('<a href="{}?into={}">{}</a>', url, row.pk, _("Import from CSV"))
