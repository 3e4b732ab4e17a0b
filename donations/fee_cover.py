"""What to add to a gift so that the whole of it arrives: an estimate by the rates that staff edit, never the books."""

from decimal import Decimal

from blueheart.money import round_up
from donations.models import FeeRate

HUNDRED = Decimal(100)


def rate_for(currency: str) -> FeeRate | None:
    """The rate of the currency, else the one for all others; None where staff have none. One query."""
    rates = {rate.currency: rate for rate in FeeRate.objects.filter(currency__in=[currency, ""])}
    return rates.get(currency) or rates.get("")


def cover_minor(gift_minor: int, currency: str, rate: FeeRate | None) -> int:
    """What a donor adds so that, after the fee on the sum of both, the gift is left; minor units, 0 without a rate.

    The fee on the whole charge is meant: 29 cents more cost a cent more. Capped, and rounded up to what can be charged.
    """
    if rate is None:
        return 0
    added = (gift_minor * rate.percent + rate.fixed_minor * HUNDRED) / (HUNDRED - rate.percent)
    if rate.cap_minor is not None:
        added = min(added, Decimal(rate.cap_minor))
    return round_up(added, currency)
