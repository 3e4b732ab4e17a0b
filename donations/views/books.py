"""The open books of the portal: what came in, what went out and what is left, as the ledger has it."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from babel.lists import format_list
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from blueheart.languages import babel_locale, page_language
from blueheart.pages import daily_page
from blueheart.tables import csv_download
from campaigns.charts import Chart
from campaigns.printing import when
from donations import ledger_summary, open_books
from donations.books_charts import by_month, currency_name, net_of
from donations.exchange_rates import USD
from donations.open_books import Books, Figure, InDollars

# What happened, month by month, as the tables show it; what stands there is told for today alone.
BY_MONTH = (
    open_books.RECEIVED, open_books.REFUNDS, open_books.DISPUTES, open_books.FEES, open_books.PROMISED,
    open_books.PAID, open_books.GRANTED,
)  # fmt: skip
MONTHS_LISTED = 24


class Amounts(NamedTuple):
    """One row of a table: a currency, or a month, and what each figure comes to."""

    currency: str
    label: str
    cells: list[tuple[Figure, int]]
    donations: int | None = None


class Heap(NamedTuple):
    """Figures that belong together, per currency; `is_gifts` adds the number of gifts."""

    slug: str
    figures: Sequence[Figure]
    rows: list[Amounts]
    is_gifts: bool = False


class Course(NamedTuple):
    """How it went in one currency, month by month: a chart of the last ones, and a table."""

    currency: str
    chart: Chart
    rows: list[Amounts]


@daily_page(query=("format",))
def books(request: HttpRequest) -> HttpResponse:
    """Every public figure of money per currency and in dollars, with its proof; `?format=csv` has all of it."""
    held = open_books.read()
    dollars = open_books.in_dollars(held)
    if request.GET.get("format") == "csv":
        return csv_download("trust-fund-books", ledger_summary.COLUMNS, ledger_summary.rows(held, dollars))
    context = {
        "books": held,
        "heaps": [
            _heap(held, "gifts", open_books.GIFTS),
            _heap(held, "promises", open_books.PROMISES),
            _heap(held, "grants", open_books.SPENT_AND_HELD),
        ],
        "in_dollars": [(figure, dollars.amounts[figure.key]) for figure in open_books.FIGURES],
        "dollars": dollars,
        "left_out": _left_out(dollars),
        "in_dollars_by_month": _dollar_course(held, dollars),
        "courses": [_course(held, currency) for currency in held.currencies_with(BY_MONTH)],
        "most_months": MONTHS_LISTED,
        "proofs": held.proofs(),
    }
    return render(request, "donations/books.html", context)


def _heap(books: Books, slug: str, figures: Sequence[Figure]) -> Heap:
    is_gifts = figures is open_books.GIFTS
    rows = [
        Amounts(
            currency,
            currency_name(currency),
            [(figure, books.amount(figure, currency)) for figure in figures],
            books.donations.get(currency, 0) if is_gifts else None,
        )
        for currency in books.currencies_with(figures)
    ]
    return Heap(slug, figures, rows, is_gifts)


def _left_out(dollars: InDollars) -> list[tuple[str, str]]:
    """Each currency that is not (wholly) in the sums in dollars, and of when no rate is stored."""
    locale = babel_locale(page_language())
    return [
        (each.currency, format_list([_spoken(month) for month in each.months], style="standard", locale=locale))
        for each in dollars.left_out
    ]


def _spoken(month: dt.date | None) -> str:
    return when(month, "month") if month else _("today")


def _course(books: Books, currency: str) -> Course:
    months = books.months[-MONTHS_LISTED:]
    rows = [
        Amounts(
            currency, when(month, "month"), [(figure, books.in_month(figure, currency, month)) for figure in BY_MONTH]
        )
        for month in months
    ]
    return Course(currency, net_of(books, currency), _moved(rows))


def _dollar_course(books: Books, dollars: InDollars) -> Course:
    rows = [
        Amounts(
            USD, when(month, "month"), [(figure, dollars.by_month.get((figure.key, month), 0)) for figure in BY_MONTH]
        )
        for month in books.months[-MONTHS_LISTED:]
    ]
    drawn = {month: dollars.by_month.get((open_books.NET.key, month), 0) for month in books.months}
    return Course(USD, by_month(drawn, USD, name="net-in-dollars"), _moved(rows))


def _moved(rows: list[Amounts]) -> list[Amounts]:
    """Without months in which nothing moved, the latest first."""
    return [row for row in reversed(rows) if any(amount for _figure, amount in row.cells)]
