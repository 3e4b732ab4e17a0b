"""The API's content: what the site's pages say, for scripts. Numbers of pledges and gifts come from other apps."""

from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar

from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import override
from ninja import P, PathEx, Query, Router, Schema
from pydantic import Field

from blueheart.api.lists import Order, list_answer, row_answer, take
from blueheart.api.schemas import ListWish, OneOf, Page, Problem, Wish, example_of
from blueheart.tables import csv_text
from campaigns import api_rows, reports
from campaigns.api_schemas import (
    CampaignDetail,
    CampaignPage,
    CountryPage,
    CyclePage,
    FactPage,
    GrantPage,
    ReportPage,
    TableOut,
    TablePage,
)
from campaigns.models import Campaign, Country, DataTable, Fact, GrantCycle, PublishedGrant, ReportEdition

router = Router(tags=["Content"])
Row = TypeVar("Row", bound=Model)

COUNTRY = r"^[A-Za-z]{2}$"
A_COUNTRY = "Only rows of this country: its two-letter ISO 3166-1 code."
TABLE_COLUMNS = (
    "slug", "global_report", "topic", "title", "unit", "scope", "period", "population", "label", "series", "value",
    "certainty", "reported_by", "source", "source_url",
)  # fmt: skip


class CampaignWish(ListWish):
    kind: Annotated[str, OneOf(Campaign.Kind.values)] | None = Field(None, description="Only campaigns of this kind.")
    country: str | None = Field(None, pattern=COUNTRY, description=A_COUNTRY, json_schema_extra={"example": "MX"})


class CountryWish(ListWish):
    year: int | None = Field(None, ge=1, le=9999, description="Only those that joined in this year.")


class FactWish(ListWish):
    topic: Annotated[str, OneOf(Fact.Topic.values)] | None = Field(None, description="Only facts about this.")
    country: str | None = Field(None, pattern=COUNTRY, description=A_COUNTRY, json_schema_extra={"example": "NP"})
    year: int | None = Field(None, ge=1, le=9999, description="Only facts that speak of this year.")
    current: bool = Field(False, description="Without those that a newer figure has superseded.")


class ReportWish(ListWish):
    year: int | None = Field(None, ge=1, le=9999, description="Only the edition of this year.")


class TableWish(ListWish):
    topic: Annotated[str, OneOf(DataTable.Topic.values)] | None = Field(None, description="Only tables about this.")
    global_report: int | None = Field(None, ge=1, le=9999, description="Only tables of this year's edition.")


class CycleWish(ListWish):
    year: int | None = Field(None, ge=1, le=9999, description="Only calls announced in this year.")


class GrantWish(ListWish):
    cycle: str | None = Field(None, pattern=r"^[a-z0-9-]{1,80}$", description="Only projects of this call: its slug.")
    country: str | None = Field(None, pattern=COUNTRY, description=A_COUNTRY, json_schema_extra={"example": "NP"})
    year: int | None = Field(None, ge=1, le=9999, description="Only projects of calls announced in this year.")


def _points_as_csv(tables: "Iterable[TableOut]") -> str:
    """One line per number, with all that makes it readable alone."""
    return csv_text(
        TABLE_COLUMNS,
        (
            [
                table.slug, table.global_report, table.topic, table.title, table.unit, table.scope, table.period,
                table.population, point.label, point.series, point.value, table.certainty, table.reported_by,
                f"{table.source.publisher}: {table.source.title}", table.source.url,
            ]
            for table in tables
            for point in table.points
        ),
    )  # fmt: skip


@router.get("/campaigns", response={200: CampaignPage, 400: Problem}, operation_id="campaigns", summary="Campaigns")
def campaigns(request: HttpRequest, wish: Query[CampaignWish]) -> HttpResponse:
    """What people pledge and give for, in the order of their slugs. Their text is in `campaigns/{slug}`."""
    rows = Campaign.objects.published().select_related("parent", "country", "picture")
    rows = rows.filter(kind=wish.kind) if wish.kind else rows
    rows = rows.filter(country__iso2=wish.country.upper()) if wish.country else rows
    return _listed(request, rows, Order("slug"), wish, CampaignPage, api_rows.campaign_out)


@router.get(
    "/campaigns/{slug:slug}",
    response={200: CampaignDetail, 400: Problem, 404: Problem},
    operation_id="campaign",
    summary="One campaign",
)
def campaign(
    request: HttpRequest,
    slug: PathEx[str, P(description="The campaign’s name in addresses.", example="blue-heart")],
    wish: Query[Wish],
) -> HttpResponse:
    """A campaign with its text, its parts and its facts."""
    row = get_object_or_404(Campaign.objects.published().for_its_page(), slug=slug)
    children = Campaign.objects.published().filter(parent=row).only("slug").order_by("slug")
    facts = Fact.objects.published().filter(pk__in=row.related_facts.values("pk")).only("slug").order_by("slug")
    with override(wish.lang):
        return row_answer(api_rows.campaign_detail(row, children, facts), wish)


