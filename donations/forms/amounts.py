"""How much: the choice of currencies, and what a gift comes to with the fees."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_percent, get_currency_name
from django import forms
from django.forms.utils import flatatt
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from blueheart.languages import babel_locale
from blueheart.money import CURRENCIES, format_amount
from donations.models import FeeRate, GivingCurrency

OTHER = "other"
# So many of the first currencies stand in a group of their own, before all the others.
COMMON = 8

Choices = list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True)
class Quote:
    """What would be charged: the gift, and what the donor adds for the fees by our estimate if it `is_covered`."""

    gift_minor: int
    estimate_minor: int
    is_covered: bool
    currency: str
    interval: str

    @property
    def cover_minor(self) -> int:
        return self.estimate_minor if self.is_covered else 0

    @property
    def total_minor(self) -> int:
        return self.gift_minor + self.cover_minor

    @property
    def is_too_much(self) -> bool:
        """Whether Stripe would refuse the sum, though it takes the gift."""
        return self.total_minor > CURRENCIES[self.currency].maximum_minor


class CurrencySelect(forms.Select):
    """A plain select of some 140 options in one go: a template for each of them costs half of the page's time."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = str(value or "")
        groups = format_html_join(
            "",
            '<optgroup label="{}">{}</optgroup>',
            ((group, format_html_join("", "<option{}>{}</option>", self._options(options, chosen)))
             for group, options in self.choices),
        )  # fmt: skip
        all_attrs = self.build_attrs({**self.attrs, "name": name}, attrs)
        return format_html("<select{}>{}</select>", flatatt(all_attrs), groups)

    def _options(self, options: Any, chosen: str) -> Iterator[tuple[SafeString, str]]:
        for code, label in options:
            yield flatatt({"value": code, "selected": code == chosen}), label


def offered_currencies() -> dict[str, GivingCurrency]:
    """The currencies that gifts are taken in, by code and in their order. One query."""
    return {row.currency: row for row in GivingCurrency.objects.offered()}


def currency_choices(codes: list[str], language: str) -> Choices:
    """The common currencies first, then all others by their codes: typing a code finds it in either."""
    common, others = codes[:COMMON], sorted(codes[COMMON:])
    groups = [(_("Often chosen"), common), (_("All others"), others)]
    return [(name, [(code, _named(code, language)) for code in group]) for name, group in groups if group]


def rate_in_words(rate: FeeRate, currency: str, language: str) -> SafeString:
    """What the payment is expected to cost; what is counted is isolated from the text around it."""
    percent = format_percent(rate.percent / Decimal(100), locale=babel_locale(language), decimal_quantization=False)
    if rate.fixed_minor:
        cost = _("Stripe keeps about %(percent)s and %(fixed)s of a payment.")
    else:
        cost = _("Stripe keeps about %(percent)s of a payment.")
    counted = {
        "percent": format_html("<bdi>{}</bdi>", percent),
        "fixed": format_html("<bdi>{}</bdi>", format_amount(rate.fixed_minor, currency, language)),
    }
    added = _("If you add it, your whole gift arrives.")
    return mark_safe(f"{escape(cost) % counted} {escape(added)}")  # noqa: S308 escaped


def _named(code: str, language: str) -> str:
    return f"{code} – {get_currency_name(code, locale=babel_locale(language))}"
