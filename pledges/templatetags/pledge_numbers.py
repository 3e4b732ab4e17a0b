"""How many wear the heart, for the pages of any app: from the tallies, never by counting pledges."""

from django import template

from campaigns.models import Campaign
from pledges.models import PledgeTally
from pledges.models.tallies import SMALLEST_COUNTRY

register = template.Library()


@register.simple_tag
def pledge_count(campaign: Campaign | None = None) -> int:
    """Confirmed pledges, of one campaign or of all; as of the last window, at most some seconds ago."""
    tallies = PledgeTally.objects.all()
    return (tallies if campaign is None else tallies.filter(campaign=campaign)).total()


@register.simple_tag
def pledge_countries() -> int:
    """From how many countries there is at least one confirmed pledge."""
    return len(PledgeTally.objects.by_country())


@register.simple_tag
def country_pledge_count(iso2: str) -> int | None:
    """A country's confirmed pledges; None while they are fewer than five, which is all that may be said of them."""
    total = PledgeTally.objects.filter(country=iso2).total()
    return total if total >= SMALLEST_COUNTRY else None