@router.get("/countries", response={200: CountryPage, 400: Problem}, operation_id="countries", summary="Countries")
def countries(request: HttpRequest, wish: Query[CountryWish]) -> HttpResponse:
    """Countries that adopted the Blue Heart, in the order of their codes: those we know a source for."""
    rows = Country.objects.published().with_source()
    rows = rows.filter(joined_on__year=wish.year) if wish.year else rows
    with override(wish.lang):
        page = take(request, rows, Order("iso2"), wish)
        facts = api_rows.facts_in(page.rows, "story")
        items = [api_rows.country_out(row, facts) for row in page.rows]
        return list_answer(request, CountryPage(count=page.total, next=page.next, items=items), wish)


@router.get("/facts", response={200: FactPage, 400: Problem}, operation_id="facts", summary="Facts and figures")
def facts(request: HttpRequest, wish: Query[FactWish]) -> HttpResponse:
    """Figures with scope, year and source, in the order of their slugs; superseded ones too, as history."""
    rows = Fact.objects.published().with_source().select_related("report")
    rows = rows.filter(topic=wish.topic) if wish.topic else rows
    rows = rows.filter(iso2=wish.country.upper()) if wish.country else rows
    rows = rows.filter(year=wish.year) if wish.year else rows
    rows = rows.current() if wish.current else rows
    return _listed(request, rows, Order("slug"), wish, FactPage, api_rows.fact_out)


@router.get(
    "/global-reports",
    response={200: ReportPage, 400: Problem},
    operation_id="global_reports",
    summary="Editions of the Global Report",
)
def global_reports(request: HttpRequest, wish: Query[ReportWish]) -> HttpResponse:
    """Editions of UNODC's Global Report on Trafficking in Persons with their tables, the newest first."""
    tables = DataTable.objects.published().with_source().prefetch_related("points")
    figures = Fact.objects.published().only("slug", "report_id").order_by("slug")
    rows = ReportEdition.objects.published().with_source()
    rows = rows.prefetch_related(Prefetch("tables", tables), Prefetch("key_figures", figures))
    rows = rows.filter(year=wish.year) if wish.year else rows
    return _listed(request, rows, Order("-year"), wish, ReportPage, api_rows.report_out)


@router.get(
    "/data-tables",
    response={200: TablePage, 400: Problem},
    operation_id="data_tables",
    summary="Tables of numbers",
    openapi_extra={"x-csv-example": _points_as_csv([TableOut(**example_of(TableOut))])},
)
def data_tables(request: HttpRequest, wish: Query[TableWish]) -> HttpResponse:
    """The numbers behind the charts, in the order of their slugs. In CSV each number has a line of its own."""
    rows: QuerySet[DataTable] = (
        reports.shown_tables().with_source().select_related("edition").prefetch_related("points")
    )
    rows = rows.filter(topic=wish.topic) if wish.topic else rows
    rows = _of_edition(rows, wish.global_report) if wish.global_report else rows
    with override(wish.lang):
        page = take(request, rows, Order("slug"), wish)
        items = [api_rows.table_out(row, row.edition) for row in page.rows]
        answer = TablePage(count=page.total, next=page.next, items=items)
        return list_answer(request, answer, wish, csv=lambda: _points_as_csv(items))


@router.get("/grants", response={200: GrantPage, 400: Problem}, operation_id="grants", summary="Published grants")
def grants(request: HttpRequest, wish: Query[GrantWish]) -> HttpResponse:
    """Projects of the UN Trust Fund that were published one by one, in the order of their slugs.

    Real money and history: never to be added to what was given on this portal, which is in test mode.
    """
    rows = PublishedGrant.objects.published().with_source().select_related("cycle")
    rows = rows.filter(cycle__slug=wish.cycle) if wish.cycle else rows
    rows = rows.filter(iso2=wish.country.upper()) if wish.country else rows
    rows = rows.filter(cycle__announced_on__year=wish.year) if wish.year else rows
    return _listed(request, rows, Order("slug"), wish, GrantPage, api_rows.grant_out)


@router.get(
    "/grants/cycles",
    response={200: CyclePage, 400: Problem},
    operation_id="grant_cycles",
    summary="Calls of the Trust Fund",
)
def grant_cycles(request: HttpRequest, wish: Query[CycleWish]) -> HttpResponse:
    """Calls for proposals and what came of them, in the order of their slugs.

    Some have parts that were published apart, and of others nothing is known: their sums cannot be added up.
    """
    rows = GrantCycle.objects.published().with_source()
    rows = rows.filter(announced_on__year=wish.year) if wish.year else rows
    return _listed(request, rows, Order("slug"), wish, CyclePage, api_rows.cycle_out)


def _of_edition(tables: "QuerySet[DataTable]", year: int) -> "QuerySet[DataTable]":
    return tables.filter(edition__in=ReportEdition.objects.published().filter(year=year))


def _listed(
    request: HttpRequest,
    rows: "QuerySet[Row]",
    order: Order,
    wish: ListWish,
    page: Callable[..., Page],
    told: Callable[[Row], Schema],
) -> HttpResponse:
    """One page of a list whose rows need nothing but themselves to be told."""
    with override(wish.lang):
        taken = take(request, rows, order, wish)
        items = [told(row) for row in taken.rows]
        return list_answer(request, page(count=taken.total, next=taken.next, items=items), wish)
