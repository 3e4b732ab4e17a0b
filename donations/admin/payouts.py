"""Payouts in the office: what each consists of, and whether it adds up."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.filters import IndexedValues
from donations.admin.money import AMOUNT, MoneyAdmin, shown_amount
from donations.models import Payout, PayoutLine
from donations.services.payout_equation import equation_of
from donations.services.payouts import failures


class DidNotArrive(admin.SimpleListFilter):
    """Those whose money is still in the balance with Stripe."""

    title = gettext_lazy("did not arrive")
    parameter_name = "failed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", gettext_lazy("and none has arrived since"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payout]) -> QuerySet[Payout]:
        return queryset.filter(pk__in=failures().values("pk")) if self.value() == "open" else queryset


@admin.register(Payout)
class PayoutAdmin(MoneyAdmin):
    list_display = ["stripe_payout_id", "amount", "status", "arrives_on", "is_automatic", "reconciled_at", "created_at"]
    list_filter = [
        DidNotArrive, "status", ("reconciled_at", admin.EmptyFieldListFilter), "is_automatic", "currency", "created_at",
    ]  # fmt: skip
    moments = "created_at"
    summed = AMOUNT
    search_fields = ["=stripe_payout_id", "=lines__stripe_balance_transaction_id"]
    search_help_text = gettext_lazy("A whole Stripe id, of a payout or of a balance transaction in it.")
    fields = [
        "stripe_payout_id", "amount", "status", "arrives_on", "failure_code", "is_automatic", "reconciled_at",
        "created_at", "status_as_of",
    ]  # fmt: skip
    readonly_fields = ["amount"]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the equation of the payout beside its fields."""
        payout = self.get_object(request, object_id)
        context = {"equation": _equation(payout), **(extra_context or {})} if payout else extra_context
        return super().change_view(request, object_id, form_url, context)


@admin.register(PayoutLine)
class PayoutLineAdmin(MoneyAdmin):
    list_display = ["stripe_balance_transaction_id", "payout", "kind", "amount", "fee", "net"]
    list_select_related = ["payout"]
    list_filter = ["kind", ("currency", IndexedValues)]
    grows = True
    summed = AMOUNT
    search_fields = ["=stripe_balance_transaction_id", "=payout__stripe_payout_id"]
    search_help_text = gettext_lazy("A whole Stripe id, of a payout or of a balance transaction in it.")

    @admin.display(description=gettext_lazy("fee"), ordering="fee_minor")
    def fee(self, line: PayoutLine) -> str:
        return shown_amount(line.fee_minor, line.currency)

    @admin.display(description=gettext_lazy("net"), ordering="net_minor")
    def net(self, line: PayoutLine) -> str:
        return shown_amount(line.net_minor, line.currency)


def _equation(payout: Payout) -> dict[str, Any] | None:
    """The equation in words and amounts."""
    equation = equation_of(payout)
    if equation is None:
        return None
    words = {
        "gross": _("Gifts, gross"),
        "fees": _("Fees"),
        "refunds": _("Refunds"),
        "disputes": _("Disputes"),
        "adjustments": _("Adjustments"),
    }
    return {
        "terms": [
            (words[term.name], shown_amount(term.amount_minor, payout.currency), term.movements)
            for term in equation.terms
        ],
        "sum": shown_amount(equation.sum_minor, payout.currency),
        "payout": shown_amount(payout.amount_minor, payout.currency),
        "is_exact": equation.is_exact,
    }
