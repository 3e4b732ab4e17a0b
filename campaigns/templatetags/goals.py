"""How far a campaign has come towards its goal."""

from collections.abc import Iterable
from typing import Protocol

from django import template

register = template.Library()


class Sum(Protocol):
    """What was given in one currency, whoever counted it; net of refunds, in minor units."""

    currency: str
    net_minor: int


@register.filter
def in_currency(totals: Iterable[Sum], currency: str) -> int:
    """What was given in the one currency, in minor units; never below nothing, which a bar cannot show."""
    return max(0, sum(total.net_minor for total in totals if total.currency == currency))
