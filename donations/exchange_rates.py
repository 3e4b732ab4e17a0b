"""What an amount is worth in US dollars: at the rate that the UN's treasury had published for its day, or not at all.

The rates are the UN operational rates of exchange, imported by staff; nothing is estimated where one is missing.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction

from blueheart.money import CURRENCIES
from donations.models import ExchangeRate

USD = "USD"
Rates = Mapping[tuple[str, dt.date], ExchangeRate]

LATEST = """
    SELECT rate.*, wanted.day AS wanted_day
    FROM unnest(%s::varchar[], %s::date[]) AS wanted (currency, day)
    CROSS JOIN LATERAL (
        SELECT * FROM donations_exchangerate AS known
        WHERE known.currency = wanted.currency AND known.valid_from <= wanted.day AND known.withdrawn_at IS NULL
        ORDER BY known.valid_from DESC LIMIT 1
    ) AS rate
"""


def rate_on(currency: str, day: dt.date) -> ExchangeRate | None:
    """The rate that was valid on the day: the last one that began by then. A dollar is a dollar; one query."""
    return rates_on([(currency, day)]).get((currency, day))


def rates_on(wanted: Iterable[tuple[str, dt.date]]) -> dict[tuple[str, dt.date], ExchangeRate]:
    """The rate of each currency on each day; those without one are left out. One query, however many are wanted."""
    pairs = sorted(set(wanted))
    asked = [pair for pair in pairs if pair[0] != USD]
    found = {(USD, day): _dollar(day) for currency, day in pairs if currency == USD}
    if asked:
        rows = ExchangeRate.objects.raw(LATEST, [[code for code, _day in asked], [day for _code, day in asked]])
        found |= {(rate.currency, vars(rate)["wanted_day"]): rate for rate in rows}
    return found


def in_usd(amount_minor: int, currency: str, day: dt.date) -> int | None:
    """The amount in US cents at the rate of the day; None without a rate. One query."""
    return in_usd_at(amount_minor, currency, rate_on(currency, day))


def in_usd_at(amount_minor: int, currency: str, rate: ExchangeRate | None) -> int | None:
    """The amount in US cents at this rate, rounded once, half to even; None without a rate.

    A currency whose decimals we do not know is not converted either.
    """
    if rate is None or currency not in CURRENCIES:
        return None
    cents: Fraction = _dollars(amount_minor, currency, rate) * 10 ** CURRENCIES[USD].exponent
    return round(cents)


def exchanged(amount_minor: int, currency: str, to: str, day: dt.date) -> int | None:
    """The amount in another currency, through dollars at the rates of the day; None without a rate. One query.

    Rounded once, half to even. Both currencies have to be in `CURRENCIES`.
    """
    rates = rates_on([(currency, day), (to, day)])
    given, wanted = rates.get((currency, day)), rates.get((to, day))
    if given is None or wanted is None:
        return None
    units = _dollars(amount_minor, currency, given) * Fraction(wanted.units_per_usd)
    found: Fraction = units * 10 ** CURRENCIES[to].exponent
    return round(found)


def _dollars(amount_minor: int, currency: str, rate: ExchangeRate) -> Fraction:
    units = Fraction(amount_minor) / 10 ** CURRENCIES[currency].exponent
    dollars: Fraction = units / Fraction(rate.units_per_usd)
    return dollars


def _dollar(day: dt.date) -> ExchangeRate:
    return ExchangeRate(currency=USD, units_per_usd=Decimal(1), valid_from=day)
