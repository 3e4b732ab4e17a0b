"""What the pages of the Global Report show, for its readers and for staff who preview a draft."""

from typing import Any

from django.db.models import Q

from campaigns import schema_org
from campaigns.models import DataTable, Fact, ReportEdition
from campaigns.models.reports import DataTableQuerySet


def edition_context(edition: ReportEdition) -> dict[str, Any]:
    """The edition with its key figures, its tables, and the editions before and after it."""
    published = ReportEdition.objects.published()
    return {
        "edition": edition,
        "figures": Fact.objects.published().current().filter(report=edition).with_source(),
        "history": Fact.objects.published().superseded().filter(report=edition).with_source(),
        "tables": with_points(DataTable.objects.published().filter(edition=edition)),
        "earlier": published.filter(year__lt=edition.year).first(),
        "later": published.filter(year__gt=edition.year).last(),
        "linked_data": schema_org.report(edition),
    }


def table_context(table: DataTable) -> dict[str, Any]:
    """The one table, as it stands on the pages of the Global Report."""
    return {"table": table}


def shown_tables() -> DataTableQuerySet:
    """Published tables of no edition, or of one that readers see."""
    is_shown = Q(edition__isnull=True) | Q(edition__in=ReportEdition.objects.published())
    tables: DataTableQuerySet = DataTable.objects.published().filter(is_shown)
    return tables


def with_points(tables: DataTableQuerySet) -> DataTableQuerySet:
    """The tables with what a page prints of them."""
    return tables.with_source().prefetch_related("points")
