"""Booking what became of a payment. The landing page and the webhook's worker come through the same door.

First look at Stripe, outside any transaction; then book in one transaction that locks the donation and checks it again,
so that neither the order nor the number of hints matters.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from blueheart.trail.record import record
from donations import gateway, ledger
from donations.gateway import Payment, Session, Subscription
from donations.models import Donation, LedgerTransaction, MonthlyGift, ReceiptOrder
from donations.models.gifts import Gift

Status = Donation.Status

COMPLETE, EXPIRED = "complete", "expired"
PAID = "paid"
NOT_BOOKED = "; it is not in the books: "
ENDED_PAYMENTS = frozenset({"requires_payment_method", "canceled"})
TAKEN_OVER = (
    "donor_id", "campaign_id", "amount_minor", "currency", "receipt_name", "public_name", "public_name_kind",
    "public_name_hidden", "is_amount_shown", "is_16_or_older", "consent_version", "language",
)  # fmt: skip


class UnknownDonationError(LookupError):
    """What Stripe speaks of is no donation of ours; `is_marked` where it says that it once was."""

    def __init__(self, what: str, *, is_marked: bool) -> None:
        super().__init__(what)
        self.is_marked = is_marked


@dataclass(frozen=True)
class Seen:
    """A Checkout Session as Stripe shows it, with the payment that was made on it."""

    session: Session
    payment: Payment | None


def fulfil_checkout(session_id: str) -> Donation:
    """Bring the donation of a Checkout Session to where Stripe says it is; any number of times, at any moment.

    Raises `GatewayError`, and `UnknownDonationError` where it is not ours.
    """
    seen = look_at_checkout(session_id)
    with transaction.atomic():
        return book_checkout(seen)


def look_at_checkout(session_id: str) -> Seen:
    """Ask Stripe about a session; a monthly gift's payment stands on its first invoice. Raises `GatewayError`."""
    session = gateway.retrieve_session(session_id)
    if session.subscription is None or session.status != COMPLETE:
        return Seen(session, session.payment)
    return Seen(session, gateway.retrieve_invoice(session.invoice_id).payment if session.invoice_id else None)


def book_checkout(seen: Seen) -> Donation:
    """Book what was seen of a Checkout Session, in the caller's transaction.

    Raises `UnknownDonationError`, before anything is written.
    """
    donation = _lock_donation(seen.session)
    if not donation.is_open and seen.session.status != COMPLETE:
        return donation
    if seen.session.status == EXPIRED:
        return _move(donation, Status.EXPIRED)
    if seen.session.status != COMPLETE:
        return _note_failure(donation, seen.payment)
    return _book_completed(donation, seen)


def _lock_donation(session: Session) -> Donation:
    donations = Donation.objects.select_for_update(of=["self"])
    donation = donations.filter(stripe_checkout_session_id=session.session_id).first()
    if donation:
        return donation
    donation = donations.filter(public_id=session.donation).first() if session.donation else None
    if donation is None:
        raise UnknownDonationError(f"session {session.session_id}", is_marked=bool(session.donation))
    if donation.stripe_checkout_session_id:
        raise UnknownDonationError(f"session {session.session_id}, which nobody was shown", is_marked=False)
    # Stripe made the page, and we ended before we had stored it.
    donation.stripe_checkout_session_id, donation.checkout_url = session.session_id, session.url
    donation.save(update_fields=["stripe_checkout_session_id", "checkout_url"])
    return donation


def _book_completed(donation: Donation, seen: Seen) -> Donation:
    session = seen.session
    if (session.amount_minor, session.currency) != (donation.amount_minor, donation.currency):
        return quarantine(donation, f"the session says {session.amount_minor} {session.currency}", seen.payment)
    if session.payment_status != PAID:
        payment = seen.payment
        if payment and payment.status in ENDED_PAYMENTS:
            return _move(donation, Status.FAILED, failure_code=payment.failure_code)
        if session.payment_status == "unpaid":
            return _move(donation, Status.PROCESSING, **_traces(donation, session, payment))
        return quarantine(donation, f"the session’s payment status is {session.payment_status}", payment)
    if session.subscription and donation.monthly_gift_id is None:
        donation.monthly_gift = _monthly_gift(donation, session.subscription)
        donation.save(update_fields=["monthly_gift"])
    if session.invoice_id and not donation.stripe_invoice_id:
        donation.stripe_invoice_id = session.invoice_id
        donation.save(update_fields=["stripe_invoice_id"])
    return book_payment(donation, seen.payment)


