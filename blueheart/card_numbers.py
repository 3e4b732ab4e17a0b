"""Card numbers have no place here: only Stripe's page asks for one. Who types one all the same is told.

PCI DSS 4.0, requirement 3.3: what no business needs is not stored.
"""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# 13 to 19 digits as people and machines write them, beginning as the cards of Visa, Mastercard, Amex and others do.
WRITTEN = re.compile(r"(?<![\w.+])(?:4|5[1-5]|2[2-7]|3[47]|6)(?:[ -]?\d){12,18}(?![\w.])")


def card_numbers(text: str) -> list[str]:
    """What in the text may be a card number, as ASCII digits: they pass the check of ISO/IEC 7812 (Luhn)."""
    plain = "".join(_ascii_digit(char) for char in unicodedata.normalize("NFKC", text))
    found = (re.sub(r"\D", "", match) for match in WRITTEN.findall(plain))
    return [digits for digits in found if is_luhn(digits)]


def without_card_number(text: str) -> None:
    """A validator for words that a visitor types. Raises `ValidationError`."""
    if card_numbers(text):
        raise ValidationError(
            _("This looks like the number of a card. Please leave it out: only the payment page asks for it.")
        )


def is_luhn(digits: str) -> bool:
    """Whether the last digit checks the others, as on every payment card."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def _ascii_digit(char: str) -> str:
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)
