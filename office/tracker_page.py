"""The tracker: who wears the heart and what was given, side by side, as of now."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from babel.dates import format_skeleton
from babel.numbers import format_decimal
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from blueheart.days import utc_today
from blueheart.languages import babel_locale, country_name, is_rtl, page_language
from blueheart.pages import daily_page
from campaigns.charts import Chart, Kind, Point, draw
from campaigns.printing import when
from donations import books_charts, open_books
from donations.open_books import Books
from office import stats, tracker
from office.tracker import Hearts
from pledges import figures
from pledges.models import Pledge

MOST_COUNTRIES = 10
MOST_MILESTONES = 3
DAYS_DRAWN = 30
MOST_CHARTS = 1  # of the currency with most gifts; the open books have all


class Course(NamedTuple):
    """Gifts of one currency over the months: a chart, and its rows."""

    currency: str
    chart: Chart
    rows: list[tuple[str, int]]


@daily_page
def tracker_page(request: HttpRequest) -> HttpResponse:
    """Hearts and money as the API's `stats` has them; a script asks there whether they are still the same."""
    told = tracker.read()
    countries, days = _countries(told.hearts), _days()
    context = {
        "stats": stats.stats_of(told),
        "mark": stats.mark(told),
        "as_of": told.books.as_of,
        "kinds": _kinds(told.hearts),
        "countries": countries,
        "countries_chart": _countries_chart(countries),
        "days": [(when(day), count) for day, count in days.items()] if any(days.values()) else [],
        "days_chart": _days_chart(days),
        "milestones": figures.milestones(most=MOST_MILESTONES),
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


def _days() -> dict[dt.date, int]:
    today = utc_today()
    return figures.by_day(today - dt.timedelta(days=DAYS_DRAWN - 1), today)


def _countries_chart(countries: list[tuple[str, int]]) -> Chart:
    points = [Point(name, Decimal(count)) for name, count in countries]
    return _chart("bars", points, name="hearts-by-country", title=_("Hearts by country"))


def _days_chart(days: dict[dt.date, int]) -> Chart:
    locale = babel_locale(page_language())
    points = [Point(format_skeleton("MMMd", day, locale=locale), Decimal(count)) for day, count in days.items()]
    return _chart("columns", points, name="hearts-by-day", title=_("Hearts by day"))


def _chart(kind: Kind, points: list[Point], *, name: str, title: str) -> Chart:
    language = page_language()
    return draw(
        kind,
        points,
        name=name,
        title=title,
        shown=lambda value: str(format_decimal(value, locale=babel_locale(language))),
        rtl=is_rtl(language),
    )


def _course(books: Books, currency: str) -> Course:
    months = books.months[-books_charts.MONTHS_DRAWN :]
    rows = [(when(month, "month"), books.in_month(open_books.NET, currency, month)) for month in months]
    return Course(currency, books_charts.net_of(books, currency), rows)
