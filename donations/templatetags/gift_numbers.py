"""What was given in this portal, for pages of any app."""

from typing import NamedTuple

from django import template

from blueheart.days import utc_today
from blueheart.site_settings.reading import current
from campaigns.models import Campaign
from donations import open_books
from donations.models import LedgerTotal
from donations.models.ledger import CurrencyTotal
from donations.site_settings import GIFTS_GOAL

register = template.Library()


class GiftsGoal(NamedTuple):
    """How much the whole site hopes for in a year, in minor units of one currency, and what came in it so far, net."""

    year: int
    amount_minor: int
    currency: str
    so_far_minor: int


@register.simple_tag
def gifts_received(campaign: Campaign | None = None) -> list[CurrencyTotal]:
    """Per currency what was received, for one campaign or in all, as of the last window; one query.

    To be shown with "test mode, this portal", and never added to what the UN published.
    """
    return LedgerTotal.objects.of(campaign).by_currency()


@register.simple_tag
def gifts_goal() -> GiftsGoal | None:
    """The goal of this year (UTC) that staff have set; None where there is none. One query more where there is.

    Only gifts in its currency count, refunds are taken off: nothing is exchanged.
    """
    goal, year = current().amount(GIFTS_GOAL), utc_today().year
    if goal is None:
        return None
    books = open_books.read()
    months = [month for month in books.months if month.year == year]
    so_far = sum(books.in_month(open_books.NET, goal.currency, month) for month in months)
    return GiftsGoal(year, goal.amount_minor, goal.currency, max(0, so_far))
