"""Whether the portal can serve, and how its queues and its worker are: for `/readyz` and the office's home."""

import datetime as dt
from typing import TypedDict

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min, QuerySet
from django.utils import timezone

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
        waiting_mail = Message.objects.exclude(next_attempt_at=None)
        heartbeat = JobTurn.objects.filter(name=HEARTBEAT).first()
        report["worker_heartbeat_age"] = _age(heartbeat.ended_at) if heartbeat else None
        report["outbox_age"] = _overdue(waiting_mail)
        events = StripeEvent.objects.exclude(next_attempt_at=None)
        report["inbox_age"] = _overdue(events)
        report["unprocessed_events"] = events.count()
        report["last_webhook_at"] = _last_webhook()
        report["unsent_mail"] = waiting_mail.count()
    return report


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


def _last_webhook() -> str | None:
    """When the last webhook came, if it is among the newest hundred events: older ones are not worth a long search."""
    newest = StripeEvent.objects.order_by("-pk").values_list("source", "received_at")[:100]
    moments = (at for source, at in newest if source == StripeEvent.Source.WEBHOOK)
    return next((at.isoformat(timespec="seconds") for at in moments), None)


def _overdue(rows: "QuerySet[Message] | QuerySet[StripeEvent]") -> int | None:
    """How long the row that is most overdue has waited beyond its time; None if none is."""
    first = rows.aggregate(at=Min("next_attempt_at"))["at"]
    return None if first is None or first > timezone.now() else _age(first)


def _age(moment: dt.datetime | None) -> int | None:
    return None if moment is None else max(0, int((timezone.now() - moment).total_seconds()))
