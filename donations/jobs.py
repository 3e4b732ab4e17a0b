"""The worker's part: events to effects, events that no webhook brought, and the public totals."""

import datetime as dt
import logging
from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Max
from django.utils import timezone

from blueheart.metrics.figures import count_event
from donations import gateway, ledger
from donations.models import StripeEvent
from donations.reactions import REACTIONS, Outcome, react
from donations.services import receipts, refunds_at_stripe
from donations.services.inbox import take_in_all

logger = logging.getLogger(__name__)

# Stripe's list may show an event some seconds after it happened, and clocks differ.
POLL_OVERLAP = dt.timedelta(minutes=10)
POLL_FIRST = dt.timedelta(days=1)
ENDS = {Outcome.Kind.DONE: StripeEvent.Status.PROCESSED, Outcome.Kind.IGNORED: StripeEvent.Status.IGNORED}
TRIES_OF_POISON = 8  # of an event that breaks us every time; one that Stripe does not answer for has more

__all__ = ["REACTIONS", "close_windows", "issue_receipts", "poll_events", "process_events", "send_refunds"]


def process_events(*, limit: int = 20) -> int:
    """Work on the Stripe events that are due and return how many were taken up.

    Stripe is asked outside any transaction; what came of it is booked in one, with the end of the event.
    """
    events = StripeEvent.objects.claim(limit=limit)
    for event in events:
        if event.begin():
            _process(event)
    return len(events)


def poll_events() -> int:
    """Fetch new events from Stripe's list where there is a key but no webhook; returns how many were new.

    Stripe's troubles are logged and met again at the next turn.
    """
    if not settings.STRIPE_SECRET_KEY or settings.STRIPE_WEBHOOK_SECRETS:
        return 0
    newest = StripeEvent.objects.aggregate(at=Max("happened_at"))["at"]
    now = timezone.now()
    # Not from the newest on where that lies ahead of us: events of a test clock happen on the day that it shows.
    since = min(newest, now) - POLL_OVERLAP if newest else now - POLL_FIRST
    try:
        return take_in_all((event.payload for event in gateway.events_since(since)), source=StripeEvent.Source.POLL)
    except gateway.GatewayError as error:
        logger.warning("Stripe's list of events cannot be read: %s", error)
        return 0


def issue_receipts(*, limit: int = 20) -> int:
    """Issue the receipts that are due and return how many orders were taken up."""
    return receipts.issue_due(limit=limit)


def send_refunds(*, limit: int = 20) -> int:
    """Ask Stripe for the refunds that are due and return how many were taken up."""
    return refunds_at_stripe.send_refunds(limit=limit)


def close_windows() -> int:
    """Bring the public totals up to date; returns how many changed."""
    return ledger.close_windows()


def _process(event: StripeEvent) -> None:
    try:
        book = react(event)
        with transaction.atomic():
            ended = _end(event, book())
            if not ended:
                transaction.set_rollback(True)  # another worker has it, or has ended it: then this is booked already
        _count(ended)
    except (gateway.GatewayMissingError, gateway.LiveModeError) as error:
        _set_back(event, StripeEvent.shelve, f"Stripe has nothing of it for us: {error}")
    except gateway.GatewayError as error:
        _set_back(event, StripeEvent.retry, f"Stripe cannot be asked: {error}")
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # an event that breaks us must not stop the others
        logger.exception("the event %s failed", event.stripe_event_id)
        poison = partial(StripeEvent.retry, most=TRIES_OF_POISON)
        _set_back(event, poison, f"{type(error).__name__} while it was booked")


def _end(event: StripeEvent, outcome: Outcome) -> str:
    """End the event as what was booked says, and return its status; empty where it is not ours any more, and nothing
    may be booked of it.
    """
    if outcome.kind in ENDS:
        status, reason = ENDS[outcome.kind], outcome.reason
        if outcome.kind == Outcome.Kind.DONE:
            reason = _other_version(event)
        return status if event.done_if_claimed(status=status, reason=reason) else ""
    row = event.lock_claimed()
    if row is None:
        return ""
    if outcome.kind == Outcome.Kind.LATER:
        row.retry(outcome.reason)
    else:
        row.shelve(outcome.reason)
    return row.status


def _count(status: str) -> None:
    """Count what became of an event, once that is certain; empty was another worker's."""
    if status:
        count_event("later" if status == StripeEvent.Status.RECEIVED else status)


def _other_version(row: StripeEvent) -> str:
    """A note where an endpoint or account speaks another version than we do.

    It does no harm: of an event only ids are used, and what they name is asked for in our version. It is no reason to
    shelve an event either, for those of Stripe's list come in the account's own version, which nobody may be able to
    change at the moment.
    """
    if row.api_version in ("", gateway.API_VERSION):
        return ""
    return f"it is told in API version {row.api_version}, ours is {gateway.API_VERSION}: only its ids were used"


def _set_back(event: StripeEvent, change: Callable[[StripeEvent, str], None], reason: str) -> None:
    with transaction.atomic():
        row = event.lock_claimed()
        if row is not None:
            change(row, reason)
    _count(row.status if row else "")
