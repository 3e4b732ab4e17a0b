"""Money as integers: minor units to and from what people type and read.

Stripe's table of currencies decides, not ISO 4217's and not Babel's: https://docs.stripe.com/currencies.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_currency, get_decimal_symbol, get_group_symbol
from django.utils.translation import gettext as _

from blueheart.languages import babel_locale


@dataclass(frozen=True)
class Currency:
    """What a gift in one currency may be. All amounts are in Stripe's minor units.

    `exponent`: decimal places (0 for yen, 3 for dinar). `step_minor`: amounts are multiples of it; Stripe wants the
    last digit of a three-decimal amount to be zero. `minimum_minor`: at least Stripe's own minimum.
    """

    code: str
    exponent: int
    minimum_minor: int
    maximum_minor: int
    presets_minor: tuple[int, ...]
    step_minor: int = 1


CURRENCIES = {
    currency.code: currency
    for currency in (
        Currency("USD", 2, 100, 99_999_900, (1000, 2500, 5000, 10000)),
        Currency("EUR", 2, 100, 99_999_900, (1000, 2500, 5000, 10000)),
        Currency("GBP", 2, 100, 99_999_900, (1000, 2000, 5000, 10000)),
        Currency("CHF", 2, 100, 99_999_900, (1000, 2500, 5000, 10000)),
        Currency("JPY", 0, 100, 9_999_999, (1000, 3000, 5000, 10000)),
        Currency("KWD", 3, 500, 99_999_990, (3000, 7500, 15000, 30000), step_minor=10),
        Currency("CAD", 2, 100, 99_999_900, (1500, 3000, 7500, 15000)),
        Currency("AUD", 2, 100, 99_999_900, (1500, 3000, 7500, 15000)),
    )
}
DEFAULT_CURRENCY = "USD"

LETTER_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


class AmountError(ValueError):
    """What was typed is no amount that can be given; the message says why, in the visitor's language."""


def parse_amount(text: str, currency: str, language: str) -> int:
    """The minor units a person meant by what they typed, in any script's digits and with their language's separators.

    Raises `AmountError` where it is no number, too precise for the currency, or outside its minimum and maximum.
    """
    rule = CURRENCIES[currency]
    number = _parse_decimal(text, rule.exponent, language)
    if number is None:
        raise AmountError(
            _("Please enter an amount in figures, such as %(example)s.") % {"example": _example(rule, language)}
        )
    amount_minor = number.scaleb(rule.exponent)
    if amount_minor != int(amount_minor) or int(amount_minor) % rule.step_minor:
        raise AmountError(
            _("That is more precise than %(currency)s allows: the smallest step is %(step)s.")
            % {"currency": currency, "step": format_amount(rule.step_minor, currency, language)}
        )
    check_amount(int(amount_minor), currency, language)
    return int(amount_minor)


def check_amount(amount_minor: int, currency: str, language: str) -> None:
    """Raise `AmountError` where the amount is below the currency's minimum or above its maximum."""
    rule = CURRENCIES[currency]
    if amount_minor < rule.minimum_minor:
        least = format_amount(rule.minimum_minor, currency, language)
        raise AmountError(_("The smallest gift we can take is %(least)s.") % {"least": least})
    if amount_minor > rule.maximum_minor:
        most = format_amount(rule.maximum_minor, currency, language)
        raise AmountError(_("The largest gift we can take online is %(most)s.") % {"most": most})


def format_amount(amount_minor: int, currency: str, language: str) -> str:
    """The amount as people write it in the language: `$25.00`, `25,00 €`, `￥3,000`; the currency's own decimals."""
    exponent = CURRENCIES[currency].exponent if currency in CURRENCIES else 2
    amount = Decimal(amount_minor).scaleb(-exponent)
    locale = babel_locale(language)
    pattern = re.sub(
        r"0\.0+", "0." + "0" * exponent if exponent else "0", str(locale.currency_formats["standard"].pattern)
    )
    text = format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)
    return LETTER_BESIDE_DIGIT.sub("\u00a0", text)


def _example(rule: Currency, language: str) -> str:
    return format_amount(rule.presets_minor[1], rule.code, language)


def _parse_decimal(text: str, exponent: int, language: str) -> Decimal | None:
    """The number in the text, or None. A separator is the decimal one if it comes last and digits fit behind it."""
    plain = "".join(_plain_character(char) for char in unicodedata.normalize("NFKC", text))
    plain = plain.translate(str.maketrans("", "", " '’\u00a0\u202f\u066c\u2009\u200e\u200f\u061c_"))
    if not re.fullmatch(r"\d{1,15}([.,]\d+)*|[.,]\d+", plain):
        return None
    separators = re.findall(r"[.,]", plain)
    if not separators:
        return Decimal(plain)
    whole, _separator, last = re.split(r"([.,])(?=\d*$)", plain)
    if _is_decimal_separator(separators, whole, last, exponent, language):
        if len(set(re.findall(r"[.,]", whole))) > 1 or separators[-1] in whole:
            return None
        return _join(whole, last)
    return _join(whole + last, "") if _is_grouped(plain) else None


def _plain_character(char: str) -> str:
    if char == "\u066b":  # Arabic decimal separator
        return ","
    digit = unicodedata.digit(char, None)
    return char if digit is None else str(digit)


def _is_decimal_separator(separators: list[str], whole: str, last: str, exponent: int, language: str) -> bool:
    if len(separators) > 1:
        return separators[-1] not in whole
    if len(last) != 3:
        return True
    # `1,234` and `1.234`: one thousand or one and a bit. The language decides; dinars have three decimals.
    locale = babel_locale(language)
    group = {".": ".", ",": ","}.get(get_group_symbol(locale), "")
    if separators[0] == group:
        return False
    return exponent == 3 or separators[0] == get_decimal_symbol(locale)


def _is_grouped(plain: str) -> bool:
    return bool(re.fullmatch(r"\d{1,3}([.,]\d{3})+", plain))


def _join(whole: str, fraction: str) -> Decimal:
    return Decimal(f"{re.sub(r'[.,]', '', whole) or '0'}.{fraction or '0'}")
