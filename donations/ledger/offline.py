"""Booking what Stripe never sees, in the caller's transaction: promises, bank, grants, what staff post by hand.

Every posting names who booked it. A second posting of the same thing raises IntegrityError.
"""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from donations.ledger.postings import Posting, UnbalancedError
from donations.ledger.writing import write
from donations.models import (
    Account,
    Donation,
    GrantPayment,
    LedgerTransaction,
    PaymentPart,
    PromisedGift,
    PromisePayment,
)

Purpose = LedgerTransaction.Purpose
NOON = dt.time(12)


def noon_of(day: dt.date) -> dt.datetime:
    """The moment at which something is booked of which only the day is known (UTC); never in the future."""
    return min(dt.datetime.combine(day, NOON, dt.UTC), timezone.now())


def post_offline_donation(donation: Donation, *, by: AbstractBaseUser) -> LedgerTransaction:
    """Book a gift that staff recorded: money at the bank, or a gift in kind at its fair value."""
    is_in_kind = donation.method == Donation.Method.IN_KIND
    gained, income = (
        (Account.IN_KIND, Account.IN_KIND_INCOME) if is_in_kind else (Account.BANK, Account.DONATION_INCOME)
    )
    postings = _both_sides(gained, income, donation.amount_minor, donation.currency)
    happened_at = donation.succeeded_at or donation.created_at
    return write(Purpose.DONATION, postings, happened_at=happened_at, donation=donation, booked_by_id=by.pk)


def post_promise(promised_gift: PromisedGift, *, by: AbstractBaseUser) -> LedgerTransaction:
    """Book what was promised as receivable and as income, on the day of the promise."""
    return _post_promised(Purpose.PROMISE, promised_gift, promised_gift.amount_minor, promised_gift.promised_on, by, "")


def post_promise_change(
    promised_gift: PromisedGift, amount_minor: int, *, on: dt.date, by: AbstractBaseUser, why: str
) -> LedgerTransaction:
    """Book that more is promised (above zero), or that less comes, for the contributor said so (below zero)."""
    return _post_promised(Purpose.PROMISE_CHANGE, promised_gift, amount_minor, on, by, why)


def post_write_off(
    promised_gift: PromisedGift, amount_minor: int, *, on: dt.date, by: AbstractBaseUser, why: str
) -> LedgerTransaction:
    """Book that so much of what was promised is no longer expected: a loss, and no change of what was promised."""
    postings = _both_sides(Account.WRITE_OFFS, Account.PROMISED_GIFTS_RECEIVABLE, amount_minor, promised_gift.currency)
    return write(
        Purpose.WRITE_OFF, postings, happened_at=noon_of(on), promised_gift=promised_gift, booked_by_id=by.pk, why=why
    )


def post_promise_payment(
    payment: PromisePayment, parts: Iterable[PaymentPart], *, by: AbstractBaseUser
) -> LedgerTransaction:
    """Book a contributor's payment: each part settles what was promised, and what goes beyond it is income.

    Where the two currencies differ, what came in is exchanged into what it settles, at the rate of the part.
    """
    postings: list[Posting] = [(Account.BANK, payment.currency, payment.amount_minor)]
    for part in parts:
        postings += _settled(part, payment.currency)
    return write(
        Purpose.PROMISE_PAYMENT,
        merged(postings),
        happened_at=noon_of(payment.received_on),
        promise_payment=payment,
        booked_by_id=by.pk,
    )


def post_grant_payment(payment: GrantPayment, *, by: AbstractBaseUser) -> LedgerTransaction:
    """Book money of a grant that left our bank, or that came back to it."""
    is_paid = payment.kind == GrantPayment.Kind.PAID
    sign, currency = (1 if is_paid else -1), payment.grant.currency
    postings: list[Posting] = [
        (Account.GRANTS, currency, sign * payment.amount_minor),
        (Account.BANK, payment.moved_currency, -sign * payment.moved_minor),
    ]
    if payment.moved_currency != currency:
        postings += [
            (Account.CURRENCY_EXCHANGE, currency, -sign * payment.amount_minor),
            (Account.CURRENCY_EXCHANGE, payment.moved_currency, sign * payment.moved_minor),
        ]
    return write(
        Purpose.GRANT_PAYMENT if is_paid else Purpose.GRANT_RETURN,
        postings,
        happened_at=noon_of(payment.happened_on),
        grant_payment=payment,
        booked_by_id=by.pk,
        why=payment.why,
    )


