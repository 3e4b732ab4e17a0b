"""The open books as one table, for spreadsheets and scripts: all that the page shows, and what it leaves out."""

from collections.abc import Iterator

from blueheart.tables import Cell
from donations.exchange_rates import USD
from donations.models import ExchangeRate
from donations.open_books import FIGURES, Books, InDollars

# A month is its first day. Without one a row tells what is so in all, or what stands there today.
COLUMNS = (
    "kind", "name", "currency", "month", "amount_minor", "usd_minor", "units_per_usd", "rate_valid_from",
    "debits_minor", "credits_minor",
)  # fmt: skip


def rows(books: Books, dollars: InDollars) -> Iterator[list[Cell]]:
    """Figures in all and by month, gifts, sums in dollars, and what was put to both sides of every account."""
    yield from _figures(books, dollars)
    for currency, count in sorted(books.donations.items()):
        yield _row("donations", "donations", currency, amount=count)
    yield from _months(books, dollars)
    for figure in FIGURES:
        yield _row("in-usd", figure.key, USD, amount=dollars.amounts[figure.key], cents=dollars.amounts[figure.key])
    for proof in books.proofs():
        for side in proof.accounts:
            row = _row("account", side.account, side.currency, amount=side.balance_minor)
            yield [*row[:-2], side.debits_minor, side.credits_minor]


def _figures(books: Books, dollars: InDollars) -> Iterator[list[Cell]]:
    """Each figure of each currency; of balances also what they are worth today."""
    today = {used.currency: used.rate for used in dollars.used if used.month is None}
    for currency in books.currencies:
        for figure in FIGURES:
            if books.has(figure, currency):
                cents = dollars.converted.get((figure.key, currency, None))
                rate = today.get(currency) if cents is not None else None
                yield _row(
                    "figure", figure.key, currency, amount=books.amount(figure, currency), cents=cents, rate=rate
                )


def _months(books: Books, dollars: InDollars) -> Iterator[list[Cell]]:
    """What happened in each month; of a balance, what stood there at its end, which no rate of that day converts."""
    rates = {(used.currency, used.month): used.rate for used in dollars.used}
    for currency in books.currencies:
        for figure in FIGURES:
            for month, _moved in books.moves(figure, currency):
                cents = dollars.converted.get((figure.key, currency, month))
                rate = rates.get((currency, month)) if cents is not None else None
                amount = books.in_month(figure, currency, month)
                row = _row("month", figure.key, currency, amount=amount, cents=cents, rate=rate)
                yield [*row[:3], month, *row[4:]]


def _row(
    kind: str, name: str, currency: str, *, amount: int, cents: int | None = None, rate: ExchangeRate | None = None
) -> list[Cell]:
    converted: list[Cell] = [cents, rate.units_per_usd if rate else None, rate.valid_from if rate else None]
    return [kind, name, currency, None, amount, *converted, None, None]
