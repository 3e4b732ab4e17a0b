"""The numbers of a data table from a CSV file: looked at, put in the place of those it has, and taken back."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from blueheart.imports.importer import SHOWN, Acting, Importer, Preview, Written, register
from blueheart.imports.models import FileImport
from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES
from blueheart.refusals import RefusedError
from blueheart.tables import csv_download
from blueheart.trail.record import record
from campaigns import search, table_import
from campaigns.data_tables import points_of, replace_points
from campaigns.models import DataTable


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"), help_text=gettext_lazy("UTF-8, at most 256 KB and 2,000 rows.")
    )


def _table(target: str) -> DataTable | None:
    return DataTable.objects.filter(pk=target).first() if target.isdecimal() else None


def _read(file: FileImport) -> Preview:
    points, problems = table_import.read(bytes(file.content))
    if problems:
        return Preview(problems=problems[:SHOWN], problem_count=len(problems))
    table = _table(file.target)
    replaced = table.points.count() if table else 0
    return Preview(
        columns=(_("Row"), _("Column"), _("Value")),
        rows=[_as_row(point) for point in points[:SHOWN]],
        total=len(points),
        facts=[(_("Numbers that they take the place of"), replaced)],
    )


def _as_row(point: dict[str, str]) -> tuple[str, str, str]:
    names = [
        point.get(table_import.column_of(name, DEFAULT_LANGUAGE), "")
        for name in (table_import.ROW, table_import.COLUMN)
    ]
    return names[0], names[1] or "–", point["value"]


def _write(file: FileImport, acting: Acting) -> Written:
    table = _locked(file, acting)
    points, _problems = table_import.read(bytes(file.content))
    before = points_of(table)
    _replace(table, points, "numbers imported from a file")
    detail = {"file": file.file_name, "rows": len(points), "sha256": file.digest}
    record("data-table.imported", target=table, request=acting.request, detail=detail)
    said = ngettext("The table has its new number.", "The table has its %(count)s new numbers.", len(points))
    return Written(said % {"count": len(points)}, row=table, result={"before": before, "after": points_of(table)})


def _undo(file: FileImport, acting: Acting, why: str) -> None:
    """Not over numbers that came later: they would be lost."""
    table = _locked(file, acting)
    if points_of(table) != file.result["after"]:
        raise RefusedError(_("The table has other numbers by now. Restore a version of the table instead."))
    _replace(table, file.result["before"], "import of numbers undone")
    record("data-table.import-undone", target=table, why=why, request=acting.request)


def _locked(file: FileImport, acting: Acting) -> DataTable:
    """The table, where this person may change it now."""
    table: DataTable | None = DataTable.objects.select_for_update(of=("self",)).filter(pk=file.target).first()
    if table is None:
        raise RefusedError(_("The table is not there any more."))
    is_published = table.status == DataTable.Status.PUBLISHED
    if is_published and not acting.by.has_perm("campaigns.publish_datatable"):
        raise RefusedError(_("The table is published: its numbers are changed by those who may publish."))
    return table


def _replace(table: DataTable, points: list[dict[str, Any]], reason: str) -> None:
    replace_points(table, points)
    table._change_reason = reason  # type: ignore[attr-defined]  # django-simple-history's
    table.save(update_fields=["updated_at"])
    search.index_row(table)


def _example(target: str) -> HttpResponse:
    """The file to fill in: the columns that an import knows, with the numbers that the table has now."""
    table = _table(target)
    names = [(column, code) for code, _name in LANGUAGES for column in (table_import.ROW, table_import.COLUMN)]
    headings = [name if code == DEFAULT_LANGUAGE else f"{name}_{code}" for name, code in names]
    rows = [
        [getattr(point, table_import.column_of(name, code)) or "" for name, code in names] + [point.value]
        for point in (table.points.all() if table else [])
    ]
    return csv_download(table.slug if table else "table", [*headings, table_import.VALUE], rows)


register(
    Importer(
        kind="data-table",
        label=gettext_lazy("Numbers of a data table"),
        explained=gettext_lazy(
            "The first line names the columns: “row” and “value”, and “column” where the table has several. One number"
            " stands in each line below it."
        ),
        permission="campaigns.change_datatable",
        form=UploadForm,
        most_bytes=table_import.MOST_BYTES,
        read=_read,
        write=_write,
        undo=_undo,
        confirm_label=gettext_lazy("Replace the numbers"),
        into=_table,
        example=_example,
    )
)
