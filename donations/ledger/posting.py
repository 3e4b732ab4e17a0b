"""Booking what Stripe moved, in the caller's transaction. A second posting of the same thing raises IntegrityError."""

from typing import Any

from donations.gateway import BalanceTransaction
from donations.ledger.postings import Posting, donation_postings, fee_postings, stripe_postings
from donations.ledger.writing import write
from donations.models import Account, Dispute, Donation, LedgerTransaction, Payout, Refund

Purpose = LedgerTransaction.Purpose


def post_donation(donation: Donation, moved: BalanceTransaction) -> LedgerTransaction:
    """Book a donation that Stripe collected. Raises `UnbalancedError`."""
    postings = donation_postings(donation.amount_minor, donation.currency, moved)
    return _post(Purpose.DONATION, postings, moved, donation=donation)


def post_suspense(
    donation: Donation | None, amount_minor: int, currency: str, moved: BalanceTransaction
) -> LedgerTransaction:
    """Book money that came in and is no gift as agreed: it stands apart until a person has cleared it up."""
    postings = stripe_postings(Account.SUSPENSE, amount_minor, currency, moved)
    return _post(Purpose.SUSPENSE, postings, moved, donation=donation)


def post_refund(refund: Refund, moved: BalanceTransaction, *, came_back: bool = False) -> LedgerTransaction:
    """Book a refund that left our balance, or one that `came_back` because the donor's bank would not have it.

    A refund of a payment that is still to be cleared up clears it; no public total ever counted that payment.
    """
    donation, sign = refund.donation, 1 if came_back else -1
    was_income = donation.status == Donation.Status.SUCCEEDED
    account = Account.REFUNDS if was_income else Account.SUSPENSE
    postings = stripe_postings(account, sign * refund.amount_minor, refund.currency, moved)
    purpose = Purpose.REFUND_FAILURE if came_back else Purpose.REFUND
    return _post(purpose, postings, moved, donation=donation, refund=refund)


def post_dispute(dispute: Dispute, amount_minor: int, moved: BalanceTransaction) -> LedgerTransaction:
    """Book what a dispute took from our balance or gave back, its fee included.

    `amount_minor` is that part in the gift's currency: below zero for a withdrawal.
    """
    donation = dispute.donation
    was_income = donation.status == Donation.Status.SUCCEEDED
    account = Account.DISPUTES if was_income else Account.SUSPENSE
    postings = stripe_postings(account, amount_minor, dispute.currency, moved, fees=Account.DISPUTE_FEES)
    purpose = Purpose.DISPUTE if amount_minor < 0 else Purpose.DISPUTE_REVERSAL
    return _post(purpose, postings, moved, donation=donation, dispute=dispute)


def post_payout(payout: Payout, moved: BalanceTransaction, *, came_back: bool = False) -> LedgerTransaction:
    """Book money on its way from our balance with Stripe to our bank, or back after it failed."""
    postings = stripe_postings(Account.BANK, moved.amount_minor, moved.currency, moved)
    return _post(Purpose.PAYOUT_FAILURE if came_back else Purpose.PAYOUT, postings, moved, payout=payout)


def post_other(moved: BalanceTransaction, *, is_fee: bool) -> LedgerTransaction:
    """Book what Stripe took or gave that belongs to no gift: a fee of its own, or an adjustment."""
    if is_fee:
        return _post(Purpose.STRIPE_FEE, fee_postings(moved), moved)
    postings = stripe_postings(Account.ADJUSTMENTS, moved.amount_minor, moved.currency, moved)
    return _post(Purpose.STRIPE_ADJUSTMENT, postings, moved)


def _post(purpose: str, postings: list[Posting], moved: BalanceTransaction, **about: Any) -> LedgerTransaction:
    return write(
        purpose,
        postings,
        happened_at=moved.created_at,
        stripe_balance_transaction_id=moved.balance_transaction_id,
        exchange_rate=moved.exchange_rate,
        **about,
    )
