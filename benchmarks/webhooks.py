"""P6: Stripe's webhooks, verified, deduplicated, stored and answered, against raw inserts of the same rows.

Every event is a new one, signed before the clock runs, sent over real HTTP by eight connections; the limit beside it is
pgbench with eight clients that insert the row of such an event into the same table. Both commit synchronously.
"""

import hashlib
import hmac
import http.client
import itertools
import json
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks import stage
from benchmarks.budgets import Bound, Budget, Curve, Line, Measured, Wish, WrongAnswerError
from benchmarks.costs import Clocks, Cost, kept, middle
from benchmarks.rounds import in_turns, ratios

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

SIZES = [(1_000, 1_000), (100_000, 10_000), (10_000_000, 1_000_000)]
QUICK_SIZES = [(1_000, 100), (1_000, 100)]
LEAST_RATIO, MOST_GROWTH, MOST_FORGED = 0.2, 1.3, 1.0
CLIENTS, LETTER_FILES = 8, 2  # the load generator has two threads
MOST_PER_SECOND = 4_000  # so many letters are written for each second
SECRET, OTHER_SECRET = "whsec_of_the_benchmarks", "whsec_of_mallory_and_nobody_else"
PATH = "/stripe/webhook/"
EVENT = (stage.PROJECT / "benchmarks" / "stripe" / "event.json").read_text()
OWN_ID = json.loads(EVENT)["id"]
LUA = stage.PROJECT / "benchmarks" / "lua" / "post_events.lua"
GROWTH = "O(log n): one insert, which the unique index of Stripe's ids answers for; n events are a tree of log n levels"

_letters = itertools.count(int(time.time() * 1000))


@dataclass(frozen=True)
class Door:
    """The portal on one database, and a connection of our own to see what came of it."""

    server: stage.Server
    database: str
    db: "Connection"
    mark: int

    def rows(self) -> int:
        """How many events were stored since the measurement began."""
        return int(self.value("SELECT count(*) FROM donations_stripeevent WHERE id > %s", self.mark))

    def value(self, sql: str, *values: object) -> Any:
        """The first column of a query's first row."""
        with self.db.cursor() as cursor:
            cursor.execute(sql, values)
            return (cursor.fetchone() or (0,))[0]

    def forget(self) -> None:
        with self.db.cursor() as cursor:
            cursor.execute("DELETE FROM donations_stripeevent WHERE id > %s", [self.mark])

    def post(self, body: bytes, secret: str = SECRET) -> int:
        """The status of one delivery."""
        connection = http.client.HTTPConnection(stage.LOOPBACK, self.server.port, timeout=30)
        connection.request("POST", PATH, body, headers=_headers(body, secret))
        return connection.getresponse().status

    def load(self, seconds: float, *, secret: str = SECRET) -> Cost:
        """Deliver for some seconds; each accepted event must be a row then, and no forged one."""
        letters = stage.HOME / "letters"
        for number in range(LETTER_FILES):
            _write_letters(f"{letters}.{number}", int(seconds * MOST_PER_SECOND / LETTER_FILES), secret)
        script = stage.HOME / "post_events.lua"
        script.write_text(f"LETTERS = {json.dumps(str(letters))}\n{LUA.read_text()}")
        stored, clocks = self.rows(), Clocks(self.server, self.database)
        load = stage.wrk(self.server.url(PATH), seconds=seconds, connections=CLIENTS, script=str(script))
        cost = clocks.cost_of(load)
        self._check(load, self.rows() - stored, is_forged=secret != SECRET)
        return cost

    def _check(self, load: stage.Load, stored: int, *, is_forged: bool) -> None:
        if is_forged and (load.failed != load.answered or stored):
            raise WrongAnswerError(f"{load.answered - load.failed} forged ones were accepted, {stored} are stored")
        # What was still on its way when the load generator hung up may be stored, too.
        if not is_forged and (load.failed or not load.answered <= stored <= load.answered + CLIENTS):
            raise WrongAnswerError(f"of {load.answered} answered {load.failed} were refused and {stored} are stored")


def measure(wish: Wish) -> Measured:
    """Ours and pgbench in turns; forged ones beside accepted ones; then what one costs at each size."""
    seconds = 1.0 if wish.quick else 4.0
    sizes = QUICK_SIZES if wish.quick else SIZES
    names = [stage.database(pledges=pledges, donations=donations) for pledges, donations in sizes]
    with door(names[0]) as small:
        check(small)
        for _warm in range(2):
            small.load(min(seconds, 1.0))
        lines = [_against_raw(small, wish, seconds), _forged(small, wish, seconds)]
    with ExitStack() as open_doors:
        line, curve = _growth([open_doors.enter_context(door(name)) for name in names], sizes, wish, seconds)
    return Measured([*lines, line], [] if wish.quick else [curve])


@contextmanager
def door(database: str) -> Iterator[Door]:
    """The portal with our secret on this database; the events that came in are deleted in the end."""
    with (
        stage.connected(database) as db,
        stage.granian(
            "blueheart.wsgi:application",
            threads=CLIENTS // 2,
            BENCH_DATABASE=database,
            DJANGO_SETTINGS_MODULE="benchmarks.settings",
            STRIPE_WEBHOOK_SECRETS=SECRET,
        ) as server,
    ):
        with db.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(id), 0) FROM donations_stripeevent")
            opened = Door(server, database, db, (cursor.fetchone() or (0,))[0])
        try:
            yield opened
        finally:
            opened.forget()


