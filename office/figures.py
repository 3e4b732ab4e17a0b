"""What `/metrics` tells of the portal as a whole: queues, the worker, money, hearts, and when it was looked at.

Read by indexes and from totals; a moment that never was is 0, so that its age is beyond every limit.
"""

import datetime as dt
from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.models import Sum
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from blueheart.exports.models import PreparedExport
from blueheart.metrics import of_workers
from blueheart.post.models import Message
from blueheart.queue import QueueRow
from donations.models import LedgerTotal, ReceiptOrder, ReconciliationRun, Refund, StripeEvent
from office import health
from office.home.healthy import BACKUP
from office.models import Erasure, JobTurn
from pledges.models import CampaignTally

QUEUES: dict[str, type[QueueRow]] = {
    "events": StripeEvent,
    "mail": Message,
    "receipts": ReceiptOrder,
    "refunds": Refund,
    "exports": PreparedExport,
    "erasures": Erasure,
}
# Those whose shelved rows an index holds, and how to ask it.
SHELVED: dict[str, dict[str, str | bool]] = {
    "events": {"status": "shelved"},
    "mail": {"status": "shelved"},
    "receipts": {"shelved_at__isnull": False},
    "refunds": {"shelved_at__isnull": False},
}
MOST_COUNTED = 1000
# What was ever drawn from a sequence only grows, where tallies also fall: to Prometheus that is a new beginning.
DRAWN = """
SELECT (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM pledges_pledge_id_seq),
       (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM pledges_heart_number),
       (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM donations_donation_id_seq)
"""


def figures() -> Iterator[Metric]:
    """All of them; while migrations are missing nothing else, for tables may be missing, too."""
    missing = health.unapplied_migrations()
    yield GaugeMetricFamily(
        "blueheart_migrations_missing",
        "How many migrations of this web server's code the database has not seen.",
        value=missing,
    )
    if missing:
        return
    yield from _turns()
    yield from _queues()
    yield from _money()
    yield from _hearts()
    yield from _trail()
    yield from of_workers.read()


def _turns() -> Iterable[Metric]:
    """The worker and its jobs, and the backup, which is known by a turn as well."""
    beaten = GaugeMetricFamily("blueheart_worker_heartbeat_timestamp_seconds", "When a worker was last alive.")
    saved = GaugeMetricFamily(
        "blueheart_backup_timestamp_seconds", "When the last backup was made and found true by restoring it."
    )
    spoilt = GaugeMetricFamily("blueheart_backup_failed", "Whether the last try to make a backup failed.")
    done = GaugeMetricFamily(
        "blueheart_task_timestamp_seconds", "When a job that workers share was last done.", labels=["task"]
    )
    failed = GaugeMetricFamily("blueheart_task_failed", "Whether the job failed the last time.", labels=["task"])
    turns = {turn.name: turn for turn in JobTurn.objects.all()}
    heartbeat, backup = turns.pop(health.HEARTBEAT, None), turns.pop(BACKUP, None)
    beaten.add_metric([], _seconds(heartbeat.ended_at if heartbeat else None))
    saved.add_metric([], _seconds(backup.ended_at if backup else None))
    spoilt.add_metric([], bool(backup and backup.failure))
    for name, turn in sorted(turns.items()):
        if turn.begun_at:
            done.add_metric([name], _seconds(turn.ended_at))
        failed.add_metric([name], bool(turn.failure))
    return beaten, saved, spoilt, done, failed


def _queues() -> Iterable[Metric]:
    waiting = GaugeMetricFamily("blueheart_queue_waiting", "Rows that wait or are tried again.", labels=["queue"])
    overdue = GaugeMetricFamily(
        "blueheart_queue_overdue_seconds", "How far the first row that waits is beyond its time.", labels=["queue"]
    )
    shelved = GaugeMetricFamily(
        "blueheart_queue_shelved",
        "Rows that were given up and wait for a person; 1000 at most.",
        labels=["queue"],
    )
    for name, queue in zip(QUEUES, health.queues_of(*QUEUES.values()), strict=True):
        waiting.add_metric([name], queue.waiting)
        overdue.add_metric([name], queue.overdue or 0)
    for name, rows in SHELVED.items():
        found = QUEUES[name]._default_manager.filter(**rows).order_by("-pk")[:MOST_COUNTED]
        shelved.add_metric([name], found.count())
    heard = GaugeMetricFamily(
        "blueheart_webhook_timestamp_seconds",
        "When the last webhook came, if it is among the newest hundred events.",
        value=_seconds(health.last_webhook()),
    )
    return waiting, overdue, shelved, heard


def _money() -> Iterable[Metric]:
    run = ReconciliationRun.objects.filter(ended_at__isnull=False).first()
    booked = LedgerTotal.objects.aggregate(gifts=Sum("donations"))["gifts"]
    return (
        GaugeMetricFamily(
            "blueheart_reconciliation_timestamp_seconds",
            "When the books were last compared with Stripe.",
            value=_seconds(run.ended_at if run else None),
        ),
        GaugeMetricFamily(
            "blueheart_reconciliation_findings",
            "On how many things books and Stripe did not agree then.",
            value=run.found if run else 0,
        ),
        GaugeMetricFamily(
            "blueheart_reconciliation_failed",
            "Whether Stripe could not be asked then.",
            value=bool(run and run.failure),
        ),
        GaugeMetricFamily(
            "blueheart_gifts", "Gifts of money in the public totals, less those taken back.", value=booked or 0
        ),
    )


def _hearts() -> Iterable[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(DRAWN)
        posted, confirmed, begun = cursor.fetchone()
    hearts = sum(tally.confirmed for tally in CampaignTally.objects.by_kind())
    return (
        GaugeMetricFamily("blueheart_hearts", "Confirmed pledges in the public tallies.", value=hearts),
        CounterMetricFamily("blueheart_pledges_posted", "Pledges ever posted, about.", value=posted),
        CounterMetricFamily("blueheart_pledges_confirmed", "Pledges ever confirmed, about.", value=confirmed),
        CounterMetricFamily(
            "blueheart_gifts_begun", "Gifts ever begun, about, each charge of a monthly gift as one.", value=begun
        ),
    )


def _trail() -> Iterable[Metric]:
    seal = health.sealed()
    oldest = seal[1] if seal else None
    yield GaugeMetricFamily(
        "blueheart_trail_unsealed_seconds",
        "How long the oldest entry of the audit trail waits to be sealed.",
        value=health.age_of(oldest) or 0,
    )


def _seconds(moment: dt.datetime | None) -> float:
    return moment.timestamp() if moment else 0.0
