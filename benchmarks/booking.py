"""P7: one worker books Stripe's events, against one raw client that writes the same rows in five statements.

Both work on rows of the same kind in the same database, and both commit each event by itself, synchronously: the end of
the event, the gift's new state, a ledger transaction, its entries, and the row by which the totals hear of it.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from statistics import median
from typing import Any, NamedTuple, Self

from benchmarks import stage
from benchmarks.budgets import Bound, Budget, Curve, Line, Measured, Wish, WrongAnswerError
from benchmarks.rounds import in_turns, ratios
from benchmarks.webhooks import pgbench

SIZES = [(1_000, 1_000), (100_000, 10_000)]
QUICK_SIZE = (1_000, 100)
LARGE = (10_000_000, 1_000_000)  # measured where it was made before
EVENTS, QUICK_EVENTS = 600, 60  # of a round
LEAST_RATIO = 0.2
GROWTH = "O(log n): every row is found by a unique index, and nothing is counted or added up"
FIVE_STATEMENTS = """
\\set n :n + 1
BEGIN;
UPDATE donations_stripeevent SET status = 'processed', next_attempt_at = NULL, leased_until = NULL, tries = 1,
    reason = '' WHERE id = {event} + :n;
UPDATE donations_donation SET status = 'succeeded', succeeded_at = now(), statement_text = 'BLUE HEART',
    stripe_payment_intent_id = 'pi_raw_' || ({donation} + :n) WHERE id = {donation} + :n;
INSERT INTO donations_ledgertransaction (purpose, donation_id, stripe_balance_transaction_id, happened_at, posted_on,
    booked_at, why) VALUES
    ('donation', {donation} + :n, 'txn_raw_' || ({donation} + :n), now(), current_date, now(), '') RETURNING id \\gset
INSERT INTO donations_ledgerentry (transaction_id, account, currency, amount_minor) VALUES
    (:id, 'STRIPE_BALANCE', 'USD', 2397), (:id, 'PROCESSING_FEES', 'USD', 103), (:id, 'DONATION_INCOME', 'USD', -2500);
INSERT INTO donations_uncountedtransaction (transaction_id) VALUES (:id);
COMMIT;
"""


class Cost(NamedTuple):
    """What a round showed: events a second without Stripe's answers, and CPU milliseconds of each."""

    per_second: float
    worker_ms: float
    postgres_ms: float
    calls: float

    @property
    def cpu_ms(self) -> float:
        return self.worker_ms + self.postgres_ms

    def __str__(self) -> str:
        cpu = f"{self.worker_ms:.2f} + {self.postgres_ms:.2f} ms CPU (worker + PostgreSQL)"
        return f"{self.per_second:,.0f}/s, {cpu}, {self.calls:g} calls to Stripe each"


class Worker:
    """The worker's lane of events, or another of its acts, as a process of its own on one database."""

    def __init__(self, database: str, lane: str = "benchmarks.booking_lane") -> None:
        self.database, self.lane = database, lane

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", self.lane],
            cwd=stage.PROJECT,
            env=stage.environment(
                BENCH_DATABASE=self.database,
                DJANGO_SETTINGS_MODULE="benchmarks.settings",
                DATABASE_DEADLINE_SECONDS="60",
                STRIPE_SECRET_KEY="sk_test_benchmarks",  # noqa: S106  of nothing
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.backend = self.ask("backend")
        return self

    def __exit__(self, *exc: object) -> None:
        assert self.process.stdin  # noqa: S101  it is a pipe
        self.process.stdin.close()
        self.process.wait(60)

    def ask(self, act: str, **wish: Any) -> Any:
        """What the act says; raises where the process ended, after it told why."""
        assert self.process.stdin  # noqa: S101  it is a pipe
        assert self.process.stdout  # noqa: S101  it is, too
        self.process.stdin.write(json.dumps({"act": act, **wish}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{act} on {self.database}: the process ended, see above")
        return json.loads(line)

    def book(self, events: int) -> Cost:
        """One round: so many events become bookings, each exactly one."""
        self.ask("prepare", count=events)
        postgres = stage.cpu_seconds(self.backend)
        did = self.ask("book")
        postgres = stage.cpu_seconds(self.backend) - postgres
        if did["booked"] != events or did["left"]:
            raise WrongAnswerError(f"of {events} events {did['booked']} are booked, {did['left']} are left")
        of_each = 1000 / events
        rate = events / (did["seconds"] - did["stripe"])
        return Cost(rate, (did["cpu"] - did["stripe_cpu"]) * of_each, postgres * of_each, did["calls"] / events)


def measure(wish: Wish) -> Measured:
    """The worker and the raw client in turns on one database; then what an event costs at each size."""
    events = QUICK_EVENTS if wish.quick else EVENTS
    sizes = [QUICK_SIZE] if wish.quick else SIZES + [LARGE] * stage.is_made(pledges=LARGE[0], donations=LARGE[1])
    costs: list[Cost] = []
    with copy_of(stage.database(pledges=sizes[0][0], donations=sizes[0][1])) as database, Worker(database) as worker:
        worker.book(min(events, 100))
        figures = in_turns(
            {"ours": lambda: _kept(costs, worker.book(events)), "raw": lambda: raw(worker, events)}, wish.rounds
        )
        if wrong := worker.ask("check"):
            raise WrongAnswerError(f"the books are not true: {wrong[0]}")
    middle = Cost(*map(median, zip(*costs, strict=True)))
    line = Line(
        "events booked per second, against five raw statements",
        ratios(figures["ours"], figures["raw"]),
        Bound(least=LEAST_RATIO),
        beside={
            "ours": str(middle),
            "pgbench, one client": f"{median(figures['raw']):,.0f}/s",
            "cost": GROWTH,
        },
        reason=f"{middle.cpu_ms:.1f} ms of CPU, one step after the other, are {1000 / middle.cpu_ms:.0f}/s at most",
    )
    return Measured([line], [] if wish.quick else [Curve("an event booked", _at_sizes(sizes, events))])


def raw(worker: Worker, events: int) -> float:
    """Events per second that one client books by hand."""
    first = worker.ask("prepare", count=events)
    script = stage.HOME / "book_event.sql"
    script.write_text(FIVE_STATEMENTS.format(event=first["event"] - 1, donation=first["donation"] - 1))
    return pgbench(worker.database, str(script), clients=1, how=["-t", str(events), "-D", "n=0"])


@contextmanager
def copy_of(database: str) -> Iterator[str]:
    """A database like this one, dropped in the end: what is booked stays booked, and the original stays as it is."""
    name = f"{database}_booked"
    with stage.connected("postgres") as server, server.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{database}"')
        try:
            yield name
        finally:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _at_sizes(sizes: list[tuple[int, int]], events: int) -> list[tuple[int, float]]:
    """CPU of an event by gifts. The largest database is not copied, which takes minutes: it keeps a thousand more."""
    points = []
    for pledges, donations in sizes:
        original = stage.database(pledges=pledges, donations=donations)
        place = nullcontext(original) if (pledges, donations) == LARGE else copy_of(original)
        with place as database, Worker(database) as worker:
            worker.book(100)
            points.append((donations, median(worker.book(events // 2).cpu_ms for _round in range(3))))
    return points


def _kept(costs: list[Cost], cost: Cost) -> float:
    costs.append(cost)
    return cost.per_second


BOOKED = Budget(7, "Events booked by one worker, against one raw client", measure)
