"""Charts of the open books, for pages of any app."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from babel.numbers import get_currency_name
from django.utils.translation import gettext as _

from blueheart.languages import babel_locale, is_rtl, page_language
from blueheart.money import format_amount
from campaigns.charts import Chart, Point, draw
from campaigns.printing import when
from donations import open_books
from donations.open_books import Books

MONTHS_DRAWN = 12


def currency_name(currency: str) -> str:
    """The currency as the page's language calls it."""
    return str(get_currency_name(currency, locale=babel_locale(page_language())))


def net_of(books: Books, currency: str) -> Chart:
    """Gifts of the last months in one currency, less refunds and disputes."""
    net = {month: books.in_month(open_books.NET, currency, month) for month in books.months}
    return by_month(net, currency, name=f"net-{currency.lower()}")


def by_month(amounts: Mapping[dt.date, int], currency: str, *, name: str) -> Chart:
    """Net gifts of the last months as bars."""
    language = page_language()
    points = [Point(when(month, "month"), Decimal(amounts[month])) for month in sorted(amounts)[-MONTHS_DRAWN:]]
    return draw(
        "bars",
        points,
        name=name,
        title=_("Gifts, less refunds and disputes, by month: %(currency)s") % {"currency": currency_name(currency)},
        shown=lambda value: format_amount(int(value), currency, language),
        rtl=is_rtl(language),
    )
