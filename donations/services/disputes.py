"""Disputes: a donor's bank takes a charge back, gives it back, or only asks. https://docs.stripe.com/disputes

Each movement of money is booked once, by its balance transaction; the status is that of Stripe's newest answer.
"""

import datetime as dt

from django.db import transaction

from blueheart.post.alerts import alert
from donations import gateway, ledger
from donations.gateway import BalanceTransaction
from donations.models import Dispute, Donation
from donations.services.fulfilment import order_receipt
from donations.services.payments import OddAnswerError, is_posted, lock_paid_donation

Status = Dispute.Status
# These say for how much of the gift a receipt still holds.
DECIDED = frozenset({Status.WON, Status.LOST, Status.PREVENTED})


def look_at_dispute(dispute_id: str) -> gateway.Dispute:
    """Ask Stripe about a dispute. Raises `GatewayError`."""
    return gateway.retrieve_dispute(dispute_id)


def payment_of(seen: gateway.Dispute) -> str:
    """The payment that is disputed; empty where a charge has none, and then it is not ours. Raises `GatewayError`."""
    return seen.payment_intent_id or gateway.payment_of_charge(seen.charge_id)


@transaction.atomic
def book_dispute(payment_intent_id: str, seen: gateway.Dispute) -> Dispute:
    """Bring a dispute to where Stripe says it is; any number of times, at any moment.

    Raises `UnknownDonationError` `NotYetError` `OddAnswerError` `UnbalancedError`.
    """
    if seen.status not in Status.values:
        raise OddAnswerError(f"dispute {seen.dispute_id} is {seen.status}, which we have no word for")
    donation = lock_paid_donation(payment_intent_id)
    dispute = Dispute.objects.select_for_update(of=["self"]).filter(stripe_dispute_id=seen.dispute_id).first()
    before = dispute.status if dispute else None
    if dispute is None:
        dispute = _open(donation, seen)
    elif dispute.status_as_of < seen.as_of:
        _follow(dispute, seen)
    dispute.donation = donation
    for moved in seen.moved:
        if not is_posted(moved.balance_transaction_id):
            ledger.post_dispute(dispute, _in_gift_currency(dispute, moved), moved)
    if dispute.status != before:
        _tell(donation, dispute, is_new=before is None)
    return dispute


def _open(donation: Donation, seen: gateway.Dispute) -> Dispute:
    return Dispute.objects.create(
        stripe_dispute_id=seen.dispute_id,
        donation=donation,
        amount_minor=seen.amount_minor,
        currency=seen.currency,
        reason=seen.reason[:60],
        status=seen.status,
        status_as_of=seen.as_of,
        evidence_due_at=seen.evidence_due_at,
        opened_at=seen.created_at,
        closed_at=_closed_at(seen),
    )


def _follow(dispute: Dispute, seen: gateway.Dispute) -> None:
    dispute.amount_minor, dispute.status_as_of = seen.amount_minor, seen.as_of
    dispute.reason, dispute.evidence_due_at = seen.reason[:60], seen.evidence_due_at
    if dispute.status != seen.status:
        dispute.status, dispute.closed_at = seen.status, _closed_at(seen)
    dispute.save()


def _closed_at(seen: gateway.Dispute) -> dt.datetime | None:
    return None if seen.status in Dispute.OPEN else seen.as_of


def _in_gift_currency(dispute: Dispute, moved: BalanceTransaction) -> int:
    """The part of the gift that moved: below zero where the bank took it, 0 for a fee alone.

    Where the balance is kept in another currency Stripe names no amount in the gift's: it is the disputed one.
    """
    if moved.currency == dispute.currency or moved.amount_minor == 0:
        return moved.amount_minor
    return -dispute.amount_minor if moved.amount_minor < 0 else dispute.amount_minor


def _tell(donation: Donation, dispute: Dispute, *, is_new: bool) -> None:
    """Staff hear when it begins, asks for evidence after all, and ends; the receipt when it is decided."""
    if is_new or dispute.status in Dispute.WANTS_RESPONSE or not dispute.is_open:
        alert("alert-dispute", cause=f"dispute:{dispute.pk}:{dispute.status}", subject_id=dispute.pk)
    if dispute.status in DECIDED and donation.status == Donation.Status.SUCCEEDED:
        order_receipt(donation, cause=f"dispute:{dispute.pk}:{dispute.status}")
