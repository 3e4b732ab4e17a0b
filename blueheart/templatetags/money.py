"""Money and numbers as a reader of the page's language writes them."""

from functools import lru_cache

from babel.numbers import format_decimal
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from blueheart.languages import babel_locale, page_language
from blueheart.money import format_amount

register = template.Library()


@register.simple_tag
def money(amount_minor: int, currency: str) -> SafeString:
    """The amount in the page's language, isolated so that Arabic text around it does not turn it over."""
    return format_html("<bdi>{}</bdi>", format_amount(amount_minor, currency, page_language()))


@register.filter
def amount(amount_minor: int, currency: str) -> SafeString:
    """The same for use within a sentence: `{% blocktranslate with sum=row.amount_minor|amount:row.currency %}`."""
    return money(amount_minor, currency)


@register.filter
def unsigned(amount_minor: int) -> int:
    """The amount without its sign, where words say its side, debit or credit."""
    return abs(amount_minor)


@register.filter
def number(value: int) -> str:
    """The integer with the page's language's digits and groups."""
    return _number(value, page_language())


@lru_cache(maxsize=4096)
def _number(value: int, language: str) -> str:
    return format_decimal(value, locale=babel_locale(language))
