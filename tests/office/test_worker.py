"""The worker does what is due, once, through failures, outages and sudden deaths."""

import datetime as dt
import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from io import StringIO
from types import SimpleNamespace

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from blueheart.metrics import of_workers
from blueheart.post.models import Message
from blueheart.queue import stopping
from campaigns.search.standing_pages import STANDING_PAGES
from office import worker
from office.jobs import lanes
from office.models import JobTurn
from office.worker import Job, Lane, take_turn, work, work_once

DAILY = Job("check", lambda: 0, every=worker.DAY_SECONDS, hour=3)


@pytest.fixture(autouse=True)
def _not_stopping():
    stopping.clear()
    yield
    stopping.clear()


class Work:
    """A job that notes when it ran, and does what it is told: numbers are answered, errors raised."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.runs = 0

    def __call__(self) -> int:
        self.runs += 1
        answer = self.answers.pop(0) if self.answers else 0
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_once_drains_the_queues_and_returns(db):
    mail, count = Work(20, 20, 3), Work()

    done = work_once(
        [Lane("a", [Job("mail", mail, every=0.5, drains=True)]), Lane("b", [Job("count", count, every=2)])]
    )

    assert done == 43
    assert (mail.runs, count.runs) == (4, 4)


def test_command_once_runs_the_real_jobs(db, capsys, monkeypatch):
    monkeypatch.setattr("campaigns.search.standing_pages.STANDING_PAGES", STANDING_PAGES[:2])  # to read all takes long
    call_command("work", "--once")

    assert capsys.readouterr().out == "done: 0\n"
    assert JobTurn.objects.get(name="heartbeat").ended_at is not None


def test_every_job_of_the_table_runs_and_has_a_name_of_its_own(db, monkeypatch):
    monkeypatch.setattr("campaigns.search.standing_pages.STANDING_PAGES", STANDING_PAGES[:2])  # to read all takes long
    jobs = [job for lane in lanes() for job in lane.jobs]

    assert len({job.name for job in jobs}) == len(jobs)
    for job in jobs:
        assert job.run() >= 0


def test_failing_job_does_not_stop_the_others_and_pauses_itself(db, monkeypatch):
    seconds = itertools.count(1000)
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=lambda: float(next(seconds))))
    broken, good = Work(*[ValueError("sam@example.org")] * 12), Work()
    lane = Lane("a", [Job("broken", broken, every=0.1), Job("good", good, every=0)])
    for _second in range(12):
        lane.run_due()

    assert good.runs == 12
    assert 2 < broken.runs < 8
    failure = JobTurn.objects.get(name="broken").failure
    assert failure.endswith("ValueError")
    assert "sam@" not in failure


def test_failure_of_a_frequent_job_is_over_when_it_succeeds_again(db):
    lane = Lane("a", [Job("frequent", Work(ValueError(), 0), every=0.5)])
    lane.run_due(now=True)
    assert JobTurn.objects.get(name="frequent").failure != ""
    lane.run_due(now=True)

    assert JobTurn.objects.get(name="frequent").failure == ""


def test_failure_of_a_former_worker_is_over_when_the_next_one_succeeds(db):
    JobTurn.objects.create(name="frequent", failure="2026-06-01 02:00 ValueError")
    Lane("a", [Job("frequent", Work(), every=0.5)]).run_due()

    assert JobTurn.objects.get(name="frequent").failure == ""


def test_daily_job_has_its_turn_once_a_day_after_its_hour(db):
    turns = []
    with time_machine.travel(dt.datetime(2026, 6, 1, 2, 0, tzinfo=dt.UTC), tick=False) as clock:
        for _half_hour in range(96):
            if take_turn(DAILY):
                turns.append(timezone.now().isoformat(" ", "minutes"))
                JobTurn.objects.filter(name=DAILY.name).update(ended_at=timezone.now())
            clock.shift(30 * 60)

    assert [turn.split("+")[0] for turn in turns] == ["2026-06-01 02:00", "2026-06-01 03:00", "2026-06-02 03:00"]


def test_job_that_began_and_did_not_end_has_another_turn_after_ten_minutes(db):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert take_turn(DAILY)
        clock.shift(9 * 60)
        assert not take_turn(DAILY)
        clock.shift(2 * 60)
        assert take_turn(DAILY)


def test_clock_that_was_a_day_ahead_holds_no_job_up(db):
    now = timezone.now()
    with time_machine.travel(now + dt.timedelta(days=1), tick=False):
        assert take_turn(DAILY)
        JobTurn.objects.filter(name=DAILY.name).update(ended_at=timezone.now())

    with time_machine.travel(now, tick=False):
        assert take_turn(DAILY)
        assert not take_turn(DAILY)


def test_two_workers_share_a_rare_job(committed_db):
    job, turns = Job("purge", lambda: 0, every=3600.0), []

    def try_for_it():
        try:
            turns.append(take_turn(job))
        finally:
            connection.close()

    threads = [threading.Thread(target=try_for_it) for _n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(turns) == [False] * 7 + [True]


def run_until(lane: Lane, condition, seconds: float = 15.0) -> None:
    """Let the lane run in a thread of its own until the condition holds, then end it."""
    thread = threading.Thread(target=lane.run)
    thread.start()
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    stopping.set()
    thread.join(10)
    assert condition()
    assert not thread.is_alive()


def test_lane_waits_out_a_database_that_is_away(committed_db, caplog):
    job = Work(OperationalError("server closed the connection unexpectedly\n  really"), 0)

    run_until(Lane("steady", [Job("count", job, every=0)]), lambda: job.runs > 1)

    assert "the database did not do it: server closed the connection unexpectedly" in caplog.text


def test_job_whose_statement_is_always_too_slow_does_not_starve_those_behind_it(committed_db):
    slow, behind = Work(*[OperationalError("canceling statement due to statement timeout")] * 99), Work()

    run_until(
        Lane("steady", [Job("slow", slow, every=0), Job("behind", behind, every=0)]),
        lambda: slow.runs > 1 and behind.runs > 1,
    )


def test_lane_comes_back_after_its_connection_was_cut(committed_db):
    seen: list[int] = []

    def cut_once() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            seen.append(cursor.fetchone()[0])
            if len(set(seen)) == 1:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return 0

    run_until(Lane("steady", [Job("cut", cut_once, every=0)]), lambda: len(set(seen)) > 1)


def test_lane_waits_out_a_database_that_takes_no_writes(committed_db):
    seen: list[bool] = []

    def write_once_read_only() -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SET default_transaction_read_only = {'off' if seen else 'on'}")
            seen.append(True)
            cursor.execute("UPDATE office_jobturn SET failure = ''")
        return 0

    run_until(Lane("steady", [Job("write", write_once_read_only, every=0)]), lambda: len(seen) > 1)


def test_idle_worker_neither_spins_nor_sleeps_long(committed_db):
    job = Work()
    lane = Lane("steady", [Job("count", job, every=0)])
    started = time.monotonic()

    run_until(lane, lambda: time.monotonic() - started > 2.2)

    assert 3 <= job.runs <= 8


def test_work_ends_within_its_time_while_a_job_hangs(committed_db, monkeypatch):
    monkeypatch.setattr(worker, "STOP_SECONDS", 0.5)
    release = threading.Event()
    hanging = Lane("mail", [Job("mail", lambda: int(release.wait(20)), every=0)])
    threading.Timer(0.5, stopping.set).start()
    started = time.monotonic()
    try:
        work([hanging, Lane("steady", [Job("count", Work(), every=0)])])
    finally:
        release.set()

    assert time.monotonic() - started < 3


# The same worker as a process of its own, on a database of its own


@pytest.fixture
def process(committed_db, tmp_path):
    """Starts `manage.py work` on this test's database, with mail kept in `process.mails`."""
    started = []
    database = connection.settings_dict
    script = (
        "import sys, django\n"
        "from django.conf import settings\n"
        f"settings.DATABASES['default']['NAME'] = {database['NAME']!r}\n"
        f"settings.MAIL_COPIES_DIR = {str(tmp_path / 'mail')!r}\n"
        "django.setup()\n"
        "import tests.office.letters\n"
        "from django.core.management import call_command\n"
        "call_command('work', *sys.argv[1:])\n"
    )

    def start(*arguments: str, **environment: str) -> subprocess.Popen:
        child = subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "blueheart.settings", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(child)
        return child

    start.mails = tmp_path / "mail"
    yield start
    for child in started:
        if child.poll() is None:
            child.kill()
        child.wait()
        child.stdout.close()


