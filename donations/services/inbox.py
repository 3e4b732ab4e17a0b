"""Taking in what Stripe tells us: every event once, whoever brings it, and nothing that is live."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from blueheart.postgresql.durable import INSIST
from blueheart.postgresql.repeatable import run_repeatable
from blueheart.trail.record import record
from donations.models import StripeEvent
from donations.services.event_bodies import stripped, without_personal_data

Json = dict[str, Any]
LONGEST = 120
DAMAGED_ID = "damaged_"
READ = ("stripe_event_id", "type", "api_version", "stripe_object_id", "happened_at")
COLUMNS = [field.attname for field in StripeEvent._meta.concrete_fields if not field.primary_key]
# What the ORM makes of an insert that ignores conflicts, made once.
STORE = (
    f"INSERT INTO {StripeEvent._meta.db_table} ({', '.join(COLUMNS)}) "  # noqa: S608  names of our own columns
    f"VALUES ({', '.join(['%s'] * len(COLUMNS))}) ON CONFLICT DO NOTHING RETURNING {INSIST}"
)


class LiveEventError(ValueError):
    """The event is of live mode: this portal moves no real money."""


class _DamagedError(ValueError):
    """The body is signed, but no event that we can read; the message says why."""


def take_in(body: bytes, *, source: str) -> None:
    """Store a signed body, without what is personal in it, unless we have it: one round trip. Raises `LiveEventError`.

    It is on the disk when this returns: outside a transaction the one statement is its own. A body that is no event is
    stored too, shelved with its reason: Stripe would repeat it for three days in vain.
    """
    row = _row(body, source)
    run_repeatable(STORE, [getattr(row, name) for name in COLUMNS])


def take_in_all(events: Iterable[Json], *, source: str) -> int:
    """Store events of Stripe's list and return how many we lacked. Raises `LiveEventError`."""
    rows = {row.stripe_event_id: row for row in (_row(json.dumps(event).encode(), source) for event in events)}
    known = StripeEvent.objects.filter(stripe_event_id__in=rows).values_list("stripe_event_id", flat=True)
    for event_id in list(known):
        del rows[event_id]
    StripeEvent.objects.bulk_create(rows.values(), ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def process_again(events: "QuerySet[StripeEvent]", *, why: str, request: HttpRequest | None = None) -> int:
    """Put events back for the worker that it has ended, each with a line in the trail; returns how many there were.

    A damaged one is read anew: where we have learnt to read it since, it becomes the event that it is.
    """
    chosen = list(events.exclude(status=StripeEvent.Status.RECEIVED).select_for_update())
    for event in chosen:
        if not event.type:
            _read_anew(event)
        event.requeue()
        record("stripe-event.processed-again", target=event, why=why, request=request)
    return len(chosen)


@transaction.atomic
def ignore_for_good(events: "QuerySet[StripeEvent]", *, why: str, request: HttpRequest) -> int:
    """End shelved events as ignored, each with the reason that staff give and a line in the trail; returns how many.

    A person can still put one back. `why` names nobody.
    """
    chosen = list(events.filter(status=StripeEvent.Status.SHELVED).select_for_update())
    for event in chosen:
        reason = f"staff ignore it: {why}\nit was shelved: {event.reason}"
        event.done(status=StripeEvent.Status.IGNORED, reason=reason, shelved_at=None)
        record("stripe-event.ignored-for-good", target=event, why=why, request=request)
    return len(chosen)


def _read_anew(event: StripeEvent) -> None:
    if event.minimised_at:
        event.reason = f"what it told was let go on {event.minimised_at:%Y-%m-%d}: it cannot be read any more"
        return
    try:
        read = _event(_parse(event.payload))
    except (_DamagedError, LiveEventError) as damage:
        event.reason = str(damage)
        return
    if StripeEvent.objects.filter(stripe_event_id=read.stripe_event_id).exists():
        event.reason = f"it is {read.stripe_event_id}, which came in whole, too"
        return
    for name in READ:
        setattr(event, name, getattr(read, name))
    event.save(update_fields=READ)


def _row(body: bytes, source: str) -> StripeEvent:
    text = body.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
    try:
        event = _parse(text)
        row = _event(event)
        row.payload, row.source = stripped(event, text), source
        return row
    except _DamagedError as damage:
        row = StripeEvent(
            stripe_event_id=DAMAGED_ID + hashlib.sha256(body).hexdigest(),
            status=StripeEvent.Status.SHELVED,
            reason=str(damage),
            shelved_at=timezone.now(),
            next_attempt_at=None,
        )
    row.payload, row.source = without_personal_data(text), source
    return row


def _parse(text: str) -> Json:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _DamagedError(f"the body is no JSON: {type(error).__name__}") from error
    if not isinstance(event, dict):
        raise _DamagedError("the body is no object")
    return event


def _event(event: Json) -> StripeEvent:
    """The unsaved row of an event."""
    data = event.get("data")
    subject = data.get("object") if isinstance(data, dict) else None
    subject = subject if isinstance(subject, dict) else {}
    if event.get("livemode") or subject.get("livemode"):
        raise LiveEventError(f"{str(event.get('id'))[:80]} is live")
    if event.get("object") != "event" or event.get("livemode") is not False:
        raise _DamagedError("the body is no event")
    return StripeEvent(
        stripe_event_id=_text(event, "id"),
        type=_text(event, "type"),
        api_version=_text(event, "api_version", may_lack=True),
        stripe_object_id=_text(subject, "id", may_lack=True) or _subscription_of(subject),
        livemode=False,
        happened_at=_moment(event.get("created")),
    )


def _subscription_of(invoice: Json) -> str:
    """An invoice that is only announced has no id: what it is about is the subscription."""
    found: Any = invoice
    for name in ("parent", "subscription_details"):
        found = found.get(name)
        if not isinstance(found, dict):
            return ""
    return _text(found, "subscription", may_lack=True)


def _text(values: Json, name: str, *, may_lack: bool = False) -> str:
    value = values.get(name)
    if value is None and may_lack:
        return ""
    if not isinstance(value, str) or not value or len(value) > LONGEST or not value.isprintable():
        raise _DamagedError(f"the event has no usable {name}")
    return value


def _moment(seconds: object) -> dt.datetime | None:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC) if isinstance(seconds, int) else None
    except (OverflowError, OSError, ValueError):
        return None
