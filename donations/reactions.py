"""What each kind of Stripe event makes us do. An event is a hint: we look at Stripe and book what we see there.

A reaction asks Stripe first and returns the booking, which runs in the transaction that ends the event.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from django.db import transaction
from django.db.models import Max

from donations import gateway
from donations.ledger import UnbalancedError
from donations.models import Donation, MonthlyGift, StripeEvent
from donations.services import disputes, fraud_warnings, payouts, refunds_at_stripe
from donations.services.fulfilment import (
    PAID,
    UnknownDonationError,
    book_checkout,
    fulfil_checkout,
    look_at_checkout,
)
from donations.services.lost_gifts import LOST
from donations.services.monthly_gifts import (
    announce_charge,
    book_renewal,
    book_subscription,
    book_unpaid_charge,
    is_agreed,
    is_first_invoice,
)
from donations.services.payments import NotYetError, OddAnswerError, received


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
UPCOMING = "invoice.upcoming"


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
    if not invoice.due_minor:
        return _ignore("the invoice asks for nothing")
    if _is_known(invoice.subscription_id) and is_agreed(invoice):
        return lambda: _after(lambda: book_renewal(invoice), paid=True)
    subscription = gateway.retrieve_subscription(invoice.subscription_id)
    if not _is_known(invoice.subscription_id):
        _begin_monthly_gift(subscription)
    if not _is_known(invoice.subscription_id):
        return lambda: _lost(f"subscription {invoice.subscription_id}") if subscription.donation else NOT_OURS
    return lambda: _after(lambda: _renewal_of(subscription, invoice), paid=True)


def charge_failed(invoice_id: str) -> Booking:
    """A charge of a monthly gift did not go through, its donor is to confirm it, or it was given up."""
    invoice, waits_for_donor = gateway.retrieve_unpaid_invoice(invoice_id)
    if not invoice.subscription_id:
        return lambda: NOT_OURS
    if is_first_invoice(invoice):
        return _ignore("the pay page tells the donor itself")
    is_known = _is_known(invoice.subscription_id)
    # The last try in vain ends the gift in the same moment: then its end is all there is to tell.
    asks = not is_known or invoice.next_try_at is None
    subscription = gateway.retrieve_subscription(invoice.subscription_id) if asks else None
    if subscription and not is_known:
        _begin_monthly_gift(subscription)
    return lambda: _unpaid(subscription, invoice, waits_for_donor)


def charge_updated(charge_id: str) -> Booking:
    """Stripe says late what it kept of a payment: only then can it be booked, as a gift or in suspense."""
    payment_id = gateway.payment_of_charge(charge_id)
    donation = Donation.objects.filter(stripe_payment_intent_id=payment_id).first() if payment_id else None
    if donation is None or received(donation) is not None:
        return _ignore("no donation waits for it")
    if donation.stripe_checkout_session_id:
        return checkout_changed(donation.stripe_checkout_session_id)
    return invoice_paid(str(donation.stripe_invoice_id))


def payment_failed(payment_id: str) -> Booking:
    """A card was declined, or a bank said no: of a pay page, for the charges of monthly gifts have invoices."""
    marked = gateway.retrieve_payment(payment_id).donation
    donation = Donation.objects.filter(public_id=marked).first() if marked else None
    if donation is None:
        return (lambda: _lost(f"payment {payment_id}")) if marked else lambda: NOT_OURS
    if not donation.stripe_checkout_session_id:
        return lambda: Outcome(Outcome.Kind.LATER, f"the pay page of {donation.public_id} is not known yet")
    return checkout_changed(donation.stripe_checkout_session_id)


def charge_refunded(charge_id: str) -> Booking:
    """Some of a charge was refunded, or a refund of it failed."""
    return _refunds_of(gateway.payment_of_charge(charge_id))


def refund_changed(refund_id: str) -> Booking:
    """A refund was made by us or in Stripe's dashboard, arrived, or came back."""
    return _refunds_of(gateway.retrieve_refund(refund_id).payment_intent_id)


