"""The hearts of the wall, for scripts: what anyone may see of them, and nothing else."""

import datetime as dt
from typing import Annotated

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import override
from ninja import Query, Schema
from pydantic import Field

from blueheart.api.lists import list_answer, take_uncounted
from blueheart.api.schemas import ListWish, OneOf, Page, Problem
from pledges import wall
from pledges.api.router import CAMPAIGN, asked_for, router
from pledges.models import CountryTally, Pledge
from pledges.wall import Heart

Kind = Annotated[str, OneOf(Pledge.Kind.values)]
Way = Annotated[str, OneOf(Pledge.Way.values)]


class PledgeWish(ListWish):
    campaign: str | None = CAMPAIGN
    country: str | None = Field(
        None,
        pattern=r"^[A-Za-z]{2}$",
        description=(
            "Only hearts that say they are from this country: its two-letter ISO 3166-1 code. Of a country with fewer "
            "than five, those are the named ones."
        ),
        json_schema_extra={"example": "PT"},
    )
    kind: Kind | None = Field(None, description="Only hearts of people, of organisations or of authorities.")


class PledgeOut(Schema):
    """One heart of the wall. A pledge is a promise: it is not a vote and not money."""

    public_id: str = Field(description="Its reference, for ever.", examples=["7hk2mq9wzx"])
    number: int = Field(
        description="Drawn from a sequence when it was confirmed. It is no count: some numbers are never given.",
        examples=[1204],
    )
    name: str | None = Field(
        description="The public name that the supporter chose; null without one.", examples=["Sam"]
    )
    country: str | None = Field(
        description="ISO 3166-1 code; null for an unnamed heart from a country with fewer than five.", examples=["PT"]
    )
    kind: Kind = Field(description="Whose heart it is.", examples=[Pledge.Kind.PERSON.value])
    campaign: str | None = Field(
        description="The slug of its campaign; null where that is no longer published.", examples=["blue-heart"]
    )
    way: Way = Field(description="How they wear the heart.", examples=[Pledge.Way.PIN.value])
    words: str | None = Field(
        description="What they say, once a person has read and approved it; null otherwise.",
        examples=["For my daughters."],
    )
    confirmed_at: dt.datetime = Field(description="When it was confirmed.", examples=["2026-03-20T14:05:30Z"])
    url: str = Field(
        description="Its page.",
        examples=["https://blueheart.example/en/hearts/7hk2mq9wzx/"],
        json_schema_extra={"format": "uri"},
    )
    picture: str = Field(
        description="A picture of it to share (PNG).",
        examples=["https://blueheart.example/en/hearts/7hk2mq9wzx/card.png"],
        json_schema_extra={"format": "uri"},
    )


class PledgePage(Page):
    items: list[PledgeOut]


@router.get(
    "/pledges",
    response={200: PledgePage, 400: Problem, 404: Problem},
    operation_id="pledges",
    summary="Hearts of the wall",
)
def pledges(request: HttpRequest, wish: Query[PledgeWish]) -> HttpResponse:
    """Confirmed pledges as the wall shows them, the newest first.

    `count` is null: millions of rows are not counted for a page. `stats` and `pledges/by-country` tell the totals,
    which hearts that staff have hidden are part of. While staff hide the whole wall, names and words are null.
    """
    choice = wall.Choice(country=(wish.country or "").upper(), campaign=asked_for(wish.campaign), kind=wish.kind or "")
    countries = CountryTally.objects.countries_shown() if choice.country else ()

    def older_than(number: int | None) -> QuerySet[Pledge]:
        return choice.older_than(wall.NO_NUMBER if number is None else number, countries).select_related("campaign")

    taken = take_uncounted(request, older_than, number_of, wish)
    with override(wish.lang):
        items = [pledge_out(heart) for heart in wall.hearts(taken.rows)]
        return list_answer(request, PledgePage(count=taken.total, next=taken.next, items=items), wish)


def number_of(pledge: Pledge) -> int:
    """Its number, which a constraint gives every confirmed pledge, with the day."""
    assert pledge.number is not None  # noqa: S101
    return pledge.number


def pledge_out(heart: Heart) -> PledgeOut:
    """The heart as anyone may know it."""
    pledge = heart.pledge
    assert pledge.confirmed_at is not None  # noqa: S101
    return PledgeOut(
        public_id=pledge.public_id,
        number=number_of(pledge),
        name=heart.public_name or None,
        country=heart.country or None,
        kind=pledge.kind,
        campaign=pledge.campaign.slug if pledge.campaign.is_public else None,
        way=pledge.way,
        words=heart.words or None,
        confirmed_at=pledge.confirmed_at.replace(microsecond=0),
        url=settings.SITE_URL + pledge.get_absolute_url(),
        picture=settings.SITE_URL + reverse("pledges:heart_card", args=[pledge.public_id]),
    )
