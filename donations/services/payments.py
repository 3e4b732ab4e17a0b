"""What a payment brought, and where its donation stands: the ground of refunds and disputes."""

from dataclasses import dataclass

from donations.models import Account, Donation, LedgerEntry, LedgerTransaction
from donations.services.fulfilment import UnknownDonationError

Status = Donation.Status
Purpose = LedgerTransaction.Purpose


class NotYetError(Exception):
    """What Stripe speaks of rests on something that is not in the books yet; the message says on what."""


class OddAnswerError(Exception):
    """Stripe says something that we have no word for: a person has to look."""


@dataclass(frozen=True)
class Received:
    """What a payment brought in, in the currency it was made in."""

    amount_minor: int
    currency: str


def received(donation: Donation) -> Received | None:
    """What the books hold of a donation; of one set aside what was really paid. None where they hold nothing."""
    if donation.status == Status.SUCCEEDED:
        return Received(donation.amount_minor, donation.currency)
    if donation.status != Status.QUARANTINED:
        return None
    suspended = LedgerEntry.objects.filter(
        transaction__donation=donation, transaction__purpose=Purpose.SUSPENSE, account=Account.SUSPENSE
    ).first()
    return Received(-suspended.amount_minor, suspended.currency) if suspended else None


def lock_paid_donation(payment_intent_id: str) -> Donation:
    """The donation of a payment, locked, once the books hold what it brought.

    The one order of locks: the donation first, then its refund or dispute. Raises `UnknownDonationError`, and
    `NotYetError` while the payment is not booked.
    """
    donations = Donation.objects.select_for_update(of=["self"])
    donation = donations.filter(stripe_payment_intent_id=payment_intent_id).first()
    if donation is None:
        raise UnknownDonationError(f"payment {payment_intent_id}", is_marked=False)
    if received(donation) is None:
        raise NotYetError(f"the payment of {donation.public_id} is not booked: it is {donation.status}")
    return donation


def is_posted(balance_transaction_id: str) -> bool:
    """Whether the books hold this movement; ask under the lock of what it belongs to."""
    return LedgerTransaction.objects.filter(stripe_balance_transaction_id=balance_transaction_id).exists()
