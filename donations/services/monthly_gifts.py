"""Monthly gifts after they began: their later charges, and what Stripe says became of them."""

from django.db import transaction

from donations.gateway import Invoice, Subscription
from donations.models import Donation, MonthlyGift
from donations.services.fulfilment import UnknownDonationError, as_given, book_payment, quarantine

FIRST_INVOICE = "subscription_create"


def is_first_invoice(invoice: Invoice) -> bool:
    """Whether the invoice belongs to the Checkout Session that began the subscription."""
    return invoice.billing_reason == FIRST_INVOICE


@transaction.atomic
def book_renewal(invoice: Invoice) -> Donation:
    """Book one charge of a monthly gift after the first: a donation of its own, found by its invoice.

    Raises `UnknownDonationError` where there is no such monthly gift.
    """
    monthly_gift = lock_monthly_gift(invoice.subscription_id)
    if monthly_gift is None:
        raise UnknownDonationError(f"subscription {invoice.subscription_id}", is_marked=False)
    donation, _created = Donation.objects.select_for_update(of=["self"]).get_or_create(
        stripe_invoice_id=invoice.invoice_id,
        defaults={
            "interval": monthly_gift.interval,
            "monthly_gift": monthly_gift,
            **as_given(monthly_gift),
        },
    )
    if (invoice.amount_minor, invoice.currency) != (donation.amount_minor, donation.currency):
        return quarantine(donation, f"the invoice says {invoice.amount_minor} {invoice.currency}")
    return book_payment(donation, invoice.payment)


@transaction.atomic
def book_subscription(subscription: Subscription) -> MonthlyGift | None:
    """Take over Stripe's status of a monthly gift; None where we know none of this subscription."""
    monthly_gift = lock_monthly_gift(subscription.subscription_id)
    if monthly_gift and not monthly_gift.has_ended and monthly_gift.status_as_of < subscription.as_of:
        monthly_gift.status, monthly_gift.status_as_of = subscription.status, subscription.as_of
        monthly_gift.save(update_fields=["status", "status_as_of"])
    return monthly_gift


def lock_monthly_gift(subscription_id: str) -> MonthlyGift | None:
    """The monthly gift of a subscription, locked until the transaction ends."""
    locked = MonthlyGift.objects.select_for_update(of=["self"])
    return locked.filter(stripe_subscription_id=subscription_id).first()
