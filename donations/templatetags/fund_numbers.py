"""What the ledger of this portal says of the Fund, for pages of any app."""

from typing import NamedTuple

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from donations import open_books
from donations.open_books import Figure

register = template.Library()

TOLD = (
    (_("Given"), open_books.NET),
    (open_books.PROMISED.name, open_books.PROMISED),
    (open_books.PAID.name, open_books.PAID),
    (open_books.GRANTED.name, open_books.GRANTED),
)


class Amount(NamedTuple):
    """So much in one currency, in minor units."""

    amount_minor: int
    currency: str


class Told(NamedTuple):
    """A figure of the open books: its name, the sentence that says what it counts, and its amounts by currency."""

    key: str
    name: str | Promise
    counted: str | Promise
    amounts: list[Amount]


@register.simple_tag
def fund_on_this_portal() -> list[Told]:
    """What was given, promised, paid and granted here, as of the last window; one query.

    To be shown with "test mode, this portal", and never added to what the UN published.
    """
    books = open_books.read()
    return [_told(books, name, figure) for name, figure in TOLD]


def _told(books: open_books.Books, name: str | Promise, figure: Figure) -> Told:
    found = [Amount(books.amount(figure, currency), currency) for currency in books.currencies]
    amounts = [amount for amount in found if amount.amount_minor]
    return Told(figure.key, name, figure.counted, amounts)
