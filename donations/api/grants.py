"""This portal's own grants for scripts. The published ones, real money and history, are `campaigns.api`'s."""

import datetime as dt
from typing import Annotated

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import override
from ninja import Query, Schema
from pydantic import Field

from blueheart.api.lists import Order, list_answer, take
from blueheart.api.schemas import Language, ListWish, OneOf, Page, Problem
from blueheart.languages import country_name
from donations.api.router import router, with_licence
from donations.models import Grant

SHOWN = [status.value for status in Grant.SIGNED]


class OwnGrantWish(ListWish):
    country: str | None = Field(
        None,
        pattern=r"^[A-Za-z]{2}$",
        description="Only rows of this country: its two-letter ISO 3166-1 code.",
        json_schema_extra={"example": "NP"},
    )
    currency: str | None = Field(
        None, pattern=r"^[A-Za-z]{3}$", description="Only grants in this currency (ISO 4217).",
        json_schema_extra={"example": "USD"},
    )  # fmt: skip


class OwnGrantOut(Schema):
    """A grant of this portal's, in test mode: no real money, and no part of what the United Nations published."""

    reference: str = Field(description="Its name, for ever.", examples=["7hk2mq9wzx3d"])
    test_mode: bool = Field(description="Always true: no real money moves on this portal.", examples=[True])
    organisation: str | None = Field(
        description="Who receives it; null where a name would lead perpetrators to a shelter.", examples=[None]
    )
    country: str = Field(description="Where the work is done: its ISO 3166-1 code.", examples=["NP"])
    country_name: str = Field(description="Its name, as the United Nations write it.", examples=["Nepal"])
    purpose: str = Field(description="What for.", examples=["A safe house and legal help."])
    purpose_language: Language = Field(description="The language of the purpose.", examples=["en"])
    currency: str = Field(description="The currency of the three amounts (ISO 4217).", examples=["USD"])
    granted_minor: int = Field(description="What was granted, in the currency's smallest unit.", examples=[100000])
    paid_minor: int = Field(description="What left our bank for it so far.", examples=[60000])
    returned_minor: int = Field(description="What came back of it so far.", examples=[0])
    starts_on: dt.date = Field(description="The first day of its period.", examples=["2026-03-01"])
    ends_on: dt.date = Field(description="The last day of its period.", examples=["2027-02-28"])
    approved_on: dt.date = Field(
        description="The day (UTC) on which the second person signed.", examples=["2026-02-20"]
    )
    state: Annotated[str, OneOf(SHOWN)] = Field(
        description="`closed`: nothing more is paid.", examples=[Grant.Status.APPROVED.value]
    )
    url: str = Field(
        description="Its place on the site.",
        examples=["https://blueheart.example/en/trust-fund/grants/?country=np#grant-7hk2mq9wzx3d"],
        json_schema_extra={"format": "uri"},
    )


class OwnGrantPage(Page):
    items: list[OwnGrantOut]


@router.get(
    "/grants/portal",
    response={200: OwnGrantPage, 400: Problem},
    operation_id="own_grants",
    summary="Grants of this portal, in test mode",
)
def own_grants(request: HttpRequest, wish: Query[OwnGrantWish]) -> HttpResponse:
    """Grants that two persons of this portal signed, the newest first, with what was paid and what came back.

    Test mode: never to be added to `grants` and `grants/cycles`, which are real money and history. All gifts go into
    one Fund: no gift belongs to one grant.
    """
    rows = Grant.objects.shown().with_money().select_related("organisation")
    rows = rows.filter(country=wish.country.upper()) if wish.country else rows
    rows = rows.filter(currency=wish.currency.upper()) if wish.currency else rows
    with override(wish.lang):
        taken = take(request, rows, Order("-pk"), wish)
        items = [grant_out(row, wish.lang) for row in taken.rows]
        page = OwnGrantPage(count=taken.total, next=taken.next, items=items)
        return with_licence(list_answer(request, page, wish))


def grant_out(grant: Grant, language: str) -> OwnGrantOut:
    """Its organisation and `with_money` must be loaded with it."""
    page = f"{settings.SITE_URL}{reverse('donations:grants')}"
    assert grant.approved_on  # noqa: S101 -- a constraint: what is shown has both signatures
    return OwnGrantOut(
        reference=grant.public_id,
        test_mode=True,
        organisation=grant.organisation.public_name or None,
        country=grant.country,
        country_name=country_name(grant.country, language),
        purpose=grant.purpose,
        purpose_language=grant.language,
        currency=grant.currency,
        granted_minor=grant.amount_minor,
        paid_minor=grant.paid_minor,
        returned_minor=grant.returned_minor,
        starts_on=grant.starts_on,
        ends_on=grant.ends_on,
        approved_on=grant.approved_on,
        state=grant.status,
        url=f"{page}?country={grant.country.lower()}#grant-{grant.public_id}",
    )
