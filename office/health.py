"""Whether the portal can serve, and how its queues and its worker are: for `/readyz` and the office's home."""

import datetime as dt
from typing import Any, NamedTuple, TypedDict

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from blueheart.exports.models import PreparedExport
from blueheart.post.models import Message
from donations.models import StripeEvent
from office.models import JobTurn

HEARTBEAT = "heartbeat"


class Readiness(TypedDict):
    """The body of `/readyz`. Ages are in whole seconds; null where there is nothing to be old."""

    ready: bool
    unapplied_migrations: int
    worker_heartbeat_age: int | None
    outbox_age: int | None
    unsent_mail: int
    inbox_age: int | None
    unprocessed_events: int
    last_webhook_at: str | None


def readiness() -> Readiness:
    """How things are now; only unapplied migrations make it unready. Raises DatabaseError without a database."""
    unapplied = unapplied_migrations()
    report: Readiness = {
        "ready": not unapplied,
        "unapplied_migrations": unapplied,
        "worker_heartbeat_age": None,
        "outbox_age": None,
        "unsent_mail": 0,
        "inbox_age": None,
        "unprocessed_events": 0,
        "last_webhook_at": None,
    }
    if not unapplied:
        heartbeat = JobTurn.objects.filter(name=HEARTBEAT).first()
        report["worker_heartbeat_age"] = age_of(heartbeat.ended_at) if heartbeat else None
        report["unsent_mail"], report["outbox_age"] = mail_queue()
        report["unprocessed_events"], report["inbox_age"] = event_queue()
        webhook = last_webhook()
        report["last_webhook_at"] = webhook.isoformat(timespec="seconds") if webhook else None
    return report


class Queue(NamedTuple):
    """How many rows wait, and for how many seconds the most overdue has waited beyond its time; None if none has."""

    waiting: int
    overdue: int | None


def mail_queue() -> Queue:
    """The mails that are not sent yet; one query."""
    return _queue(Message.objects.exclude(next_attempt_at=None))


def event_queue() -> Queue:
    """The events of Stripe's that are not processed yet; one query."""
    return _queue(StripeEvent.objects.exclude(next_attempt_at=None))


def export_queue() -> Queue:
    """The exports that are asked for and not there yet; one query."""
    return _queue(PreparedExport.objects.exclude(next_attempt_at=None))


def last_webhook() -> dt.datetime | None:
    """When the last webhook came, if it is among the newest hundred events: older ones are not worth a long search."""
    newest = StripeEvent.objects.order_by("-pk").values_list("source", "received_at")[:100]
    return next((at for source, at in newest if source == StripeEvent.Source.WEBHOOK), None)


def age_of(moment: dt.datetime | None) -> int | None:
    """Whole seconds since the moment."""
    return None if moment is None else max(0, int((timezone.now() - moment).total_seconds()))


def unapplied_migrations() -> int:
    """How many of this code's migrations the database has not seen."""
    applied = MigrationRecorder(connection).applied_migrations()
    return len(_migrations_of_the_code() - set(applied))


def _migrations_of_the_code() -> set[tuple[str, str]]:
    global _known
    if _known is None:
        _known = set(MigrationLoader(None).graph.nodes)
    return _known


_known: set[tuple[str, str]] | None = None


def _queue(rows: "QuerySet[Any]") -> Queue:
    found = rows.aggregate(first=Min("next_attempt_at"), waiting=Count("pk"))
    first = found["first"]
    return Queue(found["waiting"], None if first is None or first > timezone.now() else age_of(first))
