"""What a pledge and a gift leave behind and ask for, measured by living through some of each: docs/scaling.json.

    python -m tests.scaling.measure

Complements docs/performance.json: what `make bench` has no figure for. Runs on a database of its own, with the sandbox
as Stripe; CPU is counted by clocks of processes, so that a busy machine hardly changes it.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django

from benchmarks import stage
from benchmarks.booking import copy_of
from benchmarks.machine import measured_now
from scripts.scaling.costs import OWN

SEEDED = {"pledges": 100_000, "donations": 10_000}
PLEDGES, GIFTS, WARM_UP = 300, 100, 5
DRAINED, LATENCY_SECONDS = 40, 0.05
LEAST_ROWS = 5_000  # of a table whose bytes are told
SECRET = "whsec_of_the_scaling_story"
SIZES = """
SELECT pg_class.relname, pg_relation_size(oid) + coalesce(pg_relation_size(nullif(reltoastrelid, 0)), 0),
       pg_indexes_size(oid) + coalesce(pg_indexes_size(nullif(reltoastrelid, 0)), 0), n_tup_ins, reltuples
FROM pg_class JOIN pg_stat_user_tables ON relid = oid
"""
WROTE = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"

Costs = dict[str, list[tuple[float, float]]]


def measure() -> dict[str, Any]:
    """Live through the story so many times and say what it cost. Takes some minutes; starts and ends a sandbox."""
    with copy_of(stage.database(**SEEDED)) as database, sandbox_process() as base:
        own = {"BENCH_DATABASE": database, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
        stripe = {"STRIPE_SECRET_KEY": "sk_test_scaling", "STRIPE_API_BASE": base, "STRIPE_WEBHOOK_SECRETS": SECRET}
        os.environ.update(stage.environment(**own, **stripe, DATABASE_DEADLINE_SECONDS="60"))
        django.setup()
        from django.conf import settings  # noqa: PLC0415  set up only now
        from django.core import mail  # noqa: PLC0415  set up only now

        mail.outbox = []  # as tests have it
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        from tests.scaling.story import Sandbox  # noqa: PLC0415  reads models

        sandbox = Sandbox(base, SECRET)
        sandbox.control("deliveries", {"pause": True})
        told = {"at_rest": _at_rest(), **_pledges(), **_gifts(sandbox), "drained": _drained(sandbox)}
    return {"measured": measured_now(quick=False, rounds=1), "seeded": SEEDED, **told}


@contextmanager
def sandbox_process() -> Iterator[str]:
    """A sandbox in memory, as a process; its address. Ends with it."""
    command = [sys.executable, "-m", "stripe_sandbox", "--port", "0", "--memory", "--die-with-parent"]
    command += ["--webhook-url", "http://127.0.0.1:9/stripe/webhook/", "--webhook-secret", SECRET]
    process = subprocess.Popen(command, cwd=stage.PROJECT, stdout=subprocess.PIPE, text=True)
    try:
        yield str(process.stdout.readline()).split()[-1] if process.stdout else ""
    finally:
        process.terminate()
        process.wait(10)


class Clocks:
    """CPU of this thread and of its PostgreSQL backend, by the names of steps."""

    def __init__(self) -> None:
        from django.db import connection  # noqa: PLC0415  set up only now

        connection.ensure_connection()
        self.backend = connection.connection.info.backend_pid
        self.costs: Costs = defaultdict(list)

    @contextmanager
    def watch(self, step: str) -> Iterator[None]:
        ours, theirs = time.thread_time(), stage.cpu_seconds(self.backend)
        yield
        self.costs[step].append((time.thread_time() - ours, stage.cpu_seconds(self.backend) - theirs))

    def of_each(self, acts: int) -> dict[str, dict[str, float]]:
        """Milliseconds of the act that each step takes, in Python and in PostgreSQL, and how often it is done.

        Of the calls of a step the median counts: a collection of garbage is nobody's.
        """
        return {
            step: {
                "python_ms": round(1000 * statistics.median(python for python, _sql in calls), 3),
                "postgres_ms": round(1000 * statistics.median(sql for _python, sql in calls), 3),
                "times": round(len(calls) / acts, 3),
            }
            for step, calls in self.costs.items()
        }


class Calls:
    """Requests to Stripe by the names of steps, where there were any."""

    def __init__(self, sandbox: Any) -> None:
        self.sandbox = sandbox
        self.made: dict[str, int] = {}

    @contextmanager
    def watch(self, step: str) -> Iterator[None]:
        before = self.sandbox.calls()
        yield
        if made := self.sandbox.calls() - before:
            self.made[step] = self.made.get(step, 0) + made


class Growth:
    """Rows and bytes of all tables, and of the write-ahead log, since it was made."""

    def __init__(self) -> None:
        self.tables, self.wal = self._look()

    def of_each(self, acts: int) -> dict[str, Any]:
        """By table: rows that were inserted for one act, bytes of table and of indexes."""
        tables, wal = self._look()
        grown = {}
        for name, now in tables.items():
            rows, heap, index = (b - a for a, b in zip(self.tables[name], now, strict=True))
            if rows:
                grown[name] = {"rows": round(rows / acts, 2), "heap": round(heap / acts), "index": round(index / acts)}
        return {"tables": grown, "wal_bytes": round((wal - self.wal) / acts)}

    def _look(self) -> tuple[dict[str, tuple[int, int, int]], int]:
        from django.db import connection  # noqa: PLC0415  set up only now

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(SIZES)
            tables = {name: (int(ins), int(heap), int(index)) for name, heap, index, ins, _there in cursor.fetchall()}
            cursor.execute(WROTE)
            return tables, int(cursor.fetchone()[0])


def _pledges() -> dict[str, Any]:
    from blueheart.limits import form_age  # noqa: PLC0415  reads models
    from tests.scaling import story  # noqa: PLC0415  reads models

    shown = form_age.stamp()
    time.sleep(form_age.QUICKEST_SECONDS + 1)
    warm = Clocks()
    for number in range(WARM_UP):
        story.pledge(number, shown=shown, watch=warm.watch)
    clocks, growth = Clocks(), Growth()
    for number in range(PLEDGES):
        story.pledge(WARM_UP + number, shown=shown, watch=clocks.watch)
    return {"pledge": {"acts": PLEDGES, "steps": clocks.of_each(PLEDGES), **growth.of_each(PLEDGES)}}


def _gifts(sandbox: Any) -> dict[str, Any]:
    from tests.scaling import story  # noqa: PLC0415  reads models

    warm = Clocks()
    for number in range(WARM_UP):
        story.give(number, sandbox=sandbox, watch=warm.watch)
    clocks, growth = Clocks(), Growth()
    for number in range(GIFTS):
        story.give(WARM_UP + number, sandbox=sandbox, watch=clocks.watch)
    grown, calls = growth.of_each(GIFTS), Calls(sandbox)
    story.give(WARM_UP + GIFTS, sandbox=sandbox, watch=calls.watch)
    return {"gift": {"acts": GIFTS, "calls": calls.made, "steps": clocks.of_each(GIFTS), **grown}}


def _at_rest() -> dict[str, dict[str, float]]:
    """Bytes of a row of each larger table as it was seeded: of the table, and of its indexes, whose pages are full."""
    from django.db import connection  # noqa: PLC0415  set up only now

    with connection.cursor() as cursor:
        cursor.execute(SIZES)
        return {
            name: {"rows": int(rows), "heap": round(heap / rows), "index": round(index / rows)}
            for name, heap, index, _ins, rows in cursor.fetchall()
            if rows >= LEAST_ROWS
        }


def _drained(sandbox: Any) -> dict[str, float]:
    """The model in one point: so many events wait, Stripe takes its time, one worker works them off."""
    import requests  # noqa: PLC0415  only here

    from donations.models import LedgerTransaction  # noqa: PLC0415  reads models
    from tests.scaling import story  # noqa: PLC0415  reads models

    clocks = Clocks()
    for number in range(DRAINED):
        donation = story.begin_gift(1_000_000 + number, watch=clocks.watch)
        sandbox.control("pay", {"session": donation.stripe_checkout_session_id})
        sandbox.control("clock", {"advance_seconds": story.LATE_SECONDS})
        story.take_in(sandbox, watch=clocks.watch, kinds=("checkout.session.completed",))
    booked, send, asked = LedgerTransaction.objects.count(), requests.Session.send, sandbox.calls()

    def slow(*given: Any, **named: Any) -> Any:
        time.sleep(LATENCY_SECONDS)
        return send(*given, **named)

    requests.Session.send = slow  # Stripe is further away than a sandbox
    try:
        story.work(watch=clocks.watch)
    finally:
        requests.Session.send = send
    if LedgerTransaction.objects.count() - booked != DRAINED:
        raise story.StoryError("not every gift was booked")
    [cpu] = clocks.costs["events"]
    return {
        "events": DRAINED,
        "calls": (sandbox.calls() - asked) / DRAINED,
        "latency_seconds": LATENCY_SECONDS,
        "cpu_seconds": round(sum(cpu), 3),
    }


def write() -> None:
    """Measure, and keep what was found."""
    OWN.write_text(json.dumps(measure(), indent=1) + "\n")


if __name__ == "__main__":
    write()
