"""How it goes: hearts and gifts by day and by month, and how far the running campaigns have come.

Drawn from tallies and from the windows of the books, never from hearts or gifts themselves. Hearts and money stand side
by side and are never added to each other.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from babel.dates import format_skeleton
from babel.numbers import format_decimal
from django.db.models import BigIntegerField, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blueheart.days import utc_today
from blueheart.languages import babel_locale, is_rtl, page_language
from blueheart.money import format_amount
from campaigns.charts import Chart, Point, draw
from campaigns.models import Campaign
from campaigns.printing import when
from donations import open_books
from donations.books_charts import currency_name
from donations.models import BooksTotal, DayTotal, LedgerTotal
from donations.open_books import Figure
from pledges.models import CampaignTally, PledgeDay

DAYS = 30
MOST_GOALS = 8
BIG = BigIntegerField()
OF_GIFTS = (open_books.RECEIVED, open_books.REFUNDS, open_books.DISPUTES, open_books.FEES)
ACCOUNTS = {account for figure in OF_GIFTS for account in figure.weights}

Shown = Callable[[int], str]


@dataclass(frozen=True)
class Course:
    """Something over time: a chart of its first column, and a table of all of them."""

    chart: Chart
    columns: Sequence[str | Promise]
    rows: Sequence[tuple[str, Sequence[str]]]
    total: Sequence[str]
    is_empty: bool


class Goal(NamedTuple):
    """How far one campaign has come: what it has, what it hopes for, and both as a share of the goal for a bar."""

    campaign: str
    reached: str
    hoped: str
    done: int

    @property
    def bar(self) -> int:
        """What a bar of a hundred can show."""
        return min(self.done, 100)


@dataclass(frozen=True)
class Money:
    """Gifts in one currency, and the other currencies that could be looked at."""

    currency: str
    currencies: Sequence[str]
    days: Course
    months: Course


class Sums(NamedTuple):
    """What the ledger holds for one campaign, or for none, in one currency."""

    campaign: int | None
    currency: str
    net_minor: int
    gifts: int


def hearts() -> tuple[Course, Course]:
    """Hearts by day for thirty days and by month for this year; one query."""
    today = utc_today()
    first = min(today - dt.timedelta(days=DAYS - 1), today.replace(month=1, day=1))
    rows = PledgeDay.objects.filter(day__range=(first, today)).order_by().values_list("day")
    counted = {(day, ""): int(count) for day, count in rows.annotate(count=Sum("confirmed"))}
    months: dict[tuple[dt.date, str], int] = defaultdict(int)
    for (day, _column), count in counted.items():
        months[day.replace(day=1), ""] += count
    heading = _("Hearts")
    return (
        _course("office-hearts-days", _("Hearts by day"), _last_days(today), counted, {"": heading}, _count),
        _course("office-hearts-months", _("Hearts by month"), _months(today), months, {"": heading}, _count),
    )


def sums() -> list[Sums]:
    """What was given for each campaign, less what went back, by currency; one query."""
    net = F("received_minor") - F("refunded_minor") - F("disputed_minor")
    rows = LedgerTotal.objects.order_by().annotate(net=net).values_list("campaign", "currency", "net", "donations")
    return [Sums(*row) for row in rows]


def money(held: Sequence[Sums], wanted: str) -> Money | None:
    """Gifts in the wanted currency, else in that of most gifts; two queries, none where there is no gift."""
    gifts: dict[str, int] = defaultdict(int)
    for each in held:
        gifts[each.currency] += each.gifts
    currencies = sorted(gifts, key=lambda code: (-gifts[code], code))
    if not currencies:
        return None
    currency = wanted if wanted in currencies else currencies[0]
    today = utc_today()
    days = _moved(DayTotal, "day", _last_days(today)[0], currency)
    months = _moved(BooksTotal, "month", today.replace(month=1, day=1), currency)
    names = {figure.key: figure.name for figure in OF_GIFTS}
    by_day, by_month = (
        _("Gifts by day: %(currency)s") % {"currency": currency_name(currency)},
        _("Gifts by month: %(currency)s") % {"currency": currency_name(currency)},
    )

    def shown(amount: int) -> str:
        return format_amount(amount, currency, page_language())

    return Money(
        currency,
        currencies,
        _course("office-gifts-days", by_day, _last_days(today), days, names, shown),
        _course("office-gifts-months", by_month, _months(today), months, names, shown),
    )


def goals(held: Sequence[Sums], *, with_money: bool) -> list[Goal]:
    """How far the running campaigns have come that hope for something; one query."""
    today = utc_today()
    running = Q(starts_on=None) | Q(starts_on__lte=today)
    running &= Q(ends_on=None) | Q(ends_on__gte=today)
    hoping = Q(pledge_goal__isnull=False) | Q(money_goal_minor__isnull=False)
    tallies = CampaignTally.objects.filter(campaign=OuterRef("pk")).order_by().values("campaign")
    confirmed = Coalesce(Subquery(tallies.annotate(count=Sum("confirmed")).values("count")), 0, output_field=BIG)
    campaigns = Campaign.objects.published().filter(running, hoping).annotate(confirmed=confirmed)[:MOST_GOALS]
    given = {(each.campaign, each.currency): each.net_minor for each in held}
    found = []
    for campaign in campaigns:
        if campaign.pledge_goal:
            found.append(_goal(campaign, campaign.confirmed, campaign.pledge_goal, _hearts))
        if campaign.money_goal_minor and with_money:
            code = campaign.money_goal_currency
            reached = max(given.get((campaign.pk, code), 0), 0)
            found.append(_goal(campaign, reached, campaign.money_goal_minor, _amount_of(code)))
    return found


def _goal(campaign: Campaign, reached: int, hoped: int, shown: Shown) -> Goal:
    return Goal(str(campaign), shown(reached), shown(hoped), reached * 100 // hoped)


def _moved(
    totals: type[DayTotal] | type[BooksTotal], moment: str, since: dt.date, currency: str
) -> dict[tuple[dt.date, str], int]:
    """By how much each figure of gifts moved at each moment since then."""
    rows = totals._default_manager.filter(
        **{f"{moment}__gte": since}, currency=currency, account__in=ACCOUNTS
    ).values_list(moment, "account", F("debits_minor") - F("credits_minor"))
    moved: dict[tuple[dt.date, str], int] = defaultdict(int)
    for at, account, balance in rows:
        for figure in OF_GIFTS:
            moved[at, figure.key] += _weight(figure, account) * balance
    return moved


def _weight(figure: Figure, account: str) -> int:
    return figure.weights.get(account, 0)


def _last_days(today: dt.date) -> list[dt.date]:
    return [today - dt.timedelta(days=DAYS - 1 - number) for number in range(DAYS)]


def _months(today: dt.date) -> list[dt.date]:
    return [today.replace(month=month, day=1) for month in range(1, today.month + 1)]


def _course(
    name: str,
    title: str,
    moments: Sequence[dt.date],
    values: Mapping[tuple[dt.date, str], int],
    columns: Mapping[str, str | Promise],
    shown: Shown,
) -> Course:
    """The values at these moments, of which each row of the table has all columns and the chart the first."""
    language = page_language()
    locale = babel_locale(language)
    is_by_day = len(moments) > 1 and moments[1] - moments[0] == dt.timedelta(days=1)
    short = [format_skeleton("MMMd" if is_by_day else "MMM", moment, locale=locale) for moment in moments]
    first = next(iter(columns))
    points = [
        Point(label, Decimal(values.get((moment, first), 0))) for label, moment in zip(short, moments, strict=True)
    ]
    rows = [
        (when(moment, "day" if is_by_day else "month"), [shown(values.get((moment, key), 0)) for key in columns])
        for moment in reversed(moments)
        if any(values.get((moment, key), 0) for key in columns)
    ]
    totals = [shown(sum(values.get((moment, key), 0) for moment in moments)) for key in columns]
    chart = draw("columns", points, name=name, title=title, shown=lambda value: shown(int(value)), rtl=is_rtl(language))
    return Course(chart, list(columns.values()), rows, totals, not rows)


def _count(number: int) -> str:
    return str(format_decimal(number, locale=babel_locale(page_language())))


def _hearts(number: int) -> str:
    return ngettext("%(count)s heart", "%(count)s hearts", number) % {"count": _count(number)}


def _amount_of(currency: str) -> Shown:
    return lambda amount: format_amount(amount, currency, page_language())
