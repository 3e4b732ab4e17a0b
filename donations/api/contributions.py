"""What contributors promised and paid, for scripts: the same rows as the page of contributions."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Schema
from pydantic import Field

from blueheart.api.lists import list_answer, take_made
from blueheart.api.schemas import ListWish, OneOf, Page, Problem
from donations.api.router import router
from donations.contributions import Contribution, all_contributions
from donations.models import Contributor

Kind = Annotated[str, OneOf(Contributor.Kind.values)]


class ContributionWish(ListWish):
    year: int | None = Field(None, ge=1, le=9999, description="Only what counts in this year.")
    kind: Kind | None = Field(None, description="Only contributors of this kind.")
    country: str | None = Field(
        None,
        pattern=r"^[A-Za-z]{2}$",
        description="Only the government of this country: its two-letter ISO 3166-1 code.",
        json_schema_extra={"example": "BE"},
    )
    currency: str | None = Field(
        None, pattern=r"^[A-Za-z]{3}$", description="Only what was promised or paid in this currency (ISO 4217).",
        json_schema_extra={"example": "USD"},
    )  # fmt: skip


class ContributionOut(Schema):
    """What one contributor promised for one year in one currency, and what came of it. Test mode: no real money."""

    test_mode: bool = Field(description="Always true: no real money moves on this portal.", examples=[True])
    year: int = Field(
        description="Of the day on which instalments are due; beyond all promises, of the day of the payment.",
        examples=[2026],
    )
    contributor: str | None = Field(
        description="Its reference, for ever; null for those who are not named in public, who share a row.",
        examples=["7hk2mq9wzx3d"],
    )
    kind: Kind = Field(description="What it is.", examples=[Contributor.Kind.GOVERNMENT.value])
    country: str | None = Field(description="Of a government, its ISO 3166-1 code.", examples=["BE"])
    name: str | None = Field(
        description="Of a government, its country, as the United Nations write it; null for those who are not named.",
        examples=["Belgium"],
    )
    currency: str = Field(description="The currency of the amounts (ISO 4217).", examples=["USD"])
    promised_minor: int = Field(
        description="What was promised, less what was cancelled, in the currency's smallest unit; with `beyond_minor`.",
        examples=[1000000],
    )
    paid_minor: int = Field(description="What was paid, whenever it came; with `beyond_minor`.", examples=[400000])
    beyond_minor: int = Field(description="Of both: what was paid beyond all promises.", examples=[0])
    outstanding_minor: int = Field(description="What is still to come.", examples=[600000])
    written_off_minor: int = Field(description="What is no longer expected to come.", examples=[0])


class ContributionPage(Page):
    items: list[ContributionOut]


@router.get(
    "/contributions",
    response={200: ContributionPage, 400: Problem},
    operation_id="contributions",
    summary="Promised gifts and contributions on this portal, in test mode",
)
def contributions(request: HttpRequest, wish: Query[ContributionWish]) -> HttpResponse:
    """What governments, institutions and companies promised and paid, by year, currency and contributor.

    Test mode, this portal: never to be added to what the United Nations published. In each currency, all rows add up
    to `promised`, `paid`, `outstanding` and `written_off` of the open books; currencies are never added up.
    """
    found = [row for row in all_contributions() if _is_wanted(row, wish)]
    taken = take_made(request, found, lambda row: row.key, wish)
    items = [contribution_out(row, wish.lang) for row in taken.rows]
    return list_answer(request, ContributionPage(count=taken.total, next=taken.next, items=items), wish)


def contribution_out(row: Contribution, language: str) -> ContributionOut:
    return ContributionOut(
        test_mode=True,
        year=row.year,
        contributor=row.whose.public_id or None,
        kind=row.whose.kind,
        country=row.whose.iso2 or None,
        name=row.name_in(language) or None,
        currency=row.currency,
        promised_minor=row.amounts.promised_minor,
        paid_minor=row.amounts.paid_minor,
        beyond_minor=row.amounts.beyond_minor,
        outstanding_minor=row.amounts.outstanding_minor,
        written_off_minor=row.amounts.written_off_minor,
    )


def _is_wanted(row: Contribution, wish: ContributionWish) -> bool:
    wanted = (
        (wish.year, row.year),
        (wish.kind, row.whose.kind),
        (wish.country and wish.country.upper(), row.whose.iso2),
        (wish.currency and wish.currency.upper(), row.currency),
    )
    return all(not wish_for or wish_for == is_ for wish_for, is_ in wanted)
