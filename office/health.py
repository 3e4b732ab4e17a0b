"""Whether the portal can serve, and how its queues and its worker are: for `/readyz` and the office's home."""

import datetime as dt
from typing import Any, NamedTuple, TypedDict

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, IntegerField, Min, OuterRef, QuerySet, Subquery, Value
from django.utils import timezone

from blueheart.exports.models import PreparedExport
from blueheart.post.models import Message
from blueheart.queue import QueueRow
from blueheart.trail.models import Entry, Seal
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
        mail, events, _exports = queues()
        report["unsent_mail"], report["outbox_age"] = mail
        report["unprocessed_events"], report["inbox_age"] = events
        webhook = last_webhook()
        report["last_webhook_at"] = webhook.isoformat(timespec="seconds") if webhook else None
    return report


class Queue(NamedTuple):
    """How many rows wait, and for how many seconds the most overdue has waited beyond its time; None if none has."""

    waiting: int
    overdue: int | None

    @classmethod
    def of(cls, waiting: int, first: dt.datetime | None) -> "Queue":
        """The queue whose first row was or will be due at that moment."""
        return cls(waiting, None if first is None or first > timezone.now() else age_of(first))


def queues() -> tuple[Queue, Queue, Queue]:
    """The mails that are not sent, Stripe's events that are not processed, and the exports that are not there yet;
    one query.
    """
    mail, events, exports = queues_of(Message, StripeEvent, PreparedExport)
    return mail, events, exports


def queues_of(*kinds: type[QueueRow]) -> list[Queue]:
    """What waits in the table of each of these models; one query."""
    first, *others = (_queue(model, number) for number, model in enumerate(kinds))
    found = {number: (waiting, at) for number, waiting, at in first.union(*others, all=True)}
    return [Queue.of(*found.get(number, (0, None))) for number in range(len(kinds))]


def last_webhook() -> dt.datetime | None:
    """When the last webhook came, if it is among the newest hundred events: older ones are not worth a long search."""
    newest = StripeEvent.objects.order_by("-pk").values_list("source", "received_at")[:100]
    return next((at for source, at in newest if source == StripeEvent.Source.WEBHOOK), None)


def sealed() -> tuple[dt.datetime, dt.datetime | None] | None:
    """The last sealed minute of the trail, and since when something waits to be sealed; None before the first seal."""
    unsealed = Entry.objects.filter(at__gte=OuterRef("minute") + dt.timedelta(minutes=1)).order_by("at").values("at")
    return Seal.objects.annotate(oldest=Subquery(unsealed[:1])).values_list("minute", "oldest").first()


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


def _queue(model: type[QueueRow], number: int) -> "QuerySet[Any, Any]":
    """How many rows of the model wait, and when the first of them was due; no row where none waits."""
    rows: QuerySet[Any] = model._default_manager.exclude(next_attempt_at=None).order_by()
    counted: QuerySet[Any, Any] = rows.values_list(Value(number, IntegerField())).annotate(
        Count("pk"), Min("next_attempt_at")
    )
    return counted