def book_payment(donation: Donation, payment: Payment | None) -> Donation:
    """Book collected money once, under the lock that the caller holds on the donation.

    Stripe collects first and says some seconds later what it kept as its fee: until then the gift is processing.
    """
    if donation.status == Status.SUCCEEDED:
        return donation
    if donation.status == Status.QUARANTINED:
        return _suspend(donation, payment)
    if payment is None:
        return quarantine(donation, "it is paid, but by no payment that Stripe names")
    if payment.status != "succeeded":
        return _move(donation, Status.PROCESSING, stripe_payment_intent_id=payment.payment_intent_id)
    if (payment.amount_minor, payment.currency) != (donation.amount_minor, donation.currency):
        return quarantine(donation, f"the payment says {payment.amount_minor} {payment.currency}", payment)
    if not donation.is_open:
        return quarantine(donation, f"it was paid after it had ended as {donation.status}", payment)
    if payment.balance_transaction is None:
        return _move(donation, Status.PROCESSING, stripe_payment_intent_id=payment.payment_intent_id)
    return _succeed(donation, payment, payment.balance_transaction)


def _succeed(donation: Donation, payment: Payment, moved: gateway.BalanceTransaction) -> Donation:
    try:
        ledger.check_donation(donation, moved)
    except ledger.UnbalancedError as error:
        return quarantine(donation, str(error), payment)
    donation.status = Status.SUCCEEDED
    donation.succeeded_at, donation.failure_code = moved.created_at, ""
    donation.stripe_payment_intent_id = payment.payment_intent_id
    donation.statement_text = payment.statement_text[:40]
    donation.save(
        update_fields=["status", "succeeded_at", "failure_code", "stripe_payment_intent_id", "statement_text"]
    )
    ledger.post_donation(donation, moved)
    order_receipt(donation, cause=f"donation:{donation.pk}")
    return donation


def order_receipt(donation: Donation, *, cause: str) -> None:
    """Have the receipt of a donation issued, or looked at again, if this transaction commits; once per cause."""
    ReceiptOrder.objects.bulk_create([ReceiptOrder(donation=donation, cause=cause)], ignore_conflicts=True)


def _monthly_gift(donation: Donation, subscription: Subscription) -> MonthlyGift:
    monthly_gift, _created = MonthlyGift.objects.get_or_create(
        stripe_subscription_id=subscription.subscription_id,
        defaults={
            "status": subscription.status,
            "status_as_of": subscription.as_of,
            "stripe_customer_id": subscription.customer_id,
            "stripe_payment_method_id": subscription.payment_method_id,
            "next_charge_at": subscription.next_charge_at,
            "interval": donation.interval,
            **as_given(donation),
        },
    )
    return monthly_gift


def as_given(gift: Gift) -> dict[str, Any]:
    """What a monthly gift takes over from the donation that began it, and each later charge from the monthly gift."""
    return {name: getattr(gift, name) for name in TAKEN_OVER}


def _move(donation: Donation, status: Status, **changes: str | None) -> Donation:
    """Go forward to `status`, or stay: what Stripe said may be older than what we know."""
    if not donation.may_become(status):
        return donation
    donation.status = status
    for field, value in changes.items():
        setattr(donation, field, value)
    donation.save(update_fields=["status", *changes])
    return donation


def quarantine(donation: Donation, difference: str, payment: Payment | None = None) -> Donation:
    """Set the donation aside, and tell the trail: never book as a gift what differs from what was agreed.

    What was paid all the same stands in suspense, until staff refund it. Safe to call again when Stripe says more.
    """
    if donation.may_become(Status.QUARANTINED):
        agreed = f"{donation.amount_minor} {donation.currency} was agreed, but {difference}"
        _move(donation, Status.QUARANTINED, reason=agreed)
        record("donation.quarantined", target=donation, why=agreed)
    return _suspend(donation, payment)


def _suspend(donation: Donation, payment: Payment | None) -> Donation:
    """Book what was paid for a donation that is set aside, once Stripe says what it credited; once."""
    if donation.status != Status.QUARANTINED or payment is None or not payment.amount_minor:
        return donation
    if donation.stripe_payment_intent_id is None:
        donation.stripe_payment_intent_id = payment.payment_intent_id
        donation.save(update_fields=["stripe_payment_intent_id"])
    moved = payment.balance_transaction
    if moved is None or donation.ledger_transactions.filter(purpose=LedgerTransaction.Purpose.SUSPENSE).exists():
        return donation
    try:
        ledger.post_suspense(donation, payment.amount_minor, payment.currency, moved)
    except ledger.UnbalancedError as error:
        # What does not add up cannot be booked by anybody; the list of those set aside says so.
        donation.reason = f"{donation.reason.partition(NOT_BOOKED)[0]}{NOT_BOOKED}{error}"
        donation.save(update_fields=["reason"])
    return donation


def _note_failure(donation: Donation, payment: Payment | None) -> Donation:
    """Keep why a card was declined; the pay page is open for another one."""
    if payment and payment.failure_code != donation.failure_code:
        donation.failure_code = payment.failure_code[:80]
        donation.save(update_fields=["failure_code"])
    return donation


def _traces(donation: Donation, session: Session, payment: Payment | None) -> dict[str, str | None]:
    return {
        "stripe_payment_intent_id": payment.payment_intent_id if payment else donation.stripe_payment_intent_id,
        "stripe_invoice_id": session.invoice_id or donation.stripe_invoice_id,
    }
