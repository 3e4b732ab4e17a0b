"""What staff see of the money: everything, and nothing that they could change."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from blueheart.admin.base import ReadOnlyAdmin
from blueheart.admin.lists import Total
from blueheart.languages import page_language
from blueheart.money import format_amount
from donations import open_books
from donations.models import Donor, LedgerEntry

AMOUNT = ("amount_minor", "currency")


class MoneyAdmin(ReadOnlyAdmin[Any]):
    """Lists of money: what the books have added up stands below, where `figure` names it."""

    figure: open_books.Figure | None = None

    def list_totals(self) -> Sequence[Total]:
        if self.figure is None:
            return ()
        sums = open_books.sums_of(self.figure)
        return [Total(self.figure.name, [shown_amount(amount, currency) for currency, amount in sums])]

    def look_up(self, model: type[Model], name: str, term: str) -> QuerySet[Any, Any]:
        """Donors are found by a whole address, in upper or lower case."""
        if model is Donor and name == "email":
            return Donor.objects.with_email(term).order_by().values_list("pk", flat=True)
        return super().look_up(model, name, term)

    @admin.display(description=_("amount"), ordering="amount_minor")
    def amount(self, obj: Any) -> str:
        return shown_amount(obj.amount_minor, obj.currency)


def shown_amount(amount_minor: int, currency: str) -> str:
    """The amount as the reader’s language writes it."""
    return format_amount(amount_minor, currency, page_language())


def shown_entries(**about: Model) -> SafeString | str:
    """The ledger's entries of a donation, refund or dispute, as a list in the order of posting; one query."""
    entries = LedgerEntry.objects.filter(**{f"transaction__{name}": row for name, row in about.items()})
    rows = [
        (entry.get_account_display(), shown_amount(entry.amount_minor, entry.currency))
        for entry in entries.order_by("transaction_id", "pk")
    ]
    return shown_list("<li>{}: <bdi>{}</bdi></li>", rows)


def shown_list(item: str, rows: list[tuple[Any, ...]]) -> SafeString | str:
    """The rows as a list of HTML, each by the template of one item."""
    return format_html("<ul>{}</ul>", format_html_join("", item, rows)) if rows else "–"
