"""Gifts as staff see them, whichever way they came."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from blueheart.admin.filters import IndexedValues
from donations import open_books
from donations.admin.acts import admin_url
from donations.admin.money import AMOUNT, MoneyAdmin, shown_amount, shown_entries, shown_list
from donations.admin.offline_gifts import record_gift, reverse_gift
from donations.models import Dispute, Donation, Refund, StripeEvent


@admin.register(Donation)
class DonationAdmin(MoneyAdmin):
    list_display = [
        "public_id", "amount", "method", "interval", "status", "campaign", "donor", "created_at", "succeeded_at",
    ]  # fmt: skip
    list_select_related = ["campaign", "donor"]
    list_filter = ["method", "status", "interval", ("currency", IndexedValues), "created_at"]
    grows = True
    moments = "created_at"
    figure = open_books.RECEIVED
    summed = AMOUNT
    search_fields = [
        "=public_id",
        "=donor__email",
        "=stripe_checkout_session_id",
        "=stripe_payment_intent_id",
        "=stripe_invoice_id",
    ]
    search_help_text = _("A whole reference, address or Stripe id.")
    readonly_fields = ["amount", "fee_cover", "went_back", "in_the_ledger", "its_receipts", "stripe_events"]
    fieldsets = [
        (None, {"fields": [
            "amount", "fee_cover", "interval", "status", "reason", "created_at", "succeeded_at", "donor",
            "receipt_name", "language", "campaign", "monthly_gift", "went_back", "in_the_ledger",
            "its_receipts",
        ]}),
        (_("Recorded by staff"), {"fields": [
            "method", "in_kind", "offline_reference", "recorded_by", "reversed_for",
        ]}),
        (_("What others see"), {"fields": [
            "public_name_kind", "public_name", "public_name_hidden", "name_hidden_for", "words", "words_status",
            "words_declined_for", "is_amount_shown", "is_16_or_older", "consent_version", "may_need_help_at",
            "help_answered_at",
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

    @admin.display(description=_("receipts"))
    def its_receipts(self, donation: Donation) -> SafeString | str:
        """Those without an address get theirs by post: printed from there."""
        rows = [(admin_url(receipt), receipt.number) for receipt in donation.receipts.order_by("pk")]
        return shown_list('<li><a href="{}"><bdi>{}</bdi></a></li>', rows)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("record/", view(self.record), name="donations_donation_record"),
            path("<int:pk>/reverse/", view(self.reverse_gift), name="donations_donation_reverse"),
        ]
        return [*own, *super().get_urls()]

    def record(self, request: HttpRequest) -> HttpResponse:
        """Record a gift that did not come through Stripe."""
        return record_gift(request, self)

    def reverse_gift(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a gift that was recorded out of the books again."""
        return reverse_gift(request, self, get_object_or_404(Donation.objects.select_related("campaign"), pk=pk))

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
