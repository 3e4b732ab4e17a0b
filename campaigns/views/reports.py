"""The Global Report on Trafficking in Persons: its editions, and the tables of data that charts show."""

from collections.abc import Iterable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from blueheart.pages import public_page
from blueheart.tables import Cell, csv_download
from campaigns import reports
from campaigns.models import DataTable, ReportEdition
from campaigns.models.reports import DataTableQuerySet
from campaigns.printing import as_known, in_page_language
from campaigns.views.query import asked, asks_for_csv
from campaigns.views.tables import SOURCE_COLUMNS, source_cells

EDITION_COLUMNS = (
    "year", "ordinal", "released", "released_precision", "countries_covered", "data_from", "data_to", *SOURCE_COLUMNS,
)  # fmt: skip
POINT_COLUMNS = ("row", "column", "value", "unit", "scope", "period", "population", *SOURCE_COLUMNS)


@public_page(query=("format", "table"), numbers=False)
def report_list(request: HttpRequest) -> HttpResponse:
    """All editions and the tables of all of them; `format=csv` gives the editions, with `table` one table's numbers."""
    editions = list(ReportEdition.objects.published().with_source())
    if asks_for_csv(request):
        return _csv_of_table(request, reports.shown_tables()) or _csv_of_editions("global-reports", editions)
    context = {"editions": editions, "tables": reports.with_points(reports.shown_tables())}
    return render(request, "campaigns/report_list.html", context)


@public_page(query=("format", "table"), numbers=False)
def report_edition(request: HttpRequest, year: int) -> HttpResponse:
    """One edition with its key figures and tables; `format=csv` with `table` gives one table's numbers."""
    edition = get_object_or_404(ReportEdition.objects.published().with_source(), year=year)
    if asks_for_csv(request):
        tables = reports.shown_tables().filter(edition=edition)
        return _csv_of_table(request, tables) or _csv_of_editions(f"global-report-{year}", [edition])
    return render(request, "campaigns/report_edition.html", reports.edition_context(edition))


def _csv_of_table(request: HttpRequest, tables: DataTableQuerySet) -> HttpResponse | None:
    """The numbers of the table that the address names; nothing where it names none."""
    if not (slug := asked(request, "table")):
        return None
    if not (table := tables.filter(slug=slug).with_source().first()):
        raise Http404
    return csv_download(table.slug, POINT_COLUMNS, _cells_of_points(table))


def _cells_of_points(table: DataTable) -> Iterable[list[Cell]]:
    about = [in_page_language(table, name)[0] for name in ("unit", "scope", "period", "population")]
    for point in table.points.all():
        names = [in_page_language(point, "label")[0], in_page_language(point, "series")[0]]
        yield [*names, point.value, *about, *source_cells(table)]


def _csv_of_editions(name: str, editions: Iterable[ReportEdition]) -> HttpResponse:
    return csv_download(name, EDITION_COLUMNS, map(_cells_of_edition, editions))


def _cells_of_edition(edition: ReportEdition) -> list[Cell]:
    return [
        edition.year, in_page_language(edition, "ordinal")[0],
        as_known(edition.released_on, edition.released_precision), edition.released_precision,
        edition.countries_covered, edition.data_from, edition.data_to,
        *source_cells(edition),
    ]  # fmt: skip
