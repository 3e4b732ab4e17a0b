"""Money as integers: minor units to and from what people type and read.

Stripe's table of currencies decides, not ISO 4217's and not Babel's: https://docs.stripe.com/currencies.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from typing import NamedTuple, Protocol

from babel.numbers import format_currency, get_currency_symbol, get_decimal_symbol, get_group_symbol
from django.utils.translation import gettext as _

from blueheart.languages import babel_locale, is_rtl

LARGEST_MINOR = 10**15  # of one amount that is typed or imported: sums of thousands of them still fit the database


@dataclass(frozen=True)
class Currency:
    """What Stripe takes in one currency. All amounts are in Stripe's minor units.

    `exponent`: decimal places (0 for yen, 3 for dinar). `step_minor`: amounts are multiples of it; Stripe wants the
    last digit of a three-decimal amount to be zero, and ISK and UGX whole though it counts them in hundredths.
    `payout_step_minor`: the same for payouts, where HUF and TWD are whole, too. `minimum_minor`: what Stripe's table
    says; for a currency without a row there, a gift must come to the minimum of the currency that we settle in, and
    only the day's rate tells. What we offer, and from how much on, is the table of giving currencies.
    """

    code: str
    exponent: int
    step_minor: int
    payout_step_minor: int
    minimum_minor: int
    maximum_minor: int


class Limits(Protocol):
    """How little and how much may be given; `Currency` is one, and so is a row of what the staff offer."""

    @property
    def minimum_minor(self) -> int: ...
    @property
    def maximum_minor(self) -> int: ...


# https://docs.stripe.com/currencies#presentment-currencies; those of three decimals are open to some countries only.
# Stripe goes on writing STD for the dobra, and ANG beside XCG, which replaced it.
PRESENTED = [
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BHD", "BIF",
    "BMD", "BND", "BOB", "BRL", "BSD", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP", "CNY", "COP", "CRC",
    "CVE", "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GIP", "GMD",
    "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "ISK", "JMD", "JOD", "JPY", "KES",
    "KGS", "KHR", "KMF", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA",
    "MKD", "MMK", "MNT", "MOP", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR",
    "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF", "SAR",
    "SBD", "SCR", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "STD", "SZL", "THB", "TJS", "TND", "TOP", "TRY",
    "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VND", "VUV", "WST", "XAF", "XCD", "XCG", "XOF",
    "XPF", "YER", "ZAR", "ZMW",
]  # fmt: skip
# #zero-decimal, #three-decimal and #special-cases of the same page
ZERO_DECIMAL = frozenset({
    "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
})  # fmt: skip
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
WHOLE_ONLY = frozenset({"ISK", "UGX"})
PAID_OUT_WHOLE = WHOLE_ONLY | {"HUF", "TWD"}
# #minimum-and-maximum-charge-amounts: eight digits, and twelve for IDR
STRIPE_MINIMUMS = {
    "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30, "HKD": 400,
    "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200, "RON": 200,
    "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip
MOST, MOST_OF = 99_999_999, {"IDR": 999_999_999_999}


def _currency(code: str) -> Currency:
    step = 10 if code in THREE_DECIMAL else 100 if code in WHOLE_ONLY else 1
    most = MOST_OF.get(code, MOST)
    return Currency(
        code=code,
        exponent=0 if code in ZERO_DECIMAL else 3 if code in THREE_DECIMAL else 2,
        step_minor=step,
        payout_step_minor=100 if code in PAID_OUT_WHOLE else step,
        minimum_minor=STRIPE_MINIMUMS.get(code, step),
        maximum_minor=most - most % step,
    )


CURRENCIES = {code: _currency(code) for code in PRESENTED}
DEFAULT_CURRENCY = "USD"

# What people write for the currency beside Babel's symbols; a bare $ is the dollar or peso that was chosen.
OTHER_NAMES = {
    "USD": ("US$",),
    "CAD": ("CA$", "C$"),
    "AUD": ("AU$", "A$"),
    "NZD": ("NZ$",),
    "HKD": ("HK$",),
    "SGD": ("S$",),
    "TWD": ("NT$", "元", "圓"),
    "MXN": ("MX$",),
    "BRL": ("R$",),
    "CHF": ("Fr.", "SFr."),
    "JPY": ("¥", "￥", "円"),
    "CNY": ("¥", "￥", "元"),
    "KWD": ("KD", "د.ك"),
    "AED": ("Dh", "Dhs", "د.إ"),
    "SAR": ("SR", "ر.س"),
    "EGP": ("E£", "L.E.", "ج.م"),
    "MAD": ("DH", "د.م."),
    "INR": ("₹", "Rs", "Rs."),
    "PKR": ("₨", "Rs", "Rs."),
    "RUB": ("₽", "руб.", "руб"),
    "UAH": ("₴", "грн"),
    "KZT": ("₸", "тг"),
    "TRY": ("₺", "TL"),
    "ILS": ("₪",),
    "PLN": ("zł",),
    "CZK": ("Kč",),
    "HUF": ("Ft",),
    "RON": ("lei",),
    "ZAR": ("R",),
    "KES": ("KSh",),
    "NGN": ("₦",),
    **dict.fromkeys(("SEK", "NOK", "DKK", "ISK"), ("kr", "kr.")),
    **dict.fromkeys(("XAF", "XOF"), ("F CFA", "FCFA", "CFA")),
}
DOLLARS = frozenset({
    "USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "BRL", "ARS", "BBD", "BMD", "BND", "BSD", "BZD",
    "CLP", "COP", "FJD", "GYD", "JMD", "KYD", "LRD", "NAD", "SBD", "SRD", "TTD", "UYU", "XCD",
})  # fmt: skip
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
LETTER_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=[^\W\d_]\.)(?=\d)|(?<=\d)(?=[^\W\d_])")


class AmountError(ValueError):
    """What was typed is no amount that can be given; the message says why, in the visitor's language."""