def check(at: Door) -> None:
    """A signed event is stored once, without what names a person; a forged one is not, nor one that is live."""
    body = _body("evt_bench_checked")
    answers = [at.post(body), at.post(body), at.post(body, OTHER_SECRET), at.post(body.replace(b"false", b"true"))]
    if answers != [200, 200, 400, 400] or at.rows() != 1:
        raise WrongAnswerError(f"deliveries were answered {answers}, {at.rows()} events are stored")
    sql = "SELECT type || ' ' || status || ' ' || (payload LIKE '%%@example.org%%') FROM donations_stripeevent"
    said = at.value(f"{sql} WHERE stripe_event_id = 'evt_bench_checked'")
    if said != "checkout.session.completed received false":
        raise WrongAnswerError(f"the event is stored as {said}")


def _against_raw(at: Door, wish: Wish, seconds: float) -> Line:
    payload = at.value("SELECT payload FROM donations_stripeevent WHERE stripe_event_id = 'evt_bench_checked'")
    script = stage.HOME / "insert_event.sql"
    script.write_text(_raw_insert(str(payload)))
    costs: list[Cost] = []

    def insert(protocol: str) -> float:
        how = ["-M", protocol, "-T", str(max(1, round(seconds)))]
        return pgbench(at.database, str(script), clients=CLIENTS, how=how)

    figures = in_turns(
        {
            "ours": kept(costs, lambda: at.load(seconds)),
            "raw": lambda: insert("simple"),
            "prepared": lambda: insert("prepared"),
        },
        wish.rounds,
    )
    at.forget()
    return Line(
        "webhooks stored per second, against raw inserts",
        ratios(figures["ours"], figures["raw"]),
        Bound(least=LEAST_RATIO),
        beside={
            "ours": str(middle(costs)),
            "pgbench": f"{median(figures['raw']):,.0f}/s",
            "pgbench, prepared": f"{median(figures['prepared']):,.0f}/s",
        },
    )


def _forged(at: Door, wish: Wish, seconds: float) -> Line:
    accepted: list[Cost] = []
    forged: list[Cost] = []
    in_turns(
        {
            "accepted": kept(accepted, lambda: at.load(seconds)),
            "forged": kept(forged, lambda: at.load(seconds, secret=OTHER_SECRET)),
        },
        wish.rounds,
    )
    at.forget()
    return Line(
        "CPU of a forged one, over an accepted one",
        [a.cpu_ms / b.cpu_ms for a, b in zip(forged, accepted, strict=True)],
        Bound(most=MOST_FORGED),
        beside={"forged": str(middle(forged)), "accepted": str(middle(accepted))},
    )


def _growth(doors: list[Door], sizes: list[tuple[int, int]], wish: Wish, seconds: float) -> tuple[Line, Curve]:
    costs: dict[str, list[Cost]] = {str(place): [] for place in range(len(doors))}
    for each in doors:
        each.load(min(seconds, 1.0))
    in_turns(
        {str(place): kept(costs[str(place)], lambda each=each: each.load(seconds)) for place, each in enumerate(doors)},
        wish.rounds,
    )
    by_size = [[cost.cpu_ms for cost in costs[str(place)]] for place in range(len(doors))]
    gifts = [donations for _pledges, donations in sizes]
    line = Line(
        f"CPU of a webhook at {gifts[-1]:,} gifts and events, over {gifts[0]:,}",
        ratios(by_size[-1], by_size[0]),
        Bound(most=MOST_GROWTH),
        beside={f"{number:,}": str(middle(costs[str(place)])) for place, number in enumerate(gifts)} | {"cost": GROWTH},
    )
    return line, Curve("a webhook taken in", list(zip(gifts, map(median, by_size), strict=True)))


def pgbench(database: str, script: str, *, clients: int, how: Sequence[str]) -> float:
    """Transactions per second of a script; `how` are pgbench's own options."""
    with stage.connected(database) as db:
        parameters = db.get_dsn_parameters()
    command = [stage.tool("pgbench", "postgresql-contrib"), "-n", "-c", str(clients), "-j", str(min(clients, 2))]
    command += [*how, "-f", script, "-h", parameters["host"], "-U", parameters["user"], database]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"tps = ([\d.]+)", said)
    if not found or "number of failed transactions: 0" not in said:
        raise RuntimeError(said)
    return float(found[1])


def _raw_insert(payload: str) -> str:
    """The row that a webhook stores, with an id of chance."""
    quoted = payload.replace("'", "''").replace(":", "\\072")  # pgbench reads :name as a variable
    return (
        "\\set number random(1, 9000000000000000)\n"
        "INSERT INTO donations_stripeevent (stripe_event_id, type, api_version, livemode, stripe_object_id, payload,"
        " source, status, happened_at, received_at, tries, next_attempt_at, reason) VALUES"
        " ('evt_bench_' || :number, 'checkout.session.completed', '2026-10-28.endive', false, 'cs_bench_' || :number,"
        f" E'{quoted}', 'webhook', 'received', now(), now(), 0, now(), '');\n"
    )


def _body(event_id: str) -> bytes:
    return EVENT.replace(OWN_ID, event_id, 1).encode()


def _headers(body: bytes, secret: str) -> dict[str, str]:
    moment = int(time.time())
    signed = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Host": "localhost",
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        "Stripe-Signature": f"t={moment},v1={signed}",
    }


def _write_letters(path: str, count: int, secret: str) -> None:
    """A file of requests, each behind its length in eight digits."""
    with open(path, "wb") as file:
        for _letter in range(count):
            body = _body(f"evt_bench_{next(_letters):x}")
            headers = _headers(body, secret) | {"Content-Length": str(len(body))}
            lines = [f"POST {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
            letter = "\r\n".join(lines).encode() + body
            file.write(b"%08d" % len(letter) + letter)


TAKEN_IN = Budget(6, "A webhook taken in, against a raw insert of its row, and as the events grow", measure)
