"""The worker: everything that happens without a visitor waiting for it.

Jobs stand in lanes, one thread and one database connection each, so that a slow mail server never delays the counting
of pledges. Several workers may run at once: queues are shared by their leases, tallies by advisory locks, and a job of
a minute or more by taking its turn in the table of JobTurn.
"""

import contextlib
import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.models import Q
from django.utils import timezone

from blueheart import request_ids
from blueheart.postgresql.away import is_away
from blueheart.queue import stopping
from office.health import HEARTBEAT
from office.models import JobTurn

logger = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0  # while the database is away
LONGEST_BACKOFF_SECONDS = 300.0  # of a job that keeps failing
STOP_SECONDS = 9.0
SHARED_FROM_SECONDS = 10.0  # jobs this rare run once for all workers
DAY_SECONDS = 24 * 60 * 60.0
RETRY = dt.timedelta(minutes=10)  # of a shared job that did not end
INDEX_SEARCH = "index-search"


@dataclass(frozen=True)
class Job:
    """One thing the worker does `every` so many seconds, or once a day from `hour` UTC on.

    `run` returns how much it did; it is called again at once while it `drains` and there was something.
    """

    name: str
    run: Callable[[], int]
    every: float
    hour: int | None = None
    drains: bool = False

    @property
    def is_shared(self) -> bool:
        return self.every >= SHARED_FROM_SECONDS

    def due_since(self, now: dt.datetime) -> dt.datetime:
        """The moment since which the job should have ended once more."""
        if self.hour is None:
            return now - dt.timedelta(seconds=self.every)
        today = now.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        return today if today <= now else today - dt.timedelta(days=1)


@dataclass
class _Pace:
    """When this worker tries the job next, and how often it has failed in a row."""

    next_at: float = 0.0
    failures: int = 0

    def fail(self, *, longest: float) -> None:
        """Put the next try off: a second at first, doubled by each further failure."""
        self.next_at = time.monotonic() + min(2.0**self.failures, longest)
        self.failures = min(self.failures + 1, 20)


@dataclass
class Lane:
    """Jobs that take turns in one thread."""

    name: str
    jobs: Sequence[Job]
    _paces: dict[str, _Pace] = field(default_factory=dict)

    def run(self) -> None:
        """Do what is due until the process is asked to end; an outage of the database is waited out."""
        pause = IDLE_SECONDS
        while not stopping.is_set():
            try:
                did = self.run_due()
                pause = IDLE_SECONDS
            except (DatabaseError, InterfaceError) as error:
                if not is_away(error):
                    raise
                logger.warning("%s: the database did not do it: %s", self.name, _first_line(error))
                did, pause = 0, IDLE_SECONDS if _reconnect() else min(pause * 2, LONGEST_PAUSE_SECONDS)
            if not did:
                stopping.wait(pause)
        connection.close()

    def run_due(self, *, now: bool = False) -> int:
        """Run each job that is due, or all of them `now`, and return how much was done."""
        done = 0
        for job in self.jobs:
            pace = self._paces.setdefault(job.name, _Pace())
            if stopping.is_set() or (not now and time.monotonic() < pace.next_at):
                continue
            request_ids.begin_job(job.name, lane=self.name)
            did = self._attempt(job, pace)
            done += did if job.drains else 0
        return done

    def _attempt(self, job: Job, pace: _Pace) -> int:
        if job.is_shared and not take_turn(job):
            pace.next_at = time.monotonic() + min(job.every, RETRY.total_seconds())
            return 0
        try:
            did = job.run()
        except Exception as error:  # a job that is broken must not stop the others
            if is_away(error):
                pace.fail(longest=LONGEST_PAUSE_SECONDS)  # so that the jobs behind this one get their turn
                raise
            logger.exception("the job %s failed", job.name)
            pace.fail(longest=max(job.every, LONGEST_BACKOFF_SECONDS))
            note_failure(job, error)
            return 0
        may_have_failed = pace.failures or not pace.next_at  # in this process, or in one before it
        pace.failures = 0
        pace.next_at = time.monotonic() + (0.0 if did and job.drains else job.every)
        if job.is_shared:
            JobTurn.objects.filter(name=job.name).update(ended_at=timezone.now(), failure="")
        elif may_have_failed:
            JobTurn.objects.filter(name=job.name).exclude(failure="").update(failure="")
        return did


def take_turn(job: Job) -> bool:
    """Whether this job is due for all workers together, and this one may do it now.

    One that began and did not end, because it failed or its worker died, may be begun again ten minutes later. What
    stands further ahead than that was written by a clock that went wrong, and holds nobody up.
    """
    JobTurn.objects.bulk_create([JobTurn(name=job.name)], ignore_conflicts=True)
    now = timezone.now()
    retry = min(dt.timedelta(seconds=job.every), RETRY)
    return bool(
        JobTurn.objects.filter(name=job.name)
        .filter(Q(ended_at=None) | Q(ended_at__lt=job.due_since(now)) | Q(ended_at__gt=now + RETRY))
        .filter(Q(begun_at=None) | Q(begun_at__lte=now - retry) | Q(begun_at__gt=now + RETRY))
        .update(begun_at=now)
    )


def make_due(name: str) -> None:
    """Let the worker that starts next do this shared job at once."""
    JobTurn.objects.filter(name=name).delete()


def note_failure(job: Job, error: Exception) -> None:
    """Keep the job's failure for the office: its kind, for its words may name a person."""
    JobTurn.objects.bulk_create([JobTurn(name=job.name)], ignore_conflicts=True)
    JobTurn.objects.filter(name=job.name).update(failure=f"{timezone.now():%Y-%m-%d %H:%M} {type(error).__name__}")


def beat() -> int:
    """Say that a worker is alive."""
    now = timezone.now()
    JobTurn.objects.bulk_create(
        [JobTurn(name=HEARTBEAT, begun_at=now, ended_at=now)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["ended_at"],
    )
    return 0


def work(lanes: Sequence[Lane]) -> None:
    """Run the lanes until `stopping` is set, then give them nine seconds to finish the rows they are at.

    A lane that is still waiting for an answer by then is left: its row's lease runs out, and another worker does it.
    """
    threads = [threading.Thread(target=lane.run, name=lane.name, daemon=True) for lane in lanes]
    for thread in threads:
        thread.start()
    while not stopping.wait(IDLE_SECONDS):
        if not all(thread.is_alive() for thread in threads):
            logger.error("a lane of the worker ended by itself")
            stopping.set()
    deadline = time.monotonic() + STOP_SECONDS
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def work_once(lanes: Sequence[Lane]) -> int:
    """Do all that is due, and what comes of it, until nothing is left; returns how much was done."""
    done = 0
    while did := sum(lane.run_due(now=True) for lane in lanes):
        done += did
    return done


def _reconnect() -> bool:
    """Give the connection up and open another; tells whether the database is there at all."""
    with contextlib.suppress(OperationalError, InterfaceError):
        connection.close()
    try:
        connection.ensure_connection()
    except (OperationalError, InterfaceError):
        return False
    return True


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