def parse_amount(text: str, currency: str, language: str, *, limits: Limits | None = None) -> int:
    """The minor units a person meant by what they typed, in any script's digits and with their language's separators.

    Raises `AmountError` where it is no number, too precise for the currency, or outside `limits`; without limits those
    of Stripe count.
    """
    rule = CURRENCIES[currency]
    number = _parse_number(text, rule, language)
    if number is None:
        example = format_amount(_example(rule, limits or rule), currency, language)
        raise AmountError(_("Please enter an amount in figures, such as %(example)s.") % {"example": example})
    decimals = number.fraction.rstrip("0")
    amount_minor = int(number.whole + decimals.ljust(rule.exponent, "0"))
    if len(decimals) > rule.exponent or amount_minor % rule.step_minor:
        raise AmountError(
            _("That is more precise than %(currency)s allows: the smallest step is %(step)s.")
            % {"currency": currency, "step": format_amount(rule.step_minor, currency, language)}
        )
    check_amount(amount_minor, currency, language, limits=limits)
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


def check_amount(amount_minor: int, currency: str, language: str, *, limits: Limits | None = None) -> None:
    """Raise `AmountError` where the amount is below the minimum or above the maximum; Stripe's without `limits`."""
    limits = limits or CURRENCIES[currency]
    if amount_minor < limits.minimum_minor:
        least = format_amount(limits.minimum_minor, currency, language)
        raise AmountError(_("The smallest gift we can take is %(least)s.") % {"least": least})
    if amount_minor > limits.maximum_minor:
        most = format_amount(limits.maximum_minor, currency, language)
        raise AmountError(_("The largest gift we can take online is %(most)s.") % {"most": most})


def round_up(amount: Decimal, currency: str) -> int:
    """The next amount that can be charged in the currency; `amount` is in its minor units."""
    step = CURRENCIES[currency].step_minor
    return int((amount / step).to_integral_value(ROUND_CEILING)) * step


@lru_cache(maxsize=8192)
def format_amount(amount_minor: int, currency: str, language: str) -> str:
    """The amount as people write it in the language: `US$25.00`, `25,00 €`, `￥3,000`; the currency's own decimals."""
    exponent = CURRENCIES[currency].exponent if currency in CURRENCIES else 2
    amount = Decimal(amount_minor).scaleb(-exponent)
    decimals = 0 if currency in WHOLE_ONLY and amount_minor % 10**exponent == 0 else exponent
    locale = babel_locale(language)
    pattern = re.sub(
        r"0\.0+", "0." + "0" * decimals if decimals else "0", str(locale.currency_formats["standard"].pattern)
    )
    text = format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)
    if is_rtl(language):
        text = SIGN_AFTER_LATIN.sub("\\g<0>\u200e", text)
    return LETTER_BESIDE_DIGIT.sub("\u00a0", text)


def _example(rule: Currency, limits: Limits) -> int:
    """An amount that can be given, 25 of the currency's units where these are neither too little nor too much."""
    unit = int(10**rule.exponent)
    return min(max(25 * unit, limits.minimum_minor), limits.maximum_minor)


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
        *(("$",) if currency in DOLLARS else ()),
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
