"""Every list of the office as a file: CSV or Excel of what is filtered now, and no column that the list hides."""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ALL_VAR, ERROR_FLAG, PAGE_VAR, SEARCH_VAR
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from blueheart.admin import searches
from blueheart.admin.acts import require, staff
from blueheart.admin.counting import count_to, estimate
from blueheart.admin.lists import OWN, CountedList
from blueheart.exports.columns import Column, Declared, declared_columns, default_columns
from blueheart.exports.copying import CopyError, Copying
from blueheart.exports.lists import EXPORT, ListGoneError, request_of
from blueheart.exports.models import PreparedExport, file_name
from blueheart.exports.reading import Reading, SeparatorError, Table
from blueheart.exports.workbooks import write_workbook
from blueheart.tables import csv_lines
from blueheart.trail.record import record

logger = logging.getLogger(__name__)

# Rows that are sent while the reader waits; more are prepared by the worker.
AT_ONCE = {PreparedExport.Format.CSV: 50_000, PreparedExport.Format.XLSX: 5_000}
CONTENT_TYPES = {
    PreparedExport.Format.CSV: "text/csv; charset=utf-8",
    PreparedExport.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHORT = 2_000  # rows that are read as quickly as a process for their copy would start
CHUNK_BYTES = 64 * 1024
MOST_ASKED = 5  # long exports of one person that wait or run at a time
NO_FILTER = frozenset({*OWN, PAGE_VAR, ALL_VAR, ERROR_FLAG})

M = TypeVar("M", bound=Model)


class ExportedList(CountedList[M]):
    """Gives a `ModelAdmin` its export.

    `export_fields` names the columns in their order, each a field or (name, field path or expression). Without it they
    are the fields of the list, addresses masked. Never a column that the list does not show.
    """

    export_fields: Sequence[Declared] | None = None
    is_exported = True

    def get_urls(self) -> list[URLPattern]:
        meta = self.model._meta
        view = self.admin_site.admin_view(self.export)
        return [path("export/", view, name=f"{meta.app_label}_{meta.model_name}_export"), *super().get_urls()]

    def export_columns(self, request: HttpRequest) -> list[Column]:
        """What a row of the file says."""
        if self.export_fields is not None:
            return declared_columns(self.model, self.export_fields)
        return default_columns(self.model, self.get_list_display(request))

    def table_to_export(self, request: HttpRequest) -> Table:
        """What the list's page shows for this request, in its order; raises `ListGoneError`."""
        if not self.is_exported or not self.has_view_permission(request):
            raise ListGoneError("not for this person")
        try:
            shown = self.get_changelist_instance(request)
        except (IncorrectLookupParameters, DisallowedModelAdminLookup) as error:
            raise ListGoneError("the filter means nothing") from error
        return Table(shown.queryset, self.export_columns(request))

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Send the list as it is filtered, or have it prepared where it is long."""
        require(request, EXPORT)
        if not self.is_exported or not self.has_view_permission(request):
            raise PermissionDenied
        asked = request.GET.copy()
        for name in NO_FILTER:
            asked.pop(name, None)
        back = HttpResponseRedirect(f"{_page(self.model, 'changelist')}?{asked.urlencode()}".rstrip("?"))
        file_format = request.POST.get("format", "")
        if request.method != "POST" or file_format not in PreparedExport.Format.values:
            return back
        if SEARCH_VAR in asked:
            asked[SEARCH_VAR] = searches.words(request, request.GET[SEARCH_VAR])
        try:
            table = self.table_to_export(request_of(staff(request), asked.urlencode()))
        except ListGoneError:
            self.message_user(request, _("Nothing was exported: the list could not be filtered so."), messages.ERROR)
            return back
        most = AT_ONCE[PreparedExport.Format(file_format)]
        counted = count_to(table.rows, most)
        if counted.is_exact:
            _note(request, self.model, asked, rows=counted.number, format=file_format)
            return _send(table, counted.number, file_format)
        return self._prepare(request, table, asked, file_format) or back

    def _prepare(self, request: HttpRequest, table: Table, asked: Any, file_format: str) -> HttpResponse | None:
        person = staff(request)
        if person.prepared_exports.filter(status__in=PreparedExport.OPEN).count() >= MOST_ASKED:
            said = _("You have asked for %(count)d exports already. Wait for one of them, or cancel one.")
            self.message_user(request, said % {"count": MOST_ASKED}, messages.ERROR)
            return None
        with transaction.atomic():
            export = PreparedExport.objects.create(
                of_list=self.model._meta.label_lower,
                query=asked.urlencode(),
                filters=" ".join(sorted(asked))[:400],
                format=file_format,
                asked_by=person,
                rows_total=_about(table),
            )
            _note(request, self.model, asked, act="export-asked", format=file_format)
        return HttpResponseRedirect(reverse("admin:exports_preparedexport_watch", args=[export.pk]))


def _about(table: Table) -> int:
    """How many rows there may be: of a whole table what PostgreSQL believes, else what it plans for."""
    if not table.rows.query.where:
        return max(estimate(table.rows.model), 0)
    plan = json.loads(table.rows.order_by().values("pk").explain(format="json"))
    return int(plan[0]["Plan"]["Plan Rows"])


def _note(request: HttpRequest, model: type[Model], asked: Any, *, act: str = "exported", **detail: Any) -> None:
    """What was typed to search may be a person's address: the trail keeps by what was filtered, not for what."""
    record(f"list.{act}", target=model(), request=request, detail={"filters": sorted(asked), **detail})


def _send(table: Table, rows: int, file_format: str) -> StreamingHttpResponse:
    format_ = PreparedExport.Format(file_format)
    chunks = _csv(table, rows) if format_ is PreparedExport.Format.CSV else _workbook(table)
    response = StreamingHttpResponse(chunks, content_type=CONTENT_TYPES[format_])
    name = file_name(table.rows.model._meta.label_lower, file_format)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _csv(table: Table, rows: int) -> Iterator[bytes]:
    """A server may end a stream that broke as if it were whole, so the file itself says that it is not."""
    source = Reading(table, connection) if rows <= SHORT else Copying(table, connection)
    try:
        with transaction.atomic() if rows <= SHORT else nullcontext():
            yield from source.csv_chunks()
    except (DatabaseError, InterfaceError, SeparatorError, CopyError):
        logger.exception("an export of %s ended early", table.rows.model._meta.label)
        said = _("THIS FILE IS NOT COMPLETE: the export ended after %(count)d rows. Please export again.")
        yield csv_lines([[said % {"count": source.rows}]]).encode()


def _workbook(table: Table) -> Iterator[bytes]:
    """A workbook is a ZIP, which is whole only at its end: written to a file first."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "list.xlsx"
        with transaction.atomic():
            write_workbook(Reading(table, connection), file)
        with file.open("rb") as written:
            while chunk := written.read(CHUNK_BYTES):
                yield chunk


def _page(model: type[Model], page: str) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")
