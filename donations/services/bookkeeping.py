"""What staff do in the books by hand: adjust, reverse, close. Each leaves a line in the trail."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from blueheart.trail.record import record
from donations import ledger
from donations.ledger import Posting
from donations.models import ClosedPeriod, Dispute, Donation, LedgerTransaction, Payout, Refund, StripeEvent


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
    happened_at = min(dt.datetime.combine(happened_on, dt.time(12), dt.UTC), timezone.now())
    try:
        with transaction.atomic():
            booked = ledger.post_by_hand(postings, happened_at=happened_at, by=by, why=why, form_token=form_token)
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


@transaction.atomic
def close_books(day: dt.date, *, by: AbstractBaseUser, why: str, request: HttpRequest | None = None) -> ClosedPeriod:
    """Close the books through `day`, for good. Raises `PeriodError`."""
    period = ledger.close_period(day, by=by, why=why)
    record("ledger.closed", target=period, why=why, actor=by, request=request, detail={"through": day.isoformat()})
    return period


@dataclass(frozen=True)
class StillOpen:
    """Rows that have not ended, by a name of ours, and the query by which their list shows them."""

    name: str
    rows: QuerySet[Any]
    query: str


def still_open(day: dt.date) -> list[StillOpen]:
    """What began by that day and has not ended.

    None of it keeps the day from being closed: what comes of it is posted on the first open day.
    """
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
    begun, created = {"created_at__lt": end}, f"created_at__lt={end.date()}"
    donations, events, refunds = Donation.Status, StripeEvent.Status, Refund.Status
    on_its_way = Q(status__in=[Payout.Status.PENDING, Payout.Status.IN_TRANSIT])
    unread = Q(status=Payout.Status.PAID, is_automatic=True, reconciled_at=None)
    return [
        StillOpen("processing", Donation.objects.filter(status=donations.PROCESSING, **begun),
                  f"status__exact=processing&{created}"),
        StillOpen("quarantined", Donation.objects.filter(status=donations.QUARANTINED, **begun),
                  f"status__exact=quarantined&{created}"),
        StillOpen("refunds", Refund.objects.filter(
            status__in=[refunds.APPROVED, refunds.PENDING, refunds.REQUIRES_ACTION], **begun), ""),
        StillOpen("disputes", Dispute.objects.filter(status__in=Dispute.OPEN, opened_at__lt=end), ""),
        StillOpen("payouts", Payout.objects.filter(on_its_way | unread, **begun), ""),
        StillOpen("events", StripeEvent.objects.filter(
            status__in=[events.RECEIVED, events.SHELVED], happened_at__lt=end), ""),
    ]  # fmt: skip


def _posted_before(error: IntegrityError, constraint: str) -> Exception:
    return AlreadyPostedError() if constraint in str(error) else error
