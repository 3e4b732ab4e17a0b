"""How many wear the heart, by country."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import override
from ninja import Query, Schema
from pydantic import Field

from blueheart.api.lists import counted_answer, items_as_csv
from blueheart.api.schemas import Problem, Wish, example_of
from blueheart.languages import country_name
from pledges import figures
from pledges.api.router import CAMPAIGN, asked_for, router
from pledges.models.tallies import SMALLEST_COUNTRY

OTHER = "other"
FEW = f"<{SMALLEST_COUNTRY}"


class ByCountryWish(Wish):
    campaign: str | None = CAMPAIGN


class CountryHearts(Schema):
    """The hearts of one country, or of all others together."""

    country: str = Field(
        description="ISO 3166-1 code; `other` for all countries together whose count is not told.", examples=["PT"]
    )
    name: str = Field(
        description="Its name in the language asked for, as the United Nations write it.", examples=["Portugal"]
    )
    count: int | None = Field(
        description="How many pledges were confirmed; null for fewer than five, and for none.", examples=[12]
    )
    count_shown: str | None = Field(
        description="The same to print: `<5` for fewer than five, and for none.", examples=["12"]
    )


class ByCountry(Schema):
    """Hearts by country. A pledge is a promise: it is not a vote and not money."""

    total: int | None = Field(description="All of them; null where the campaign hides its count.", examples=[12])
    shown_from: int | None = Field(
        description="Of a campaign that hides its count: from how many hearts on it is shown.", examples=[None]
    )
    items: list[CountryHearts]


def _example() -> str:
    return items_as_csv(CountryHearts, [CountryHearts(**example_of(CountryHearts))])


@router.get(
    "/pledges/by-country",
    response={200: ByCountry, 400: Problem, 404: Problem},
    operation_id="pledges_by_country",
    summary="Hearts by country",
    openapi_extra={"x-csv-example": _example()},
)
def pledges_by_country(request: HttpRequest, wish: Query[ByCountryWish]) -> HttpResponse:
    """Confirmed pledges by the country that supporters say they are from: every country there is, in one answer.

    A country with one to four hearts says `<5`, as one with none does, so that it points at nobody; the last row,
    `other`, is all of these together. The counts add up to `total`. With `campaign`, a country says `<5` also where
    another campaign has one to four hearts there. Campaigns that do not show their count yet are left out of the whole.
    """
    campaign = asked_for(wish.campaign)
    of_whom = figures.read(campaign)
    with override(wish.lang):
        if of_whom.is_shown:
            counted = figures.by_country(campaign)
            rows = [_row(iso2, counted.of(iso2), wish.lang) for iso2 in figures.all_countries()]
            other = CountryHearts(
                country=OTHER, name=_("Other countries"), count=counted.other, count_shown=str(counted.other)
            )
            answer = ByCountry(total=counted.total, shown_from=None, items=[*rows, other])
        else:
            answer = ByCountry(total=None, shown_from=of_whom.shown_from, items=[])
        return counted_answer(answer, wish, csv=items_as_csv(CountryHearts, answer.items))


def _row(iso2: str, count: int | None, language: str) -> CountryHearts:
    shown = FEW if count is None else str(count)
    return CountryHearts(country=iso2, name=country_name(iso2, language), count=count, count_shown=shown)