def post_bank_fee(
    amount_minor: int, currency: str, *, on: dt.date, by: AbstractBaseUser, why: str
) -> LedgerTransaction:
    """Book what the bank kept for its services; `amount_minor` is above zero, or below where it gave some back."""
    postings = _both_sides(Account.PROCESSING_FEES, Account.BANK, amount_minor, currency)
    return write(Purpose.BANK_FEE, postings, happened_at=noon_of(on), booked_by_id=by.pk, why=why)


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
    return write(Purpose.ADJUSTMENT, entries, happened_at=happened_at, **about)


def reverse_record(booked: LedgerTransaction, *, by: AbstractBaseUser, why: str) -> LedgerTransaction:
    """Book the contrary of what a record of ours brought into the books, today: for the service that reverses it.

    Raises `UnbalancedError` for what Stripe moved; a second reversal raises IntegrityError.
    """
    if booked.stripe_balance_transaction_id or booked.purpose == Purpose.REVERSAL:
        raise UnbalancedError("only what staff recorded is reversed by staff")
    about = {name: getattr(booked, name) for name in ("donation", "promised_gift", "promise_payment", "grant_payment")}
    return _contrary(booked, by=by, why=why, **about)


def reverse(booked: LedgerTransaction, *, by: AbstractBaseUser, why: str) -> LedgerTransaction:
    """Book the contrary of an adjustment, today. What Stripe says is not reversed here: Stripe reverses it.

    Raises `UnbalancedError` for anything else than an adjustment; a second reversal raises IntegrityError.
    """
    if booked.purpose != Purpose.ADJUSTMENT:
        raise UnbalancedError("only adjustments by staff are reversed by staff")
    return _contrary(booked, by=by, why=why)


def merged(postings: Iterable[Posting]) -> list[Posting]:
    """One posting per account and currency; those that come to nothing are left out."""
    sums: dict[tuple[Account, str], int] = {}
    for account, currency, amount_minor in postings:
        sums[account, currency] = sums.get((account, currency), 0) + amount_minor
    return [(account, currency, amount_minor) for (account, currency), amount_minor in sums.items() if amount_minor]


def _contrary(booked: LedgerTransaction, *, by: AbstractBaseUser, why: str, **about: Any) -> LedgerTransaction:
    entries = [(Account(entry.account), entry.currency, -entry.amount_minor) for entry in booked.entries.all()]
    return write(
        Purpose.REVERSAL,
        entries,
        happened_at=timezone.now(),
        reverses=booked,
        booked_by_id=by.pk,
        why=why,
        **about,
    )


def _post_promised(
    purpose: str, promised_gift: PromisedGift, amount_minor: int, on: dt.date, by: AbstractBaseUser, why: str
) -> LedgerTransaction:
    postings = _both_sides(
        Account.PROMISED_GIFTS_RECEIVABLE, Account.PROMISED_GIFT_INCOME, amount_minor, promised_gift.currency
    )
    return write(purpose, postings, happened_at=noon_of(on), promised_gift=promised_gift, booked_by_id=by.pk, why=why)


def _settled(part: PaymentPart, received_currency: str) -> list[Posting]:
    if part.instalment is None:
        return [(Account.PROMISED_GIFT_INCOME, received_currency, -part.received_minor)]
    currency = part.instalment.promised_gift.currency
    postings: list[Posting] = [(Account.PROMISED_GIFTS_RECEIVABLE, currency, -part.amount_minor)]
    if currency != received_currency:
        postings += [
            (Account.CURRENCY_EXCHANGE, currency, part.amount_minor),
            (Account.CURRENCY_EXCHANGE, received_currency, -part.received_minor),
        ]
    return postings


def _both_sides(debit: Account, credit: Account, amount_minor: int, currency: str) -> list[Posting]:
    return [(debit, currency, amount_minor), (credit, currency, -amount_minor)]


def _check_balance(postings: list[Posting]) -> None:
    sums: dict[str, int] = {}
    for _account, currency, amount_minor in postings:
        sums[currency] = sums.get(currency, 0) + amount_minor
    if len(postings) < 2 or any(sums.values()):
        raise UnbalancedError("the entries do not add up to zero in each currency")
