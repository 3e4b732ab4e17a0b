"""What governments, institutions and companies promised and paid: a table that adds up, and the same as CSV."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from blueheart.languages import page_language
from blueheart.pages import public_page
from blueheart.tables import Cell, csv_download
from campaigns.views.query import asked, asks_for_csv, page_of
from donations import open_books
from donations.amounts import in_units
from donations.contributions import Amounts, Contribution, all_contributions, as_read, totals
from donations.models import Contributor

PER_PAGE = 50
KINDS = {kind.value: kind.label for kind in Contributor.Kind}
COLUMNS = (
    "year", "kind", "iso2", "contributor", "currency", "promised", "paid", "paid_beyond_promises", "outstanding",
    "written_off",
)  # fmt: skip
FIGURES = (open_books.PROMISED, open_books.PAID, open_books.OUTSTANDING, open_books.WRITTEN_OFF)


@public_page(query=("year", "kind", "format", "page"))
def contributions(request: HttpRequest) -> HttpResponse:
    """The table by year and contributor, of one year or kind where the address says so; in pages or as CSV."""
    rows, language = all_contributions(), page_language()
    typed = {name: asked(request, name) for name in ("year", "kind")}
    chosen = {name: value for name, value in typed.items() if value}
    found = as_read((row for row in rows if _is_chosen(row, chosen)), language)
    if asks_for_csv(request):
        return csv_download("contributions", COLUMNS, (_cells(row, language) for row in found))
    sums = totals(found)
    context = {
        "page": page_of(request, [(row, row.name_in(language), KINDS[row.whose.kind]) for row in found], PER_PAGE),
        "totals": sums,
        "has_written_off": any(amounts.written_off_minor for amounts in sums.values()),
        # What was filtered has no sum in dollars: the books convert by the months in which something was booked.
        "dollars": {} if chosen or not rows else _in_dollars(sums),
        "years": sorted({row.year for row in rows}, reverse=True),
        "kinds": list(KINDS.items()),
        "chosen": chosen,
        "query": urlencode(chosen),
    }
    return render(request, "donations/contributions.html", context)


def _is_chosen(row: Contribution, chosen: dict[str, str]) -> bool:
    return chosen.get("year", str(row.year)) == str(row.year) and chosen.get("kind", row.whose.kind) == row.whose.kind


def _in_dollars(sums: Mapping[str, Amounts]) -> dict[str, object]:
    """The figures of the open books in US cents, and the currencies of which a rate is missing; two queries."""
    dollars = open_books.in_dollars(open_books.read())
    return {
        "amounts": {figure.key: dollars.amounts[figure.key] for figure in FIGURES},
        "left_out": [each.currency for each in dollars.left_out if each.currency in sums],
    }


def _cells(row: Contribution, language: str) -> list[Cell]:
    return [
        row.year, row.whose.kind, row.whose.iso2, row.name_in(language) or "others", row.currency,
        *(in_units(minor, row.currency) for minor in _figures(row.amounts)),
    ]  # fmt: skip


def _figures(amounts: Amounts) -> Iterable[int]:
    yield from (amounts.promised_minor, amounts.paid_minor, amounts.beyond_minor)
    yield from (amounts.outstanding_minor, amounts.written_off_minor)
