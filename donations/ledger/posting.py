"""Writing to the books, in the caller's transaction. A second posting of the same thing raises IntegrityError."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from donations.gateway import BalanceTransaction
from donations.ledger.periods import first_open_day
from donations.ledger.postings import Posting, UnbalancedError, donation_postings, fee_postings, stripe_postings
from donations.models import (
    Account,
    Dispute,
    Donation,
    LedgerDelta,
    LedgerEntry,
    LedgerTransaction,
    Payout,
    Refund,
)

Purpose = LedgerTransaction.Purpose


def post_donation(donation: Donation, moved: BalanceTransaction) -> LedgerTransaction:
    """Book a donation that Stripe collected, and let the public totals know. Raises `UnbalancedError`."""
    postings = donation_postings(donation.amount_minor, donation.currency, moved)
    booked = _post(Purpose.DONATION, postings, moved, donation=donation)
    _count(donation, received_minor=donation.amount_minor, donations=1)
    return booked


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
    booked = _post(purpose, postings, moved, donation=donation, refund=refund)
    if was_income:
        _count(donation, refunded_minor=-sign * refund.amount_minor)
    return booked


def post_dispute(dispute: Dispute, amount_minor: int, moved: BalanceTransaction) -> LedgerTransaction:
    """Book what a dispute took from our balance or gave back, its fee included.

    `amount_minor` is that part in the gift's currency: below zero for a withdrawal.
    """
    donation = dispute.donation
    was_income = donation.status == Donation.Status.SUCCEEDED
    account = Account.DISPUTES if was_income else Account.SUSPENSE
    postings = stripe_postings(account, amount_minor, dispute.currency, moved, fees=Account.DISPUTE_FEES)
    purpose = Purpose.DISPUTE if amount_minor < 0 else Purpose.DISPUTE_REVERSAL
    booked = _post(purpose, postings, moved, donation=donation, dispute=dispute)
    if was_income:
        _count(donation, disputed_minor=-amount_minor)
    return booked


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


def post_by_hand(
    postings: Iterable[Posting],
    *,
    happened_at: dt.datetime,
    by: AbstractBaseUser,
    why: str,
    form_token: uuid.UUID | None = None,
) -> LedgerTransaction:
    """Book an adjustment that a person answers for; a second one with the same token raises IntegrityError.

    Raises `UnbalancedError` where it does not add up to zero, or touches what only Stripe moves.
    """
    entries = [posting for posting in postings if posting[2]]
    _check_balance(entries)
    if any(account == Account.STRIPE_BALANCE for account, _currency, _amount in entries):
        raise UnbalancedError("the balance with Stripe is what Stripe says: nobody adjusts it here")
    about = {"booked_by_id": by.pk, "why": why, "form_token": form_token}
    return _write(Purpose.ADJUSTMENT, entries, happened_at=happened_at, **about)


def reverse(booked: LedgerTransaction, *, by: AbstractBaseUser, why: str) -> LedgerTransaction:
    """Book the contrary of an adjustment, today. What Stripe says is not reversed here: Stripe reverses it.

    Raises `UnbalancedError` for anything else than an adjustment; a second reversal raises IntegrityError.
    """
    if booked.purpose != Purpose.ADJUSTMENT:
        raise UnbalancedError("only adjustments by staff are reversed by staff")
    entries = [(Account(entry.account), entry.currency, -entry.amount_minor) for entry in booked.entries.all()]
    return _write(Purpose.REVERSAL, entries, happened_at=timezone.now(), reverses=booked, booked_by_id=by.pk, why=why)


def _post(purpose: str, postings: list[Posting], moved: BalanceTransaction, **about: Any) -> LedgerTransaction:
    return _write(
        purpose,
        postings,
        happened_at=moved.created_at,
        stripe_balance_transaction_id=moved.balance_transaction_id,
        exchange_rate=moved.exchange_rate,
        **about,
    )


def _write(purpose: str, postings: list[Posting], *, happened_at: dt.datetime, **about: Any) -> LedgerTransaction:
    booked = LedgerTransaction.objects.create(
        purpose=purpose, happened_at=happened_at, posted_on=first_open_day(happened_at), **about
    )
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=booked, account=account, currency=currency, amount_minor=amount_minor)
        for account, currency, amount_minor in postings
    )
    return booked


def _count(donation: Donation, **sums: int) -> None:
    """Let the public totals know, at the next window."""
    LedgerDelta.objects.create(campaign_id=donation.campaign_id, currency=donation.currency, **sums)


def _check_balance(postings: list[Posting]) -> None:
    sums: dict[str, int] = {}
    for _account, currency, amount_minor in postings:
        sums[currency] = sums.get(currency, 0) + amount_minor
    if len(postings) < 2 or any(sums.values()):
        raise UnbalancedError("the entries do not add up to zero in each currency")
