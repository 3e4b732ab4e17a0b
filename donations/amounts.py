"""Amounts in addresses, in form fields and in spreadsheets. What people read is `blueheart.money.format_amount`."""

from decimal import Decimal

from babel.numbers import format_decimal

from blueheart.languages import babel_locale
from blueheart.money import CURRENCIES, Limits


def in_units(amount_minor: int, currency: str) -> Decimal:
    """The exact amount in units of the currency, for spreadsheets: 12.5 euros, 1250 yen."""
    return Decimal(amount_minor).scaleb(-CURRENCIES[currency].exponent)


def to_plain(amount_minor: int, currency: str) -> str:
    """As in `?amount=`: `25`, `25.5`, `1.25`, always with a point, whatever the language."""
    return f"{in_units(amount_minor, currency).normalize():f}"


def from_plain(text: str, currency: str, *, limits: Limits | None = None) -> int | None:
    """The minor units of `?amount=`; None where it is no amount that can be given in the currency."""
    rule = CURRENCIES[currency]
    limits = limits or rule
    try:
        amount = Decimal(text).scaleb(rule.exponent)
    except (ArithmeticError, ValueError):  # no number, or one with a million digits
        return None
    if not amount.is_finite() or not limits.minimum_minor <= amount <= limits.maximum_minor or amount % rule.step_minor:
        return None
    return int(amount)


def to_typed(amount_minor: int, currency: str, language: str) -> str:
    """As somebody would type it in the language, for a field that is filled in already: `25`, `12.30`."""
    amount = in_units(amount_minor, currency)
    is_whole = amount == amount.to_integral_value()
    return format_decimal(
        amount,
        format="0" if is_whole else f"0.{'0' * CURRENCIES[currency].exponent}",
        locale=babel_locale(language),
        group_separator=False,
        decimal_quantization=False,
    )
