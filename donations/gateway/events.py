"""Stripe's list of events: what no webhook brought. https://docs.stripe.com/api/events"""

import datetime as dt
from collections.abc import Iterator

from donations.gateway.client import Json, pages, text, whole
from donations.gateway.records import Event


def events_since(moment: dt.datetime) -> Iterator[Event]:
    """Stripe's events from `moment` on, newest first; Stripe keeps them for 30 days. Raises `GatewayError`."""
    found: Iterator[Json] = pages(
        "events",
        created={"gte": int(moment.timestamp())},
    )
    for event in found:
        yield Event(text(event, "id"), whole(event, "created"), event)
