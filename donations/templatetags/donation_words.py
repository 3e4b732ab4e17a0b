"""Words about gifts for texts that are not HTML."""

from django import template
from django.utils.translation import get_language

from blueheart.languages import DEFAULT_LANGUAGE
from blueheart.money import format_amount
from donations.models import Donation

register = template.Library()


@register.simple_tag
def plain_amount(donation: Donation) -> str:
    """The amount in the text's language."""
    return format_amount(donation.amount_minor, donation.currency, get_language() or DEFAULT_LANGUAGE)
