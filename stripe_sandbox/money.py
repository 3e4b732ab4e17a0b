"""Currencies as Stripe counts them: integers in the smallest unit it charges in.

Sources: docs.stripe.com/currencies (zero-decimal, three-decimal, special cases, minimum and
maximum charge amounts). Rates are invented; they wobble by up to 1 % from day to day so that a
refund does not bring back quite what was charged, as in life.
"""

from __future__ import annotations

import hashlib
from decimal import ROUND_HALF_UP, Decimal

from stripe_sandbox.errors import StripeError, malformed

SETTLEMENT_CURRENCY = "usd"
ZERO_DECIMAL = frozenset(
    ["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf"]
)
THREE_DECIMAL = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
# two decimals on the wire that must be 00
WHOLE_ONLY = frozenset({"isk", "ugx"})
MAXIMUM_AMOUNT = 99_999_999
MINIMUM_AMOUNTS = {
    "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200,
    "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
# US dollars for one unit
BASE_RATES = {
    code: Decimal(rate)
    for code, rate in {
        "usd": "1", "eur": "1.0842", "gbp": "1.2715", "chf": "1.1283", "jpy": "0.006641",
        "kwd": "3.2512", "aed": "0.272294", "ars": "0.00098", "aud": "0.6531", "bgn": "0.5544",
        "bhd": "2.6525", "bif": "0.000346", "brl": "0.1782", "cad": "0.7289", "clp": "0.001045",
        "cny": "0.1381", "cop": "0.000241", "czk": "0.0429", "djf": "0.005617", "dkk": "0.1454",
        "egp": "0.0205", "gnf": "0.000116", "hkd": "0.1285", "huf": "0.00271", "idr": "0.0000632",
        "ils": "0.2719", "inr": "0.01186", "isk": "0.00725", "jod": "1.4104", "kes": "0.00774",
        "kmf": "0.0022", "krw": "0.000724", "mad": "0.1003", "mga": "0.000216", "mxn": "0.0497",
        "myr": "0.2263", "ngn": "0.000602", "nok": "0.0907", "nzd": "0.5897", "omr": "2.5974",
        "pen": "0.2651", "php": "0.0171", "pkr": "0.00359", "pln": "0.2512", "pyg": "0.000127",
        "qar": "0.2747", "ron": "0.2178", "rsd": "0.00926", "rwf": "0.00072", "sar": "0.2666",
        "sek": "0.0921", "sgd": "0.7441", "thb": "0.0289", "tnd": "0.3191", "try": "0.0288",
        "twd": "0.0307", "uah": "0.0241", "ugx": "0.000272", "uyu": "0.0233", "vnd": "0.0000394",
        "vuv": "0.0082", "xaf": "0.001653", "xof": "0.001653", "xpf": "0.00909", "zar": "0.0553",
    }.items()
}  # fmt: skip


def exponent(currency: str) -> int:
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def rate_on(currency: str, moment: int) -> Decimal:
    """US dollars for one unit of the currency on the (UTC) day of that moment."""
    if currency == SETTLEMENT_CURRENCY:
        return Decimal(1)
    digest = hashlib.sha256(f"{currency}:{moment // 86_400}".encode()).digest()
    wobble = Decimal(int.from_bytes(digest[:2], "big") % 201 - 100) / 10_000
    return (BASE_RATES[currency] * (1 + wobble)).quantize(Decimal("0.00000001"))


def settle(amount: int, currency: str, rate: Decimal) -> int:
    """US cents for an amount in minor units, half a cent rounded away from zero."""
    dollars = Decimal(amount).scaleb(-exponent(currency)) * rate
    return round_half_up(dollars.scaleb(2))


def round_half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def minimum_amount(currency: str, moment: int) -> int:
    """Stripe's minimum charge, or what makes half a dollar in currencies it lists none for."""
    if currency in MINIMUM_AMOUNTS:
        return MINIMUM_AMOUNTS[currency]
    units = Decimal("0.5") / rate_on(currency, moment)
    return int(units.scaleb(exponent(currency))) + 1


def check_currency(code: str, param: str = "currency") -> str:
    """The code in lower case, or Stripe's refusal."""
    lowered = code.lower()
    if lowered not in BASE_RATES:
        known = ", ".join(sorted(BASE_RATES))
        raise malformed(f"Invalid currency: {lowered}. Stripe currently supports these currencies: {known}", param)
    return lowered


def check_unit(amount: int, currency: str, param: str) -> None:
    """Refuse amounts that the currency cannot express, negative ones and those of nine digits."""
    if amount < 0:
        raise malformed("Invalid non-negative integer", param, "parameter_invalid_integer")
    if amount > MAXIMUM_AMOUNT:
        raise StripeError(
            f"Amount must be no more than {format_amount(MAXIMUM_AMOUNT, currency)}",
            code="amount_too_large", param=param,
        )  # fmt: skip
    if currency in THREE_DECIMAL and amount % 10:
        raise StripeError(
            f"Invalid amount: {amount}. Amounts in {currency} must be a multiple of 10, "
            "since its smallest unit has three decimals of which the last must be 0.",
            code="invalid_charge_amount", param=param,
        )  # fmt: skip
    if currency in WHOLE_ONLY and amount % 100:
        raise StripeError(
            f"Invalid amount: {amount}. Amounts in {currency} must be evenly divisible by 100.",
            code="invalid_charge_amount", param=param,
        )  # fmt: skip


def check_minimum(amount: int, currency: str, moment: int, subject: str, param: str | None = None) -> None:
    smallest = minimum_amount(currency, moment)
    if amount < smallest:
        raise StripeError(
            f"{subject} must {'add up to ' if 'total' in subject else 'be '}at least "
            f"{format_amount(smallest, currency)} {currency}",
            code="amount_too_small", param=param,
        )  # fmt: skip


def format_amount(amount: int, currency: str) -> str:
    """For people: `25.00 USD`, `3,000 JPY`."""
    digits = exponent(currency)
    number = Decimal(amount).scaleb(-digits)
    return f"{number:,.{digits}f} {currency.upper()}"