def dispute_changed(dispute_id: str) -> Booking:
    """A bank asks, takes money back, decides, or gives it back."""
    seen = disputes.look_at_dispute(dispute_id)
    payment_id = disputes.payment_of(seen)
    return _resting_on(payment_id, lambda: disputes.book_dispute(payment_id, seen))


def fraud_warned(warning_id: str) -> Booking:
    """A card network holds a charge for fraud, or nothing can be done about it any more."""
    seen = fraud_warnings.look_at_warning(warning_id)
    payment_id = fraud_warnings.payment_of(seen)
    return _resting_on(payment_id, lambda: fraud_warnings.book_warning(payment_id, seen))


def payout_changed(payout_id: str) -> Booking:
    """Money goes to our bank, arrives, or comes back; and Stripe says of what it consists."""
    seen = payouts.look_at_payout(payout_id)
    for line in seen.unbooked:
        book_movement(line)
    return lambda: _payout(seen)


def payout_moved(payout_id: str) -> Booking:
    """An earlier payout, whose money came back in this one."""
    seen = gateway.retrieve_payout(payout_id)
    return lambda: _told(lambda: payouts.book_payout(seen))


def charge_collected(charge_id: str) -> Booking:
    """A charge whose gift is not in the books."""
    payment_id = gateway.payment_of_charge(charge_id)
    booked = _donation_first(payment_id) if payment_id else NOT_OURS
    return lambda: booked


def book_movement(moved: gateway.BalanceTransaction) -> Outcome:
    """Book what moved our balance, where no event did: by what moved it. Raises `GatewayError`.

    For payouts, and for whoever compares the books with Stripe's list; what belongs to no gift stays for the payout.
    """
    reaction = SOURCES.get(moved.source_id.partition("_")[0])
    if reaction is None:
        return Outcome(Outcome.Kind.IGNORED, f"{moved.category} of {moved.source_id or 'nothing'} is no gift")
    book = reaction(moved.source_id)
    with transaction.atomic():
        return book()


def subscription_changed(subscription_id: str) -> Booking:
    """A monthly gift is active, past due, paused or ended."""
    subscription = gateway.retrieve_subscription(subscription_id)
    if not _is_known(subscription_id):
        _begin_monthly_gift(subscription)
    ours = bool(subscription.donation)
    before = Outcome(Outcome.Kind.IGNORED, "the monthly gift has not begun") if ours else NOT_OURS
    return lambda: DONE if book_subscription(subscription) else before


def charge_is_near(subscription_id: str) -> Booking:
    """A monthly gift is to be charged in some days; the event names the subscription, for the invoice is none yet."""
    subscription = gateway.retrieve_subscription(subscription_id)
    if not _is_known(subscription_id):
        _begin_monthly_gift(subscription)
    said = StripeEvent.objects.filter(stripe_object_id=subscription_id, type=UPCOMING)
    said_at = said.aggregate(at=Max("happened_at"))["at"]
    return lambda: DONE if announce_charge(subscription, said_at=said_at) else NOT_OURS


# Everything else is ignored by rule: it repeats what these say, or concerns parts of Stripe that we do not use.
REACTIONS: dict[str, Callable[[str], Booking]] = {
    "checkout.session.completed": checkout_changed,
    "checkout.session.async_payment_succeeded": checkout_changed,
    "checkout.session.async_payment_failed": checkout_changed,
    "checkout.session.expired": checkout_changed,
    "invoice.marked_uncollectible": charge_failed,
    "invoice.paid": invoice_paid,
    "invoice.payment_action_required": charge_failed,
    "invoice.payment_failed": charge_failed,
    "invoice.voided": charge_failed,
    UPCOMING: charge_is_near,
    "charge.updated": charge_updated,
    "payment_intent.payment_failed": payment_failed,
    "charge.refunded": charge_refunded,
    "charge.refund.updated": refund_changed,
    "refund.created": refund_changed,
    "refund.updated": refund_changed,
    "refund.failed": refund_changed,
    "charge.dispute.created": dispute_changed,
    "charge.dispute.updated": dispute_changed,
    "charge.dispute.closed": dispute_changed,
    "charge.dispute.funds_withdrawn": dispute_changed,
    "charge.dispute.funds_reinstated": dispute_changed,
    "radar.early_fraud_warning.created": fraud_warned,
    "radar.early_fraud_warning.updated": fraud_warned,
    "payout.created": payout_changed,
    "payout.updated": payout_changed,
    "payout.paid": payout_changed,
    "payout.failed": payout_changed,
    "payout.canceled": payout_changed,
    "payout.reconciliation_completed": payout_changed,
    "customer.subscription.updated": subscription_changed,
    "customer.subscription.deleted": subscription_changed,
    "customer.subscription.paused": subscription_changed,
    "customer.subscription.resumed": subscription_changed,
}

