"""What each kind of Stripe event makes us do. An event is a hint: we look at Stripe and book what we see there.

A reaction asks Stripe first and returns the booking, which runs in the transaction that ends the event.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from donations import gateway
from donations.models import Donation, MonthlyGift, StripeEvent
from donations.services.fulfilment import (
    PAID,
    UnknownDonationError,
    book_checkout,
    fulfil_checkout,
    look_at_checkout,
)
from donations.services.monthly_gifts import book_renewal, book_subscription, is_first_invoice


@dataclass(frozen=True)
class Outcome:
    """How an event ends; all but DONE say why."""

    class Kind(Enum):
        DONE = "done"
        IGNORED = "ignored"
        LATER = "later"
        SHELVED = "shelved"

    kind: Kind
    reason: str = ""


DONE = Outcome(Outcome.Kind.DONE)
NOT_OURS = Outcome(Outcome.Kind.IGNORED, "it is about no donation of this portal")
Booking = Callable[[], Outcome]


def react(event: StripeEvent) -> Booking:
    """Look at Stripe for what the event hints at, and return what to book. Raises `GatewayError`."""
    if not event.type:
        return lambda: Outcome(Outcome.Kind.SHELVED, event.reason)
    reaction = REACTIONS.get(event.type)
    if reaction is None:
        return _ignore(f"nothing is done on {event.type}")
    if not event.stripe_object_id:
        return lambda: Outcome(Outcome.Kind.SHELVED, "it names no object to look at")
    return reaction(event.stripe_object_id)


def checkout_changed(session_id: str) -> Booking:
    """A pay page was completed, closed, or its delayed payment ended."""
    seen = look_at_checkout(session_id)
    return lambda: _after(lambda: book_checkout(seen), paid=seen.session.payment_status == PAID)


def invoice_paid(invoice_id: str) -> Booking:
    """A monthly gift was charged: the first time by its pay page, later by itself."""
    invoice = gateway.retrieve_invoice(invoice_id)
    if not invoice.subscription_id:
        return _ignore("the invoice belongs to no monthly gift")
    if is_first_invoice(invoice):
        return _first_charge(invoice)
    if invoice.status != PAID:
        return _ignore(f"the invoice is {invoice.status}")
    if not _is_known(invoice.subscription_id):
        subscription = gateway.retrieve_subscription(invoice.subscription_id)
        _begin_monthly_gift(subscription)
        if not _is_known(invoice.subscription_id):
            return lambda: _lost(f"subscription {invoice.subscription_id}") if subscription.donation else NOT_OURS
    return lambda: _after(lambda: book_renewal(invoice), paid=True)


def charge_updated(charge_id: str) -> Booking:
    """Stripe says late what it kept of a payment: only then a gift that is processing can be booked."""
    payment_id = gateway.payment_of_charge(charge_id)
    waiting = Donation.objects.filter(stripe_payment_intent_id=payment_id, status=Donation.Status.PROCESSING)
    donation = waiting.first() if payment_id else None
    if donation is None:
        return _ignore("no donation waits for it")
    if donation.stripe_checkout_session_id:
        return checkout_changed(donation.stripe_checkout_session_id)
    return invoice_paid(str(donation.stripe_invoice_id))


def subscription_changed(subscription_id: str) -> Booking:
    """A monthly gift is active, past due, paused or ended."""
    subscription = gateway.retrieve_subscription(subscription_id)
    if not _is_known(subscription_id):
        _begin_monthly_gift(subscription)
    ours = bool(subscription.donation)
    before = Outcome(Outcome.Kind.IGNORED, "the monthly gift has not begun") if ours else NOT_OURS
    return lambda: DONE if book_subscription(subscription) else before


# Everything else is ignored by rule: it repeats what these say, or concerns parts of Stripe that we do not use.
REACTIONS: dict[str, Callable[[str], Booking]] = {
    "checkout.session.completed": checkout_changed,
    "checkout.session.async_payment_succeeded": checkout_changed,
    "checkout.session.async_payment_failed": checkout_changed,
    "checkout.session.expired": checkout_changed,
    "invoice.paid": invoice_paid,
    "charge.updated": charge_updated,
    "customer.subscription.updated": subscription_changed,
    "customer.subscription.deleted": subscription_changed,
    "customer.subscription.paused": subscription_changed,
    "customer.subscription.resumed": subscription_changed,
}


def _after(book: Callable[[], Donation], *, paid: bool) -> Outcome:
    """Book, and say how the event ends."""
    try:
        donation = book()
    except UnknownDonationError as error:
        if error.is_marked:
            return _lost(str(error))
        return Outcome(Outcome.Kind.IGNORED, f"{error} is no donation of this portal")
    if paid and donation.status == Donation.Status.PROCESSING:
        return Outcome(Outcome.Kind.LATER, "it is paid; Stripe has not said yet what it kept as its fee")
    return DONE


def _lost(what: str) -> Outcome:
    return Outcome(Outcome.Kind.SHELVED, f"{what} carries our mark, but what it belongs to is not here")


def _first_charge(invoice: gateway.Invoice) -> Booking:
    donation = Donation.objects.filter(stripe_invoice_id=invoice.invoice_id).first()
    if donation is None:
        marked = gateway.retrieve_subscription(invoice.subscription_id).donation
        donation = Donation.objects.filter(public_id=marked).first() if marked else None
        if donation is None and marked:
            return lambda: _lost(f"subscription {invoice.subscription_id}")
    if donation is None:
        return lambda: NOT_OURS
    if not donation.stripe_checkout_session_id:
        return lambda: Outcome(Outcome.Kind.LATER, f"the pay page of {donation.public_id} is not known yet")
    return checkout_changed(donation.stripe_checkout_session_id)


def _is_known(subscription_id: str) -> bool:
    return MonthlyGift.objects.filter(stripe_subscription_id=subscription_id).exists()


def _begin_monthly_gift(subscription: gateway.Subscription) -> None:
    """Book the pay page that began the subscription, where this hint overtook the one about it."""
    donation = Donation.objects.filter(public_id=subscription.donation).first() if subscription.donation else None
    if donation and donation.stripe_checkout_session_id:
        fulfil_checkout(donation.stripe_checkout_session_id)


def _ignore(reason: str) -> Booking:
    return lambda: Outcome(Outcome.Kind.IGNORED, reason)
