"""Fetching what no webhook brought: Stripe's list of events, page by page, each stored as it is read."""

import datetime as dt
from dataclasses import dataclass
from itertools import islice

from django.utils import timezone

from donations import gateway
from donations.models import StripeEvent
from donations.services.inbox import take_in_all

STRIPE_KEEPS = dt.timedelta(days=30)
AT_ONCE = 100  # as many as a page of Stripe's list


@dataclass
class Recovered:
    """How many events Stripe's list held, and how many of them we lacked."""

    listed: int = 0
    new: int = 0


def recover_events(since: dt.datetime) -> Recovered:
    """Store the events from `since` on that we lack; what has been stored stays when Stripe goes away in between.

    Safe at any time, twice at once and beside Stripe's own retries: an event is stored once, whoever brings it first.
    Holds one page in memory. Raises `GatewayError`.
    """
    recovered = Recovered()
    events = gateway.events_since(max(since, timezone.now() - STRIPE_KEEPS))
    while page := [event.payload for event in islice(events, AT_ONCE)]:
        recovered.new += take_in_all(page, source=StripeEvent.Source.RECOVERY)
        recovered.listed += len(page)
    return recovered
