"""Asking Stripe again about what has stood still for too long, as if the event had come that was lost.

Each sweep names rows and the reaction to the event they lack; effects are unique, so a sweep at the wrong time changes
nothing. Stripe is asked outside any transaction, row by row; when it cannot be asked, the sweep ends until its next
turn.
"""

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from blueheart.post.alerts import alert
from blueheart.post.models import Message
from donations import gateway
from donations.lost_movements import recover_movements
from donations.models import Dispute, Donation, MonthlyGift, Payout, Refund, StripeEvent
from donations.reactions import REACTIONS, Booking, Outcome
from donations.services.reconciliation import reconcile
from donations.services.recovery import STRIPE_KEEPS
from donations.services.recovery import recover_events as recover

logger = logging.getLogger(__name__)

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
RECOVERED = 3 * HOUR  # each hour anew: Stripe's own retries have a longer breath, ours must not miss any
AT_ONCE = 200


Ids = QuerySet[Any, str | None] | QuerySet[Any, str]


@dataclass(frozen=True)
class Sweep:
    """Rows that have stood still, by the id that the event would name; those that waited longest come first."""

    name: str
    reaction: Callable[[str], Booking]
    ids: Callable[[dt.datetime], Ids]


def _checkouts(now: dt.datetime) -> QuerySet[Donation, str | None]:
    """Pay pages that are past their day: Stripe closes a session after 24 hours."""
    rows = Donation.objects.filter(status=Donation.Status.PENDING, created_at__lt=now - 25 * HOUR)
    return rows.order_by("created_at").values_list("stripe_checkout_session_id", flat=True)


def _processing(now: dt.datetime) -> QuerySet[Donation]:
    return Donation.objects.filter(
        status=Donation.Status.PROCESSING, created_at__lt=now - 10 * MINUTE
    ).order_by("created_at")  # fmt: skip


def _processing_checkouts(now: dt.datetime) -> QuerySet[Donation, str | None]:
    rows = _processing(now).exclude(stripe_checkout_session_id=None)
    return rows.values_list("stripe_checkout_session_id", flat=True)


def _processing_renewals(now: dt.datetime) -> QuerySet[Donation, str | None]:
    rows = _processing(now).filter(stripe_checkout_session_id=None).exclude(stripe_invoice_id=None)
    return rows.values_list("stripe_invoice_id", flat=True)


def _refunds(now: dt.datetime) -> QuerySet[Refund, str | None]:
    """Refunds at Stripe for more than a day; one that is approved is the worker's, who tries it until it is shelved."""
    under_way = (Refund.Status.PENDING, Refund.Status.REQUIRES_ACTION)
    rows = Refund.objects.filter(status__in=under_way, created_at__lt=now - DAY)
    return rows.order_by("created_at").values_list("stripe_refund_id", flat=True)


def _disputes(now: dt.datetime) -> QuerySet[Dispute, str]:
    rows = Dispute.objects.filter(status__in=Dispute.OPEN, status_as_of__lt=now - DAY)
    return rows.order_by("status_as_of").values_list("stripe_dispute_id", flat=True)


def _payouts(now: dt.datetime) -> QuerySet[Payout, str]:
    """Payouts that should have arrived, or been reconciled, two days ago."""
    on_its_way = Q(status__in=[Payout.Status.PENDING, Payout.Status.IN_TRANSIT])
    unread = Q(status=Payout.Status.PAID, is_automatic=True, reconciled_at=None)
    rows = Payout.objects.filter(on_its_way | unread, arrives_on__lt=(now - 2 * DAY).date())
    return rows.order_by("status_as_of").values_list("stripe_payout_id", flat=True)


def _monthly_gifts(now: dt.datetime) -> QuerySet[MonthlyGift, str]:
    """Those that Stripe has said nothing about for a week, or whose charge is two days late."""
    rows = MonthlyGift.objects.exclude(status__in=MonthlyGift.ENDED).filter(
        Q(status_as_of__lt=now - 7 * DAY) | Q(next_charge_at__lt=now - 2 * DAY, status_as_of__lt=now - DAY)
    )
    return rows.order_by("status_as_of").values_list("stripe_subscription_id", flat=True)


SWEEPS = (
    Sweep("stuck checkouts", REACTIONS["checkout.session.expired"], _checkouts),
    Sweep("donations that are processing", REACTIONS["checkout.session.completed"], _processing_checkouts),
    Sweep("charges that are processing", REACTIONS["invoice.paid"], _processing_renewals),
    Sweep("refunds under way", REACTIONS["refund.updated"], _refunds),
    Sweep("open disputes", REACTIONS["charge.dispute.updated"], _disputes),
    Sweep("payouts on their way", REACTIONS["payout.updated"], _payouts),
    Sweep("quiet monthly gifts", REACTIONS["customer.subscription.updated"], _monthly_gifts),
)


