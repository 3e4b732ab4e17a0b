"""Disputes and fraud warnings in the office: what waits for evidence, and by when."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from blueheart.admin.filters import IndexedValues
from donations import open_books
from donations.admin.acts import linked
from donations.admin.money import AMOUNT, MoneyAdmin, shown_amount, shown_entries
from donations.models import Dispute, FraudWarning


class WantsEvidence(admin.SimpleListFilter):
    """Those that somebody has to answer in Stripe's dashboard."""

    title = _("evidence")
    parameter_name = "evidence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("wanted", _("wanted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Dispute]) -> QuerySet[Dispute]:
        if self.value() != "wanted":
            return queryset
        return queryset.filter(status__in=Dispute.WANTS_RESPONSE).order_by("evidence_due_at", "pk")


@admin.register(Dispute)
class DisputeAdmin(MoneyAdmin):
    list_display = ["stripe_dispute_id", "amount", "donation", "status", "reason", "evidence_due_at", "opened_at"]
    list_select_related = ["donation"]
    list_filter = [WantsEvidence, "status", ("reason", IndexedValues), ("currency", IndexedValues), "opened_at"]
    grows = True
    moments = "opened_at"
    figure = open_books.DISPUTES
    summed = AMOUNT
    search_fields = ["=stripe_dispute_id", "=donation__public_id"]
    search_help_text = _("A whole reference or Stripe id.")
    fields = [
        "stripe_dispute_id", "amount", "gift", "reason", "status", "evidence_due_at", "opened_at", "closed_at",
        "status_as_of", "in_the_ledger",
    ]  # fmt: skip
    readonly_fields = ["amount", "gift", "in_the_ledger"]

    @admin.display(description=_("donation"))
    def gift(self, dispute: Dispute) -> SafeString:
        return linked(dispute.donation)

    @admin.display(description=_("in the ledger"))
    def in_the_ledger(self, dispute: Dispute) -> SafeString | str:
        """Every movement of money: the withdrawal, its fee, and what came back."""
        return shown_entries(dispute=dispute)


@admin.register(FraudWarning)
class FraudWarningAdmin(MoneyAdmin):
    list_display = ["stripe_warning_id", "gift_amount", "donation", "fraud_type", "is_actionable", "warned_at"]
    list_select_related = ["donation"]
    list_filter = ["is_actionable", ("fraud_type", IndexedValues), "warned_at"]
    grows = True
    moments = "warned_at"
    search_fields = ["=stripe_warning_id", "=donation__public_id"]
    search_help_text = _("A whole reference or Stripe id.")

    @admin.display(description=_("amount"), ordering="donation__amount_minor")
    def gift_amount(self, warning: FraudWarning) -> str:
        return shown_amount(warning.donation.amount_minor, warning.donation.currency)
