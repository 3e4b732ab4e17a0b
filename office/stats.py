"""`/api/v1/stats`: the tracker's figures for scripts, hearts and money each by itself."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from blueheart.api.lists import counted_answer, mark_of
from blueheart.api.schemas import Problem, Wish, example_of
from blueheart.tables import Cell, csv_text
from donations import open_books
from donations.api.router import with_licence
from donations.open_books import Books, Figure
from office import tracker
from office.tracker import Tracker

router = Router(tags=["Hearts and money"])

CURRENCY = Field(description="The currency of the amounts (ISO 4217).", examples=["USD"])
CSV_COLUMNS = ("about", "currency", "name", "value")


class PledgeStats(Schema):
    """Hearts. A pledge is a promise: it is not a vote and not money."""

    total: int = Field(
        description="Pledges that were confirmed by mail, without those of campaigns that do not show their count yet.",
        examples=[1204],
    )
    countries: int = Field(description="From how many countries there is at least one.", examples=[31])
    fulfilled: int = Field(description="Of them, those whose supporter says that the promise is kept.", examples=[310])
    on_paper: int = Field(
        description="Hearts that groups collected on paper. They are never within `total`.", examples=[85]
    )


class MoneyStats(Schema):
    """Gifts of money in one currency. Test mode: no real money moves."""

    currency: str = CURRENCY
    received_minor: int = Field(
        description="What was given, before fees, in the currency's smallest unit.", examples=[250000]
    )
    refunded_minor: int = Field(description="What went back to donors: refunds and disputes.", examples=[2500])
    net_minor: int = Field(description="Received, less refunded.", examples=[247500])
    donations: int = Field(description="How many gifts came in, each charge of a monthly gift.", examples=[102])


class PromiseStats(Schema):
    """What governments, institutions and companies promised in one currency, and what came of it."""

    currency: str = CURRENCY
    promised_minor: int = Field(
        description="What was promised, less what was cancelled; what was paid beyond a promise counts too.",
        examples=[1000000],
    )
    paid_minor: int = Field(description="What was paid.", examples=[400000])
    outstanding_minor: int = Field(description="What is still to be paid.", examples=[600000])


class GrantStats(Schema):
    """What this portal paid to organisations in one currency."""

    currency: str = CURRENCY
    granted_minor: int = Field(description="What was paid, less what came back.", examples=[60000])
    grants: int = Field(description="How many grants were paid, wholly or in part.", examples=[1])


class Stats(Schema):
    """Hearts and money, side by side and never added up."""

    as_of: dt.datetime = Field(description="When this was true, to some seconds.", examples=["2026-03-20T14:05:30Z"])
    test_mode: bool = Field(description="Always true: no real money moves on this portal.", examples=[True])
    pledges: PledgeStats = Field(description="Hearts.")
    money: list[MoneyStats] = Field(description="Gifts of money, by currency.")
    promised: list[PromiseStats] = Field(description="Promised gifts, by currency.")
    granted: list[GrantStats] = Field(description="Grants of this portal, by currency.")


def stats_of(told: Tracker) -> Stats:
    """The figures of the tracker as the API tells them."""
    books, hearts = told.books, told.hearts
    return Stats(
        as_of=books.as_of.replace(microsecond=0),
        test_mode=True,
        pledges=PledgeStats(
            total=hearts.total, countries=hearts.countries, fulfilled=hearts.fulfilled, on_paper=hearts.on_paper
        ),
        money=[_money(books, currency) for currency in books.currencies_with(open_books.GIFTS[:3])],
        promised=[_promised(books, currency) for currency in books.currencies_with(open_books.PROMISES)],
        granted=[
            GrantStats(
                currency=currency,
                granted_minor=books.amount(open_books.GRANTED, currency),
                grants=told.grants.get(currency, 0),
            )
            for currency in books.currencies_with([open_books.GRANTED])
        ],
    )


def _money(books: Books, currency: str) -> MoneyStats:
    return MoneyStats(
        currency=currency,
        received_minor=books.amount(open_books.RECEIVED, currency),
        refunded_minor=went_back(books, currency),
        net_minor=books.amount(open_books.NET, currency),
        donations=books.donations.get(currency, 0),
    )


def went_back(books: Books, currency: str) -> int:
    """What donors have back: refunds and disputes."""
    return books.amount(open_books.REFUNDS, currency) + books.amount(open_books.DISPUTES, currency)


def _promised(books: Books, currency: str) -> PromiseStats:
    figures: dict[str, Figure] = {
        "promised_minor": open_books.PROMISED,
        "paid_minor": open_books.PAID,
        "outstanding_minor": open_books.OUTSTANDING,
    }
    return PromiseStats(currency=currency, **{name: books.amount(figure, currency) for name, figure in figures.items()})


def mark(told: Tracker) -> str:
    """A name for the tracker's figures, by which a page knows whether they are still its own."""
    return mark_of(stats_of(told))


def as_csv(stats: Stats) -> str:
    """Each figure in a line."""
    rows: list[list[Cell]] = [["pledges", None, name, value] for name, value in stats.pledges]
    for about in ("money", "promised", "granted"):
        for sums in getattr(stats, about):
            rows += [[about, sums.currency, name, value] for name, value in sums if name != "currency"]
    return csv_text(CSV_COLUMNS, rows)


def _example() -> str:
    given: dict[str, Any] = example_of(Stats)
    return as_csv(Stats(**given))


@router.get(
    "/stats",
    response={200: Stats, 400: Problem},
    operation_id="stats",
    summary="Hearts and money",
    openapi_extra={"x-csv-example": _example()},
)
def stats(request: HttpRequest, wish: Query[Wish]) -> HttpResponse:
    """The figures of the tracker: who wears the heart, and what was given, promised and granted on this portal.

    Test mode: the money is never to be added to what the United Nations published, and never to the hearts.
    """
    told = stats_of(tracker.read())
    return with_licence(counted_answer(told, wish, csv=as_csv(told)))
