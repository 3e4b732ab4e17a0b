"""What all web servers say alike: read from the database, seldom, and never in the way of the rest."""

import datetime as dt
import threading

import pytest
from django.db import OperationalError
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from blueheart.metrics import figures, of_portal
from blueheart.metrics.of_portal import Portal
from blueheart.post.models import Message
from blueheart.trail.models import Entry, Seal
from donations.models import ReconciliationRun, StripeEvent
from office import figures as of_office
from office import health
from office.models import JobTurn
from pledges.services import counting
from tests.blueheart.figures_told import told
from tests.donations.factories import donation


@pytest.fixture
def now():
    return timezone.now()


def turn(name, **values):
    return JobTurn.objects.create(name=name, **values)


def event(number, **values):
    return StripeEvent.objects.create(stripe_event_id=f"evt_{number}", payload="{}", source="webhook", **values)


def test_new_portal_has_no_moment_and_nothing_waits(db):
    seen = told()

    assert seen["blueheart_database_up",] == 1
    assert seen["blueheart_migrations_missing",] == 0
    for moment in ("worker_heartbeat", "backup", "webhook", "reconciliation"):
        assert seen[f"blueheart_{moment}_timestamp_seconds",] == 0, moment
    for queue in of_office.QUEUES:
        assert seen["blueheart_queue_waiting", ("queue", queue)] == 0
        assert seen["blueheart_queue_overdue_seconds", ("queue", queue)] == 0


def test_worker_backup_and_jobs_are_told(db, now):
    turn(health.HEARTBEAT, ended_at=now)
    turn("backup", ended_at=now - dt.timedelta(days=2), failure="no space left")
    turn("check-books", ended_at=now, failure="2026-11-23 03:00 ValueError")
    turn("sweep-stripe", begun_at=now)
    seen = told()

    assert seen["blueheart_worker_heartbeat_timestamp_seconds",] == pytest.approx(now.timestamp())
    assert seen["blueheart_backup_timestamp_seconds",] == pytest.approx(now.timestamp() - 2 * 86400)
    assert seen["blueheart_backup_failed",] == 1
    assert seen["blueheart_task_failed", ("task", "check-books")] == 1
    assert seen["blueheart_task_timestamp_seconds", ("task", "sweep-stripe")] == 0
    assert ("blueheart_task_failed", ("task", "backup")) not in seen


def test_queues_tell_how_many_wait_how_late_and_what_was_given_up(db, now):
    event(1, next_attempt_at=now - dt.timedelta(minutes=20))
    event(2, next_attempt_at=now + dt.timedelta(hours=1))
    for number in (3, 4):
        event(number).shelve("Stripe has nothing of it")
    Message.objects.create(kind="thanks", cause="thanks:1", subject_id=1, language="en").shelve("SMTPDataError 550")
    seen = told()

    assert seen["blueheart_queue_waiting", ("queue", "events")] == 2
    assert 1200 <= seen["blueheart_queue_overdue_seconds", ("queue", "events")] < 1300
    assert seen["blueheart_queue_shelved", ("queue", "events")] == 2
    assert seen["blueheart_queue_shelved", ("queue", "mail")] == 1
    assert seen["blueheart_queue_waiting", ("queue", "mail")] == 0
    assert seen["blueheart_webhook_timestamp_seconds",] == pytest.approx(now.timestamp(), abs=60)


def test_last_comparison_with_stripe_is_told(db, now):
    ReconciliationRun.objects.create(since=now, until=now, ended_at=now, missing_here=5)
    ReconciliationRun.objects.create(since=now, until=now, ended_at=now, missing_here=1, different=2, failure="silent")
    seen = told()

    assert seen["blueheart_reconciliation_findings",] == 3
    assert seen["blueheart_reconciliation_failed",] == 1
    assert seen["blueheart_reconciliation_timestamp_seconds",] == pytest.approx(now.timestamp())


def test_hearts_and_gifts_only_grow(db):
    before = told()
    counting.draw_number()
    donation()
    after = told()

    assert after["blueheart_pledges_confirmed_total",] == before["blueheart_pledges_confirmed_total",] + 1
    assert after["blueheart_gifts_begun_total",] == before["blueheart_gifts_begun_total",] + 1


def test_trail_that_is_not_sealed_is_told(db, now):
    assert told()["blueheart_trail_unsealed_seconds",] == 0
    Seal.objects.create(minute=now - dt.timedelta(hours=1), entries=1, digest="0" * 64)
    assert told()["blueheart_trail_unsealed_seconds",] == 0
    Entry.objects.create(action="pledge.hidden", at=now - dt.timedelta(minutes=20))

    assert 1200 <= told()["blueheart_trail_unsealed_seconds",] < 1300


def test_it_costs_few_queries_however_much_waits(db, now, django_assert_num_queries):
    told()
    with django_assert_num_queries(QUERIES):
        told()
    for number in range(3):
        event(number, next_attempt_at=now)
        turn(f"job-{number}", ended_at=now)
    with django_assert_num_queries(QUERIES):
        told()


QUERIES = 15


# Without a database, and with many who ask


def test_without_the_database_the_processes_own_figures_are_told(monkeypatch, caplog):
    """No `db`: whoever asked it here would fail."""

    def gone():
        raise OperationalError("could not connect to server")

    monkeypatch.setattr(of_portal, "_readers", None)
    monkeypatch.setattr(of_portal.portal, "_readers", [gone])
    monkeypatch.setattr(of_portal.connection, "close", lambda: None)
    figures.count_pages("hit", 1)
    seen = told()
    told()

    assert seen["blueheart_database_up",] == 0
    assert seen["blueheart_pages_total", ("state", "hit")] >= 1
    assert not [series for series in seen if series[0].startswith("blueheart_queue")]
    assert [each.message for each in caplog.records] == ["figures cannot be read: could not connect to server"]
    of_portal.portal.forget()


def test_while_migrations_are_missing_their_tables_are_not_asked(db, monkeypatch):
    monkeypatch.setattr(health, "unapplied_migrations", lambda: 2)
    seen = told()

    assert seen["blueheart_migrations_missing",] == 2
    assert seen["blueheart_database_up",] == 1
    assert ("blueheart_backup_timestamp_seconds",) not in seen


class Readers:
    """The database, which counts how often it was asked, and lets a reader wait."""

    def __init__(self):
        self.asked, self.may_answer = 0, threading.Event()
        self.may_answer.set()

    def __call__(self):
        self.asked += 1
        assert self.may_answer.wait(10)
        return [GaugeMetricFamily("blueheart_asked", "How often.", value=self.asked)]


def value(portal):
    return next(metric.samples[0].value for metric in portal.collect() if metric.name == "blueheart_asked")


def test_database_is_asked_once_in_five_seconds():
    clock, database = [0.0], Readers()
    portal = Portal([database], clock=lambda: clock[0])
    for clock[0] in (0.0, 1.0, 4.9):
        assert value(portal) == 1
    clock[0] = 5.0

    assert value(portal) == 2


def test_one_who_waits_for_the_database_keeps_nobody_else():
    clock, database = [0.0], Readers()
    portal = Portal([database], clock=lambda: clock[0])
    value(portal)
    clock[0] = 10.0
    database.may_answer.clear()
    waiting = threading.Thread(target=value, args=(portal,))
    waiting.start()
    while database.asked < 2:
        pass
    told_meanwhile = value(portal)
    database.may_answer.set()
    waiting.join()

    assert (told_meanwhile, database.asked, value(portal)) == (1, 2, 2)
