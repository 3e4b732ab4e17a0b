"""The open books for scripts: the same figures as the page, to the unit."""

import datetime as dt
from decimal import Decimal
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Schema
from pydantic import Field

from blueheart.api.lists import counted_answer
from blueheart.api.schemas import OneOf, Problem, Wish
from blueheart.tables import csv_text
from donations import ledger_summary, open_books
from donations.api.router import router, with_licence
from donations.models import Account
from donations.open_books import FIGURES, Books, InDollars

CURRENCY = Field(description="The currency of the amounts (ISO 4217).", examples=["EUR"])
MONTH = Field(description="The first day of a month of the books (UTC).", examples=["2026-03-01"])


class Sums(Schema):
    """Every figure of the open books, in the currency's smallest unit."""

    received_minor: int = Field(description="Gifts of money as donors gave them, before fees.", examples=[250000])
    refunds_minor: int = Field(description="What was given back to donors.", examples=[2500])
    disputes_minor: int = Field(description="What donors' banks took back in disputes.", examples=[0])
    net_minor: int = Field(description="Received, less refunds and disputes.", examples=[247500])
    fees_minor: int = Field(description="What Stripe and the bank kept for payments and disputes.", examples=[9800])
    promised_minor: int = Field(
        description="What contributors promised, less what they cancelled, with what they paid beyond a promise.",
        examples=[1000000],
    )
    paid_minor: int = Field(description="What they have paid.", examples=[400000])
    written_off_minor: int = Field(description="Of what was promised, what is no longer expected.", examples=[0])
    outstanding_minor: int = Field(description="Of what was promised, what is still to be paid.", examples=[600000])
    granted_minor: int = Field(
        description="What was paid to organisations as grants, less what they returned.", examples=[60000]
    )
    at_stripe_minor: int = Field(description="What stands on the balance with Stripe.", examples=[147500])
    at_bank_minor: int = Field(description="What stands on the bank accounts.", examples=[430200])
    to_clear_minor: int = Field(description="Payments that are no gift as agreed, until cleared up.", examples=[0])
    in_kind_minor: int = Field(
        description="The fair value of gifts in kind; never to be added to money.", examples=[90000]
    )


class CurrencySums(Sums):
    """The figures of one currency in all."""

    currency: str = CURRENCY
    donations: int = Field(description="How many gifts of money came in.", examples=[102])


class MonthSums(Sums):
    """What happened in one month in one currency; of what stands there, how much stood there at its end."""

    month: dt.date = MONTH
    currency: str = CURRENCY


class RateUsed(Schema):
    """A rate by which amounts were converted."""

    currency: str = Field(description="The currency that was converted (ISO 4217).", examples=["EUR"])
    month: dt.date | None = Field(
        description="The month whose amounts were converted, by its first day; null for what stands there today.",
        examples=["2026-03-01"],
    )
    units_per_usd: Decimal = Field(description="Units of the currency for one US dollar.", examples=["0.92"])
    valid_from: dt.date = Field(description="The day from which the rate was valid.", examples=["2026-03-15"])
    source: str = Field(description="Who published it.", examples=["UN operational rates of exchange"])


class NotConverted(Schema):
    """Amounts that are not in the sums in US dollars, for no rate is stored."""

    currency: str = CURRENCY
    month: dt.date | None = Field(
        description="The month of the amounts, by its first day; null for what stands there today.",
        examples=["2026-01-01"],
    )


class AccountSums(Schema):
    """What was put to both sides of one account in one currency; in each currency both sides add up to the same."""

    account: Annotated[str, OneOf(Account.values)] = Field(
        description="The account of the ledger.", examples=[Account.BANK.value]
    )
    currency: str = CURRENCY
    debits_minor: int = Field(description="What was put to its debit side.", examples=[490200])
    credits_minor: int = Field(description="What was put to its credit side.", examples=[60000])


class LedgerSummary(Schema):
    """The open books of this portal, in test mode: no real money moves."""

    as_of: dt.datetime = Field(description="When this was true, to some seconds.", examples=["2026-03-20T14:05:30Z"])
    test_mode: bool = Field(description="Always true: no real money moves on this portal.", examples=[True])
    by_currency: list[CurrencySums] = Field(description="Every figure of each currency, in all.")
    in_usd: Sums = Field(description="Every figure in US cents, as far as rates are stored.")
    not_converted: list[NotConverted] = Field(description="What is not in the sums in US dollars.")
    rates: list[RateUsed] = Field(description="The rates that were used, of the United Nations.")
    by_month: list[MonthSums] = Field(description="Every figure by month and currency.")
    accounts: list[AccountSums] = Field(description="The accounts of the ledger: the proof.")


def summary_of(books: Books, dollars: InDollars) -> LedgerSummary:
    """The books as the API tells them."""
    return LedgerSummary(
        as_of=books.as_of.replace(microsecond=0),
        test_mode=True,
        by_currency=[_of_currency(books, currency) for currency in books.currencies],
        in_usd=Sums(**{f"{key}_minor": cents for key, cents in dollars.amounts.items()}),
        not_converted=[
            NotConverted(currency=each.currency, month=month) for each in dollars.left_out for month in each.months
        ],
        rates=[
            RateUsed(
                currency=used.currency,
                month=used.month,
                units_per_usd=Decimal(f"{used.rate.units_per_usd.normalize():f}"),
                valid_from=used.rate.valid_from,
                source=used.rate.source,
            )
            for used in dollars.used
        ],
        by_month=list(_by_month(books)),
        accounts=[
            AccountSums(
                account=side.account,
                currency=side.currency,
                debits_minor=side.debits_minor,
                credits_minor=side.credits_minor,
            )
            for proof in books.proofs()
            for side in proof.accounts
        ],
    )


def _of_currency(books: Books, currency: str) -> CurrencySums:
    sums = {f"{figure.key}_minor": books.amount(figure, currency) for figure in FIGURES}
    return CurrencySums(currency=currency, donations=books.donations.get(currency, 0), **sums)


def _by_month(books: Books) -> list[MonthSums]:
    """Months and currencies in which anything was posted."""
    posted = sorted({(side.month, side.currency) for side in books.sides if side.month})
    return [
        MonthSums(
            month=month,
            currency=currency,
            **{f"{figure.key}_minor": books.in_month(figure, currency, month) for figure in FIGURES},
        )
        for month, currency in posted
    ]


EXAMPLE = csv_text(
    ledger_summary.COLUMNS,
    [
        ["figure", "received", "EUR", None, 250000, None, None, None, None, None],
        ["month", "received", "EUR", "2026-03-01", 250000, 271739, "0.92", "2026-03-15", None, None],
        ["account", "DONATION_INCOME", "EUR", None, -250000, None, None, None, 0, 250000],
    ],
)


@router.get(
    "/ledger/summary",
    response={200: LedgerSummary, 400: Problem},
    operation_id="ledger_summary",
    url_name="ledger_summary",
    summary="The open books",
    openapi_extra={"x-csv-example": EXAMPLE},
)
def summary(request: HttpRequest, wish: Query[Wish]) -> HttpResponse:
    """Every figure of the page of open books, with the accounts that prove it and the rates that were used.

    Test mode, this portal: never to be added to what the United Nations published. In CSV each amount has a line.
    """
    books = open_books.read()
    dollars = open_books.in_dollars(books)
    rows = ledger_summary.rows(books, dollars)
    table = csv_text(ledger_summary.COLUMNS, rows) if wish.format == "csv" else ""
    return with_licence(counted_answer(summary_of(books, dollars), wish, csv=table))