def sweep(*, limit: int = AT_ONCE) -> int:
    """Ask Stripe about up to `limit` rows of each kind that have stood still; returns about how many it was asked."""
    if not settings.STRIPE_SECRET_KEY:
        return 0
    return sum(_sweep(each, limit) for each in SWEEPS)


def _sweep(each: Sweep, limit: int) -> int:
    asked = 0
    for stripe_id in list(each.ids(timezone.now())[:limit]):
        try:
            _ask(each, str(stripe_id))
        except gateway.GatewayRefusedError as error:
            logger.warning("%s: Stripe has nothing to say of %s: %s", each.name, stripe_id, error)
        except gateway.GatewayError as error:
            logger.warning("%s: Stripe cannot be asked: %s", each.name, error)
            return asked
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # a row that breaks us must not stop the others
            logger.exception("%s: %s cannot be booked", each.name, stripe_id)
        asked += 1
    return asked


def _ask(each: Sweep, stripe_id: str) -> None:
    book = each.reaction(stripe_id)
    with transaction.atomic():
        outcome = book()
    if outcome.kind == Outcome.Kind.SHELVED:
        logger.error("%s: %s waits for a person: %s", each.name, stripe_id, outcome.reason)


def recover_events() -> int:
    """Fetch the events of the last hours that no webhook brought; returns how many were new.

    Back to the newest that we had by then where that is longer ago: then we were away, and so were Stripe's
    repetitions; to the first that Stripe kept where we had none. Where that newest is older than what Stripe keeps,
    what moved its balance since is booked, too. What came within these hours says nothing: a webhook may be here first.
    """
    if not settings.STRIPE_SECRET_KEY:
        return 0
    now = timezone.now()
    newest = StripeEvent.objects.filter(received_at__lt=now - RECOVERED).aggregate(at=Max("happened_at"))["at"]
    since = min(now - RECOVERED, newest) if newest else now - STRIPE_KEEPS
    try:
        # First: once the list of events has been read, the newest that we have no longer tells how long we were away.
        if newest and newest < now - STRIPE_KEEPS:
            _recover_what_stripe_forgot(newest, now - STRIPE_KEEPS + DAY)
        new = recover(since).new
    except gateway.GatewayError as error:
        logger.warning("Stripe's lists of what happened cannot be read: %s", error)
        return 0
    if new and settings.STRIPE_WEBHOOK_SECRETS:
        logger.warning("%s events of Stripe's were not brought by its webhook", new)
    return new


def _recover_what_stripe_forgot(since: dt.datetime, until: dt.datetime) -> None:
    found = recover_movements(since, until)
    if found.lost:
        logger.error(
            "no event came since %s, which is longer than Stripe keeps them: of %s movements of its balance that were "
            "in no book %s are booked now; what moved nothing is asked about by the sweeps",
            since, found.lost, found.booked,
        )  # fmt: skip


def reconcile_stripe() -> int:
    """Compare the books with Stripe, and shout where they differ; changes nothing. Returns the number of findings."""
    if not settings.STRIPE_SECRET_KEY:
        return 0
    run = reconcile(report=lambda finding: logger.error("the books and Stripe differ: %s %s: %s", finding.kind,
                                                        finding.stripe_id, finding.what))  # fmt: skip
    if run.failure:
        logger.error("the books could not be compared with Stripe: %s", run.failure)
    if run.failure or run.found:
        alert("alert-reconciliation", cause=f"alert-reconciliation:{run.pk}", subject_id=run.pk)
    return run.found


def tell_of_shelved() -> int:
    """Tell staff of events that were given up in this hour or the last, once an hour however many; counts them."""
    this_hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    return sum(_tell_of_shelved_in(hour) for hour in (this_hour - HOUR, this_hour))


def _tell_of_shelved_in(hour: dt.datetime) -> int:
    shelved = StripeEvent.objects.filter(
        status=StripeEvent.Status.SHELVED, shelved_at__gte=hour, shelved_at__lt=hour + HOUR
    )
    first = shelved.order_by("pk").first()
    if first is not None:
        alert("alert-event-shelved", cause=f"alert-event-shelved:{hour:%Y%m%d%H}", subject_id=first.pk)
    return shelved.count()


def unsent_mail() -> int:
    """Shout where mail has waited for more than an hour; returns how many. By the log: mail would not be sent."""
    an_hour_ago = timezone.now() - HOUR
    # One that is for a later day has not been tried, and is not due.
    waiting = Message.objects.filter(status=Message.Status.WAITING, created_at__lt=an_hour_ago).filter(
        Q(tries__gt=0) | Q(next_attempt_at__lt=an_hour_ago)
    )
    count = waiting.count()
    if count:
        oldest = waiting.order_by("created_at").values_list("created_at", flat=True)[0]
        logger.error("%s mails have waited for more than an hour, the first since %s", count, oldest)
    return count
