"""The tracker: who wears the heart and what was given, side by side, as of now."""

from decimal import Decimal
from typing import NamedTuple

from babel.numbers import format_decimal
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from blueheart.languages import babel_locale, country_name, is_rtl, page_language
from blueheart.pages import public_page
from campaigns.charts import Chart, Point, draw
from campaigns.printing import when
from donations import books_charts, open_books
from donations.open_books import Books
from office import stats, tracker
from office.tracker import Hearts
from pledges.models import Pledge

MOST_COUNTRIES = 10
MOST_CHARTS = 1  # of the currency with most gifts; the open books have all


class Course(NamedTuple):
    """Gifts of one currency over the months: a chart, and its rows."""

    currency: str
    chart: Chart
    rows: list[tuple[str, int]]


@public_page
def tracker_page(request: HttpRequest) -> HttpResponse:
    """Hearts and money as the API's `stats` has them; a script asks there whether they are still the same."""
    told = tracker.read()
    countries = _countries(told.hearts)
    context = {
        "stats": stats.stats_of(told),
        "mark": stats.mark(told),
        "as_of": told.books.as_of,
        "kinds": _kinds(told.hearts),
        "countries": countries,
        "countries_chart": _chart(countries),
        "courses": [
            _course(told.books, currency)
            for currency in told.books.currencies_with([open_books.RECEIVED])[:MOST_CHARTS]
        ],
        "money_counted": [open_books.RECEIVED, open_books.NET],
        "promised_counted": [open_books.PROMISED, open_books.PAID, open_books.OUTSTANDING],
        "granted_counted": [open_books.GRANTED],
    }
    return render(request, "office/tracker.html", context)


def _kinds(hearts: Hearts) -> list[tuple[str, int]]:
    """How many of each kind of supporter that there is."""
    return [(str(Pledge.Kind(kind).label), count) for kind, count in sorted(hearts.by_kind.items()) if count > 0]


def _countries(hearts: Hearts) -> list[tuple[str, int]]:
    """The countries with the most hearts, and all others together: those of fewer than five are never told apart."""
    named = hearts.shown_countries()[:MOST_COUNTRIES]
    rows = [(country_name(iso2, page_language()), count) for iso2, count in named]
    others = hearts.total - sum(count for _iso2, count in named)
    return [*rows, (_("Other countries"), others)] if others else rows


def _chart(countries: list[tuple[str, int]]) -> Chart:
    language = page_language()
    return draw(
        "bars",
        [Point(name, Decimal(count)) for name, count in countries],
        name="hearts-by-country",
        title=_("Hearts by country"),
        shown=lambda value: str(format_decimal(value, locale=babel_locale(language))),
        rtl=is_rtl(language),
    )


def _course(books: Books, currency: str) -> Course:
    months = books.months[-books_charts.MONTHS_DRAWN :]
    rows = [(when(month, "month"), books.in_month(open_books.NET, currency, month)) for month in months]
    return Course(currency, books_charts.net_of(books, currency), rows)
