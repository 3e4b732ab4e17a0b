"""What staff do in the books by hand: adjust, reverse. Each leaves a line in the trail."""

import datetime as dt
import uuid
from collections.abc import Iterable

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from blueheart.trail.record import record
from donations import ledger
from donations.ledger import Posting
from donations.models import Account, LedgerTransaction

# What stands there is what rows of ours say, to the unit: a promise is changed, its payment reversed. And what Stripe
# holds is what Stripe says.
OF_PROMISES = frozenset({Account.PROMISED_GIFTS_RECEIVABLE, Account.PROMISED_GIFT_INCOME, Account.WRITE_OFFS})
NOT_BY_HAND = OF_PROMISES | {Account.STRIPE_BALANCE}


class AlreadyPostedError(Exception):
    """The same form was sent before, or the adjustment was reversed before."""


def post_adjustment(
    postings: Iterable[Posting],
    *,
    happened_on: dt.date,
    by: AbstractBaseUser,
    why: str,
    form_token: uuid.UUID,
    request: HttpRequest | None = None,
) -> LedgerTransaction:
    """Book what a person answers for, on that day or the first one that is open.

    Raises `UnbalancedError`, and `AlreadyPostedError` at the second time with one token.
    """
    lines = list(postings)
    if any(account in OF_PROMISES for account, _currency, _amount in lines):
        raise ledger.UnbalancedError("these accounts hold what promised gifts say: change the promise instead")
    happened_at = min(dt.datetime.combine(happened_on, dt.time(12), dt.UTC), timezone.now())
    try:
        with transaction.atomic():
            booked = ledger.post_by_hand(lines, happened_at=happened_at, by=by, why=why, form_token=form_token)
            record("ledger.adjusted", target=booked, why=why, actor=by, request=request)
    except IntegrityError as error:
        raise _posted_before(error, "a_form_posts_once") from error
    return booked


def reverse_adjustment(
    booked: LedgerTransaction, *, by: AbstractBaseUser, why: str, request: HttpRequest | None = None
) -> LedgerTransaction:
    """Book the contrary of an adjustment, once. Raises `UnbalancedError`, `AlreadyPostedError`."""
    try:
        with transaction.atomic():
            reversal = ledger.reverse(booked, by=by, why=why)
            record("ledger.reversed", target=booked, why=why, actor=by, request=request)
    except IntegrityError as error:
        raise _posted_before(error, "reverses_id") from error
    return reversal


def _posted_before(error: IntegrityError, constraint: str) -> Exception:
    return AlreadyPostedError() if constraint in str(error) else error
