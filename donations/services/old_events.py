"""Stripe's events when they are old: that they came and what became of them stays, what they told is let go.

Nothing of it is asked again: whoever processes, recovers or rebuilds goes by the event's type and its object's id, and
asks Stripe. What stays of a body are the ids by which staff find the rows that it touched.
"""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from blueheart.site_settings.reading import current
from donations.models import StripeEvent
from donations.services.event_bodies import essence
from donations.site_settings import EVENT_DAYS

AT_ONCE = 500


def due() -> "QuerySet[StripeEvent]":
    """Events that the worker or staff ended, whose bodies are older than they are kept."""
    before = timezone.now() - dt.timedelta(days=current().number(EVENT_DAYS))
    return StripeEvent.objects.filter(status__in=StripeEvent.ENDED, minimised_at=None, received_at__lt=before)


def minimise() -> int:
    """Let the old bodies go, some hundred at a time; returns how many. Safe to repeat, and beside the worker."""
    count = 0
    while done := _minimise_some():
        count += done
    return count


@transaction.atomic
def _minimise_some() -> int:
    events = list(due().order_by("received_at").select_for_update(skip_locked=True)[:AT_ONCE])
    for event in events:
        event.payload, event.minimised_at = essence(event.payload), timezone.now()
    StripeEvent.objects.bulk_update(events, ["payload", "minimised_at"])
    return len(events)