# By the beginning of their ids, what moves our balance on behalf of a gift or a payout.
SOURCES: dict[str, Callable[[str], Booking]] = {
    "ch": charge_collected,
    "py": charge_collected,
    "re": refund_changed,
    "pyr": refund_changed,
    "dp": dispute_changed,
    "du": dispute_changed,
    "po": payout_moved,
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


def _renewal_of(subscription: gateway.Subscription, invoice: gateway.Invoice) -> Donation:
    """A charge after its monthly gift, which Stripe may have changed before we learnt of it."""
    book_subscription(subscription)
    return book_renewal(invoice)


def _unpaid(subscription: gateway.Subscription | None, invoice: gateway.Invoice, waits_for_donor: bool) -> Outcome:
    if subscription:
        book_subscription(subscription)
    return DONE if book_unpaid_charge(invoice, waits_for_donor=waits_for_donor) else NOT_OURS


def _refunds_of(payment_id: str) -> Booking:
    if not payment_id:
        return lambda: NOT_OURS
    seen = refunds_at_stripe.look_at_refunds(payment_id)
    return _resting_on(payment_id, lambda: refunds_at_stripe.book_refunds(payment_id, seen))


def _resting_on(payment_id: str, book: Callable[[], object]) -> Booking:
    """Book what rests on a donation; the donation first, where this hint overtook the one about it."""
    before = _donation_first(payment_id) if payment_id else NOT_OURS
    return (lambda: _told(book)) if before == DONE else lambda: before


def _donation_first(payment_id: str) -> Outcome:
    """Have the payment's donation booked, in a transaction of its own."""
    donation = Donation.objects.filter(stripe_payment_intent_id=payment_id).first()
    if donation and received(donation) is not None:
        return DONE
    booking = _booking_of_payment(payment_id, donation)
    with transaction.atomic():
        return booking()


def _booking_of_payment(payment_id: str, donation: Donation | None) -> Booking:
    marked = "" if donation else gateway.retrieve_payment(payment_id).donation
    donation = donation or (Donation.objects.filter(public_id=marked).first() if marked else None)
    if donation and donation.stripe_checkout_session_id:
        return checkout_changed(donation.stripe_checkout_session_id)
    if donation is None and marked:
        return lambda: _lost(f"payment {payment_id}")
    invoice_id = gateway.invoice_of_payment(payment_id)
    return invoice_paid(invoice_id) if invoice_id else lambda: NOT_OURS


def _told(book: Callable[[], object]) -> Outcome:
    """Book, and say how the event ends."""
    try:
        book()
    except UnknownDonationError as error:
        return Outcome(Outcome.Kind.IGNORED, f"{error} is no donation of this portal")
    except NotYetError as error:
        return Outcome(Outcome.Kind.LATER, str(error))
    except (OddAnswerError, UnbalancedError, payouts.NotReconciledError) as error:
        return Outcome(Outcome.Kind.SHELVED, str(error))
    return DONE


def _payout(seen: payouts.SeenPayout) -> Outcome:
    """The payout itself is booked even where it does not add up."""
    booked = _told(lambda: payouts.book_payout(seen.payout))
    return _told(lambda: payouts.reconcile_payout(seen)) if booked == DONE else booked


def _lost(what: str) -> Outcome:
    return Outcome(Outcome.Kind.SHELVED, f"{what} {LOST}")


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
