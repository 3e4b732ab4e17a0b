"""What was given in this portal, for pages of any app."""

from django import template

from campaigns.models import Campaign
from donations.models import LedgerTotal
from donations.models.ledger import CurrencyTotal

register = template.Library()


@register.simple_tag
def gifts_received(campaign: Campaign | None = None) -> list[CurrencyTotal]:
    """Per currency what was received, for one campaign or in all, as of the last window; one query.

    To be shown with "test mode, this portal", and never added to what the UN published.
    """
    return LedgerTotal.objects.of(campaign).by_currency()
