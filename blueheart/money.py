"""Money as integers: minor units to and from what people type and read.

Stripe's table of currencies decides, not ISO 4217's and not Babel's: https://docs.stripe.com/currencies.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from babel.numbers import format_currency, get_currency_symbol, get_decimal_symbol, get_group_symbol
from django.utils.translation import gettext as _

from blueheart.languages import babel_locale, is_rtl


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

# What people write for the currency beside Babel's symbols; a bare $ is the dollar that was chosen.
OTHER_NAMES = {
    "USD": ("$", "US$"),
    "CAD": ("$", "CA$", "C$"),
    "AUD": ("$", "AU$", "A$"),
    "CHF": ("Fr.", "SFr."),
    "JPY": ("¥", "￥", "円"),
    "KWD": ("KD", "د.ك"),
}
SEPARATORS = {"٫": ",", "،": ",", "，": ",", "．": ".", "。": "."}
LONGEST_TEXT = 40
NUMBER = re.compile(
    r"""(?P<whole> [0-9]{1,3} (?: (?:[ ][0-9]{3})+ | (?:,[0-9]{3})+(?!,) | (?:\.[0-9]{3})+(?!\.) )  # one separator
                 | [0-9]* )
        (?: [.,] (?P<fraction>[0-9]*) )?""",
    re.VERBOSE,
)
LONE_SEPARATOR = re.compile(r"(?P<whole>[0-9]{1,3})(?P<separator>[.,])(?P<fraction>[0-9]{3})")

# US$, JP¥: in Arabic text the sign would otherwise jump to the other side of its letters.
SIGN_AFTER_LATIN = re.compile(r"(?<=[A-Z])[^\w\s.]+$")
LETTER_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


class AmountError(ValueError):
    """What was typed is no amount that can be given; the message says why, in the visitor's language."""


def parse_amount(text: str, currency: str, language: str) -> int:
    """The minor units a person meant by what they typed, in any script's digits and with their language's separators.

    Raises `AmountError` where it is no number, too precise for the currency, or outside its minimum and maximum.
    """
    rule = CURRENCIES[currency]
    number = _parse_number(text, rule, language)
    if number is None:
        example = _example(rule, language)
        raise AmountError(_("Please enter an amount in figures, such as %(example)s.") % {"example": example})
    decimals = number.fraction.rstrip("0")
    amount_minor = int(number.whole + decimals.ljust(rule.exponent, "0"))
    if len(decimals) > rule.exponent or amount_minor % rule.step_minor:
        raise AmountError(
            _("That is more precise than %(currency)s allows: the smallest step is %(step)s.")
            % {"currency": currency, "step": format_amount(rule.step_minor, currency, language)}
        )
    check_amount(amount_minor, currency, language)
    return amount_minor


def retype_amount(text: str, currency: str, *, typed_in: str, language: str) -> str:
    """What was typed in one language, as somebody types the same number in another: `1.505` becomes `1505` or `1,505`.

    Whether it can be given is not asked. What is no number, or is in no currency of ours, stays as it is.
    """
    rule = CURRENCIES.get(currency)
    number = _parse_number(text, rule, typed_in) if rule else None
    if number is None:
        return text
    decimals = f"{get_decimal_symbol(babel_locale(language))}{number.fraction}" if number.fraction else ""
    return f"{number.whole or 0}{decimals}"


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
    """The amount as people write it in the language: `US$25.00`, `25,00 €`, `￥3,000`; the currency's own decimals."""
    exponent = CURRENCIES[currency].exponent if currency in CURRENCIES else 2
    amount = Decimal(amount_minor).scaleb(-exponent)
    locale = babel_locale(language)
    pattern = re.sub(
        r"0\.0+", "0." + "0" * exponent if exponent else "0", str(locale.currency_formats["standard"].pattern)
    )
    text = format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)
    if is_rtl(language):
        text = SIGN_AFTER_LATIN.sub("\\g<0>\u200e", text)
    return LETTER_BESIDE_DIGIT.sub("\u00a0", text)


def _example(rule: Currency, language: str) -> str:
    return format_amount(rule.presets_minor[1], rule.code, language)


class _Number(NamedTuple):
    """Digits before and after the decimal separator."""

    whole: str
    fraction: str


def _parse_number(text: str, rule: Currency, language: str) -> _Number | None:
    """The number in the text, or None where there is none, or two readings of it."""
    plain = "".join(_plain_character(char) for char in text[:LONGEST_TEXT])
    plain = _without_currency(plain, rule.code, language).strip()
    if len(text) > LONGEST_TEXT or not (match := NUMBER.fullmatch(plain)):
        return None
    if (lone := LONE_SEPARATOR.fullmatch(plain)) and _is_decimal(lone, rule.exponent, language):
        match = lone
    number = _Number(re.sub(r"[ .,]", "", match["whole"]), match["fraction"] or "")
    return number if number.whole or number.fraction else None


def _plain_character(char: str) -> str:
    """Any script's digits as 0 to 9, its separators as `.`, `,` or a space, and marks of direction as nothing."""
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    if unicodedata.category(char) == "Zs" or char in "'’٬_":
        return " "
    if unicodedata.category(char) == "Cf":
        return ""
    return SEPARATORS.get(char, char)


def _without_currency(text: str, currency: str, language: str) -> str:
    """The text without the name of the chosen currency, before or after the number; another's is left to be refused."""
    locale = babel_locale(language)
    names = {
        currency,
        get_currency_symbol(currency, locale),
        get_currency_symbol(currency, "en"),
        *OTHER_NAMES.get(currency, ()),
    }
    for name in sorted(names, key=len, reverse=True):
        plain = "".join(_plain_character(char) for char in name).casefold()
        text = text.strip()
        if text.casefold().startswith(plain):
            return text[len(plain) :]
        if text.casefold().endswith(plain):
            return text[: -len(plain)]
    return text


def _is_decimal(lone: re.Match[str], exponent: int, language: str) -> bool:
    """Whether `1,234` or `1.234` is one and a bit, not a thousand: the language decides; dinars have three decimals."""
    locale = babel_locale(language)
    if lone["whole"] == "0":
        return True
    if lone["separator"] == get_group_symbol(locale):
        return False
    return exponent == 3 or lone["separator"] == get_decimal_symbol(locale)
