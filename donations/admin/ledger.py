"""The ledger in the office: every transaction with its entries, the public totals, and the way to the statements."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from blueheart.admin.base import ReadOnly, ReadOnlyAdmin
from blueheart.admin.lists import Total
from blueheart.languages import page_language
from blueheart.money import format_amount
from donations.admin import bookkeeping, statements
from donations.admin.money import MoneyAdmin, shown_amount
from donations.models import BooksTotal, ClosedPeriod, LedgerEntry, LedgerTotal, LedgerTransaction


class LedgerEntryInline(ReadOnly, admin.TabularInline[Any, Any]):
    model = LedgerEntry
    fields = readonly_fields = ("account_statement", "debit", "credit")
    extra = 0

    @admin.display(description=_("account"))
    def account_statement(self, entry: LedgerEntry) -> SafeString:
        url = reverse("admin:donations_account_statement", args=[entry.account, entry.currency])
        return format_html('<a href="{}">{}, <bdi>{}</bdi></a>', url, entry.get_account_display(), entry.currency)

    @admin.display(description=_("debit"))
    def debit(self, entry: LedgerEntry) -> str:
        return _amount(entry.amount_minor, entry.currency) if entry.amount_minor > 0 else ""

    @admin.display(description=_("credit"))
    def credit(self, entry: LedgerEntry) -> str:
        return _amount(-entry.amount_minor, entry.currency) if entry.amount_minor < 0 else ""


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(MoneyAdmin):
    list_display = ["id", "purpose", "donation", "posted_on", "happened_at", "stripe_balance_transaction_id"]
    list_select_related = ["donation"]
    list_filter = ["purpose", "posted_on"]
    grows = True
    moments = "posted_on"
    summed = ("entries__amount_minor", "entries__currency")
    search_fields = ["=stripe_balance_transaction_id", "=donation__public_id"]
    search_help_text = _("A whole reference or Stripe id.")
    inlines = [LedgerEntryInline]

    def list_totals(self) -> Sequence[Total]:
        """What stands on the debit side; as much stands on the other."""
        sums = BooksTotal.objects.order_by("currency").values_list("currency").annotate(sum=Sum("debits_minor"))
        return [Total(_("Debits, and as many credits"), [shown_amount(int(total), code) for code, total in sums])]

    def add_up(self, keys: QuerySet[Any]) -> list[tuple[str, int]]:
        debits = LedgerEntry.objects.filter(transaction__in=keys, amount_minor__gt=0).order_by("currency")
        return [
            (code, int(total)) for code, total in debits.values_list("currency").annotate(total=Sum("amount_minor"))
        ]

    def get_urls(self) -> list[URLPattern]:
        return [
            path("trial-balance/", self._page(statements.trial_balance), name="donations_trial_balance"),
            path("entries/", self._page(statements.general_ledger), name="donations_general_ledger"),
            path(
                "accounts/<str:account>/<str:currency>/",
                self._page(statements.account_statement),
                name="donations_account_statement",
            ),
            path("adjust/", self._page(bookkeeping.adjust), name="donations_post_adjustment"),
            path("<int:pk>/reverse/", self._page(bookkeeping.reverse_one), name="donations_reverse_adjustment"),
            *super().get_urls(),
        ]

    def _page(self, view: Any) -> Any:
        return self.admin_site.admin_view(lambda request, **names: view(request, self, **names))


@admin.register(LedgerTotal)
class LedgerTotalAdmin(MoneyAdmin):
    list_display = ["campaign_or_fund", "currency", "received", "refunded", "disputed", "donations"]
    list_select_related = ["campaign"]

    @admin.display(description=_("campaign"))
    def campaign_or_fund(self, total: LedgerTotal) -> Any:
        return total.campaign or _("The Trust Fund in general")

    @admin.display(description=_("received"), ordering="received_minor")
    def received(self, total: LedgerTotal) -> str:
        return _amount(total.received_minor, total.currency)

    @admin.display(description=_("refunded"), ordering="refunded_minor")
    def refunded(self, total: LedgerTotal) -> str:
        return _amount(total.refunded_minor, total.currency)

    @admin.display(description=_("disputed"), ordering="disputed_minor")
    def disputed(self, total: LedgerTotal) -> str:
        return _amount(total.disputed_minor, total.currency)


@admin.register(ClosedPeriod)
class ClosedPeriodAdmin(ReadOnlyAdmin[ClosedPeriod]):
    list_display = ["closed_through", "closed_at", "closed_by", "closing", "why"]
    list_select_related = ["closed_by", "closing"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClosedPeriod]:
        return super().get_queryset(request).order_by("-closed_through").defer("closing__report")


def _amount(amount_minor: int, currency: str) -> str:
    return format_amount(amount_minor, currency, page_language())
