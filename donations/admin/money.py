"""What staff see of the money: everything, and nothing that they could change."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from blueheart.languages import page_language
from blueheart.money import format_amount
from blueheart.read_only import ReadOnly
from donations.models import Dispute, Donation, LedgerEntry, Refund, StripeEvent


class MoneyAdmin(ReadOnly, admin.ModelAdmin[Any]):
    show_full_result_count = False
    list_per_page = 50

    @admin.display(description=_("amount"), ordering="amount_minor")
    def amount(self, obj: Any) -> str:
        return shown_amount(obj.amount_minor, obj.currency)


def shown_amount(amount_minor: int, currency: str) -> str:
    """The amount as the reader’s language writes it."""
    return format_amount(amount_minor, currency, page_language())


@admin.register(Donation)
class DonationAdmin(MoneyAdmin):
    list_display = ["public_id", "amount", "interval", "status", "campaign", "donor", "created_at", "succeeded_at"]
    list_select_related = ["campaign", "donor"]
    list_filter = ["status", "interval", "currency", "created_at"]
    search_fields = [
        "=public_id",
        "=donor__email",
        "=stripe_checkout_session_id",
        "=stripe_payment_intent_id",
        "=stripe_invoice_id",
    ]
    search_help_text = _("A whole reference, address or Stripe id.")
    readonly_fields = ["amount", "fee_cover", "went_back", "in_the_ledger", "stripe_events"]
    fieldsets = [
        (None, {"fields": [
            "amount", "fee_cover", "interval", "status", "reason", "created_at", "succeeded_at", "donor",
            "receipt_name", "language", "campaign", "monthly_gift", "went_back", "in_the_ledger",
        ]}),
        (_("What others see"), {"fields": [
            "public_name_kind", "public_name", "public_name_hidden", "name_hidden_for", "words", "words_status",
            "words_declined_for", "is_amount_shown", "is_16_or_older", "may_need_help_at", "help_answered_at",
        ]}),
        ("Stripe", {"fields": [
            "failure_code", "statement_text", "stripe_checkout_session_id", "stripe_payment_intent_id",
            "stripe_invoice_id", "checkout_tries", "stripe_events",
        ]}),
    ]  # fmt: skip

    @admin.display(description=_("Of it to cover the fees"))
    def fee_cover(self, donation: Donation) -> str:
        return shown_amount(donation.fee_cover_minor, donation.currency) if donation.fee_cover_minor else "–"

    @admin.display(description=_("refunds and disputes"))
    def went_back(self, donation: Donation) -> SafeString | str:
        went: list[Refund | Dispute] = [*donation.refunds.order_by("pk"), *donation.disputes.order_by("pk")]
        rows = [
            (
                reverse(f"admin:donations_{row._meta.model_name}_change", args=[row.pk]),
                row._meta.verbose_name,
                shown_amount(row.amount_minor, row.currency),
                row.get_status_display(),
            )
            for row in went
        ]
        return shown_list('<li><a href="{}">{} <bdi>{}</bdi></a>: {}</li>', rows)

    @admin.display(description=_("in the ledger"))
    def in_the_ledger(self, donation: Donation) -> SafeString | str:
        return shown_entries(donation=donation)

    @admin.display(description=_("Stripe events"))
    def stripe_events(self, donation: Donation) -> SafeString | str:
        ids = [
            donation.stripe_checkout_session_id,
            donation.stripe_payment_intent_id,
            donation.stripe_invoice_id,
            donation.monthly_gift.stripe_subscription_id if donation.monthly_gift else None,
        ]
        events = StripeEvent.objects.filter(stripe_object_id__in=[known for known in ids if known]).order_by("pk")
        rows = [(event.type, event.get_status_display(), event.reason) for event in events]
        return shown_list("<li>{}: {} {}</li>", rows)


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