def promise(number: int) -> None:
    Message.objects.bulk_create(
        Message(kind="test-slow", cause=f"slow:{index}", subject_id=index, language="en") for index in range(number)
    )


def wait_for(condition, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def sent() -> int:
    return Message.objects.filter(status=Message.Status.SENT).count()


def test_worker_finishes_the_row_it_is_at_and_ends(process):
    promise(40)
    child = process(SECONDS_PER_MAIL="0.3")
    wait_for(lambda: sent() >= 1)

    child.send_signal(signal.SIGTERM)
    assert child.wait(30) == 0

    assert child.stdout.read().endswith("The worker has ended.\n")
    assert sent() == len(list(process.mails.glob("*.eml"))) < 40
    assert not Message.objects.exclude(leased_until=None).exists()
    assert set(Message.objects.filter(status=Message.Status.WAITING).values_list("tries", flat=True)) == {0}


def test_mails_of_a_worker_that_was_killed_are_sent_by_the_next_one(process):
    promise(12)
    child = process(SECONDS_PER_MAIL="0.3", LEASE_SECONDS="2")
    wait_for(lambda: sent() >= 2)
    child.kill()
    child.wait()
    assert Message.objects.exclude(leased_until=None).exists()

    process(SECONDS_PER_MAIL="0", LEASE_SECONDS="2")
    wait_for(lambda: sent() == 12)

    mails = [path.read_text() for path in process.mails.glob("*.eml")]
    ids = [next(line for line in mail.splitlines() if line.startswith("Message-ID")) for mail in mails]
    assert len(set(ids)) == 12
    assert len(ids) <= 13  # the one that it was handing over may go twice, with the same Message-ID


def test_two_workers_send_each_mail_once(process):
    promise(60)
    process(SECONDS_PER_MAIL="0.02")
    process(SECONDS_PER_MAIL="0.02")
    wait_for(lambda: sent() == 60)

    assert len(list(process.mails.glob("*.eml"))) == 60


@pytest.fixture
def _signals_kept():
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_signals_kept")
def test_worker_waits_a_minute_for_the_database(committed_db, settings, monkeypatch):
    deadlines = []
    settings.DATABASE_DEADLINE_SECONDS = None
    monkeypatch.setattr(
        "office.management.commands.work.work",
        lambda lanes: deadlines.append((settings.DATABASE_DEADLINE_SECONDS, connection.connection)),
    )
    monkeypatch.setattr(of_workers, "begin", lambda: None)  # the figures of this process are those of all tests

    call_command("work", stdout=StringIO())

    assert deadlines == [(60.0, None)]  # every connection is opened after the deadline was set
