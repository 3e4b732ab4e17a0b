"""Words about gifts for texts that are not HTML."""

from django import template

from blueheart import creditor_reference
from blueheart.languages import page_language
from blueheart.money import format_amount
from donations.models import Donation, Interval, Receipt

register = template.Library()


@register.simple_tag
def plain_amount(donation: Donation | Receipt) -> str:
    """The amount in the text's language."""
    return format_amount(donation.amount_minor, donation.currency, page_language())


@register.filter
def in_fours(number: str) -> str:
    """An account or a reference in groups of four, as people copy it."""
    return creditor_reference.shown(number)


@register.simple_tag
def how_often(interval: str) -> str:
    """The interval in words that may follow an amount: `once`, `every three months`."""
    return str(Interval(interval).label)
