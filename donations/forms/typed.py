"""What many forms of the office ask for alike: a day, a currency, an amount that no limit of gifts holds."""

from dataclasses import dataclass
from typing import Any

from django import forms

from blueheart.languages import page_language
from blueheart.money import CURRENCIES, LARGEST_MINOR, AmountError, parse_amount

ANY_CURRENCY = [(code, code) for code in sorted(CURRENCIES)]


@dataclass(frozen=True)
class AnyAmount:
    """From one minor unit on: a correction may be smaller than any gift."""

    minimum_minor: int = 1
    maximum_minor: int = LARGEST_MINOR


def day_field(label: Any, **options: Any) -> forms.DateField:
    """A day, chosen from the browser's calendar."""
    return forms.DateField(label=label, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"), **options)


def read_amount(typed: str, currency: str) -> int:
    """The minor units that were meant, above zero. Raises `ValidationError`, in the reader's language."""
    try:
        return parse_amount(typed, currency, page_language(), limits=AnyAmount())
    except AmountError as error:
        raise forms.ValidationError(str(error)) from error
