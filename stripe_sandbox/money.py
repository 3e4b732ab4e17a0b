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
MAXIMUM_IDR = 999_999_999_999
MINIMUM_AMOUNTS = {
    "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200,
    "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000, "usd": 50,
}  # fmt: skip
# US dollars for one unit
BASE_RATES = {
    code: Decimal(rate)
    for code, rate in {
        "usd": "1", "aed": "0.272294", "afn": "0.01412", "all": "0.01074", "amd": "0.00258", "ang": "0.5587",
        "aoa": "0.001094", "ars": "0.00098", "aud": "0.6531", "awg": "0.5556", "azn": "0.5882", "bam": "0.5543",
        "bbd": "0.5", "bdt": "0.00836", "bhd": "2.6525", "bif": "0.000346", "bmd": "1", "bnd": "0.7441",
        "bob": "0.1447", "brl": "0.1782", "bsd": "1", "bwp": "0.0733", "byn": "0.3056", "bzd": "0.4961",
        "cad": "0.7289", "cdf": "0.000351", "chf": "1.1283", "clp": "0.001045", "cny": "0.1381", "cop": "0.000241",
        "crc": "0.00191", "cve": "0.00983", "czk": "0.0429", "djf": "0.005617", "dkk": "0.1454", "dop": "0.0166",
        "dzd": "0.00745", "egp": "0.0205", "etb": "0.00812", "eur": "1.0842", "fjd": "0.4412", "fkp": "1.2715",
        "gbp": "1.2715", "gel": "0.3649", "gip": "1.2715", "gmd": "0.01405", "gnf": "0.000116", "gtq": "0.1293",
        "gyd": "0.00478", "hkd": "0.1285", "hnl": "0.0396", "htg": "0.00761", "huf": "0.00271", "idr": "0.0000632",
        "ils": "0.2719", "inr": "0.01186", "isk": "0.00725", "jmd": "0.00633", "jod": "1.4104", "jpy": "0.006641",
        "kes": "0.00774", "kgs": "0.01151", "khr": "0.000248", "kmf": "0.0022", "krw": "0.000724", "kwd": "3.2512",
        "kyd": "1.2", "kzt": "0.00202", "lak": "0.0000459", "lbp": "0.00001117", "lkr": "0.00336", "lrd": "0.00531",
        "lsl": "0.0553", "mad": "0.1003", "mdl": "0.0562", "mga": "0.000216", "mkd": "0.0176", "mmk": "0.000476",
        "mnt": "0.000291", "mop": "0.1248", "mur": "0.0216", "mvr": "0.0649", "mwk": "0.000577", "mxn": "0.0497",
        "myr": "0.2263", "mzn": "0.01565", "nad": "0.0553", "ngn": "0.000602", "nio": "0.0272", "nok": "0.0907",
        "npr": "0.00741", "nzd": "0.5897", "omr": "2.5974", "pab": "1", "pen": "0.2651", "pgk": "0.2527",
        "php": "0.0171", "pkr": "0.00359", "pln": "0.2512", "pyg": "0.000127", "qar": "0.2747", "ron": "0.2178",
        "rsd": "0.00926", "rub": "0.01034", "rwf": "0.00072", "sar": "0.2666", "sbd": "0.1186", "scr": "0.0712",
        "sek": "0.0921", "sgd": "0.7441", "shp": "1.2715", "sle": "0.0441", "sos": "0.00175", "srd": "0.0282",
        "std": "0.0000443", "szl": "0.0553", "thb": "0.0289", "tjs": "0.0939", "tnd": "0.3191", "top": "0.4189",
        "try": "0.0288", "ttd": "0.1474", "twd": "0.0307", "tzs": "0.000371", "uah": "0.0241", "ugx": "0.000272",
        "uyu": "0.0233", "uzs": "0.0000786", "vnd": "0.0000394", "vuv": "0.0082", "wst": "0.3571", "xaf": "0.001653",
        "xcd": "0.3704", "xcg": "0.5587", "xof": "0.001653", "xpf": "0.00909", "yer": "0.004", "zar": "0.0553",
        "zmw": "0.0362",
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


def maximum_amount(currency: str) -> int:
    return MAXIMUM_IDR if currency == "idr" else MAXIMUM_AMOUNT


def check_currency(code: str, param: str = "currency") -> str:
    """The code in lower case, or Stripe's refusal."""
    lowered = code.lower()
    if lowered not in BASE_RATES:
        known = ", ".join(sorted(BASE_RATES))
        raise malformed(f"Invalid currency: {lowered}. Stripe currently supports these currencies: {known}", param)
    return lowered


def check_unit(amount: int, currency: str, param: str) -> None:
    """Refuse amounts that the currency cannot express, negative ones and those of too many digits."""
    if amount < 0:
        raise malformed("Invalid non-negative integer", param, "parameter_invalid_integer")
    largest = maximum_amount(currency)
    if amount > largest:
        raise StripeError(
            f"Amount must be no more than {format_amount(largest, currency)}",
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
