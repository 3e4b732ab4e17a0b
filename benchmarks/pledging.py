"""P8 and P9: pledges posted and confirmed, over real HTTP and with all their rules.

Ours and the plain view must have written as many rows: those of the limits count as well.

Every pledge that is posted comes from an address and a network of its own, told by X-Forwarded-For as a proxy of ours
would (TRUSTED_PROXIES=1), so that no limit is switched off and none is passed. What a measurement writes is counted
against the answers, and deleted in the end.
"""

import http.client
import itertools
import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from statistics import median
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from benchmarks import stage
from benchmarks.budgets import Bound, Budget, Curve, Line, Measured, Wish, WrongAnswerError
from benchmarks.costs import Clocks, Cost, kept, middle
from benchmarks.rounds import in_turns, ratios
from blueheart.languages import country_codes

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

SIZES = [1_000, 100_000]
LARGE = 10_000_000  # measured where it was made before
CONNECTIONS, CONFIRMING = 8, 32
WORKERS = 2
CONFIRMED_AT_FIRST = 2_000  # so many pledges wait for the second that warms up, and for each round at least
SPARE = 3  # beyond that, as many as were confirmed in a second, times the seconds of the round, times this
MANY, FEW = 200, 20  # countries: against one, and for the cost at each size
COUNTERS = 9  # rows for each pledge, beside those that all share
FORM, UNCOUNTED = "/en/pledge/", "/en/pledge/uncounted/"
POSTING = "O(log n): a handful of index entries, whatever is there; a mailbox's own pledges are found by an index"
CONFIRMING_COST = "O(log n): one row, and one change of its tallies that the next window adds up"
LUA = stage.PROJECT / "benchmarks" / "lua"
STAMP_SECONDS = 2.5  # a form sent sooner is a robot's

PRECEPTS = "SELECT id FROM pledges_preceptwording WHERE version = 1 ORDER BY precept_id LIMIT 3"
MARKS = "SELECT (SELECT coalesce(max(id), 0) FROM pledges_pledge), (SELECT coalesce(max(id), 0) FROM post_message)"
# One statement each: what is seen of a pledge that was posted.
POSTED_ROWS = """
SELECT count(*), count(*) FILTER (WHERE
    (SELECT count(*) FROM pledges_pledge_precepts WHERE pledge_id = pledge.id) = 3
    AND EXISTS (SELECT FROM pledges_confirmationcode WHERE pledge_id = pledge.id)
    AND EXISTS (SELECT FROM post_message WHERE subject_id = pledge.id AND kind = 'pledge-confirm' AND id > %(message)s)
) FROM pledges_pledge AS pledge WHERE id > %(pledge)s AND status = 'pending' AND way = 'pin' AND source_ip IS NOT NULL
"""
FORGET = """
DELETE FROM pledges_pledge_precepts WHERE pledge_id > %(pledge)s;
DELETE FROM pledges_confirmationcode WHERE pledge_id > %(pledge)s;
DELETE FROM pledges_mailedlink WHERE pledge_id > %(pledge)s;
DELETE FROM pledges_pledge WHERE id > %(pledge)s;
DELETE FROM post_message WHERE id > %(message)s;
TRUNCATE limits_counter, limits_pause;
"""
PENDING = """
WITH made AS (
    INSERT INTO pledges_pledge (
        public_id, campaign_id, kind, email, canonical_email, public_name, name_key, is_16_or_older, country, way,
        words, words_status, language, status, standing, verification, created_at, asked_at, reminders,
        suspected_for, hidden_reason
    )
    SELECT 'b' || %(run)s || 'x' || n, (SELECT id FROM campaigns_campaign WHERE slug = 'blue-heart'), 'person',
           format('sam-%%s-%%s@example.org', %(run)s, n), format('sam-%%s-%%s@example.org', %(run)s, n), '', '', false,
           (%(countries)s::text[])[1 + n %% cardinality(%(countries)s::text[])], 'pin', '', 'none', 'en', 'pending',
           'good', 'not-needed', now(), now(), 0, '', ''
    FROM generate_series(0, %(pledges)s - 1) AS n RETURNING id, public_id
), links AS (
    INSERT INTO pledges_mailedlink (digest, sent_at, expires_at, pledge_id, purpose)
    SELECT encode(sha256(convert_to('bench-' || public_id, 'UTF8')), 'hex'), now(), now() + interval '1 day', id,
           'confirm' FROM made
)
INSERT INTO pledges_pledge_precepts (pledge_id, preceptwording_id)
SELECT made.id, precept.id FROM made, (SELECT unnest(%(precepts)s::bigint[]) AS id) AS precept
"""
LIMIT_ROWS = """
SELECT (SELECT count(*) FROM limits_counter WHERE scope NOT LIKE '%%-site-%%'), (SELECT count(*) FROM limits_pause)
"""
CONFIRMED_ROWS = "SELECT count(*) FROM pledges_pledge WHERE id > %(pledge)s AND status = 'confirmed'"
TALLIED = """
SELECT (SELECT coalesce(sum(confirmed), 0) FROM pledges_pledgetally)
     + (SELECT coalesce(sum(confirmed), 0) FROM pledges_pledgedelta)
"""
COUNTRIES = "SELECT country FROM pledges_countrytally ORDER BY confirmed DESC, country"
# A worker's lane for the tallies, alone: it adds up what waits, every two seconds, until it is stopped.
CLOSE_WINDOWS = (
    "import time; from pledges.services import counting\nwhile True: counting.close_windows(); time.sleep(2)"
)

_runs = itertools.count(int(time.time()) % 10_000_000)


@dataclass(frozen=True)
class Site:
    """A server on one database, and where it shows its form."""

    server: stage.Server
    database: str
    db: "Connection"
    marks: dict[str, int]

    def value(self, sql: str, **more: object) -> tuple[int, ...]:
        """The first row of a query about what was written since the measurement began."""
        with self.db.cursor() as cursor:
            cursor.execute(sql, self.marks | more)
            return tuple(cursor.fetchone() or ())

    def run(self, sql: str, **more: object) -> None:
        """A statement that returns nothing."""
        with self.db.cursor() as cursor:
            cursor.execute(sql, self.marks | more)

    def form(self, path: str = FORM) -> "Form":
        """A form's page as a browser gets it: its cookie and its hidden fields."""
        connection = http.client.HTTPConnection(stage.LOOPBACK, self.server.port, timeout=30)
        connection.request("GET", path, headers={"Host": "localhost"})
        answer = connection.getresponse()
        page = answer.read().decode()
        cookie = re.search(r"csrftoken=\w+", answer.headers.get("Set-Cookie", ""))
        hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|shown|seen)" value="([^"]+)"', page))
        if answer.status != 200 or not cookie or "csrfmiddlewaretoken" not in hidden:
            raise WrongAnswerError(f"{path} answers {answer.status}, without a form")
        return Form(cookie[0], hidden)

    def load(self, script: str, *, connections: int, seconds: float) -> tuple[Cost, stage.Load]:
        """Run a script of the load generator and read the CPU clocks around it."""
        path = stage.HOME / "load.lua"
        path.write_text(script)
        clocks = Clocks(self.server, self.database)
        load = stage.wrk(self.server.url(""), seconds=seconds, connections=connections, script=str(path))
        cost = clocks.cost_of(load)
        if load.failed:
            raise WrongAnswerError(f"{load.failed} of {load.answered} requests failed")
        return cost, load


class Form(NamedTuple):
    """What a browser sends back with a form."""

    cookie: str
    hidden: dict[str, str]


@contextmanager
def site(application: str, database: str) -> Iterator[Site]:
    """A server of an application on a database; what was written meanwhile is deleted in the end."""
    with (
        stage.connected(database) as db,
        stage.granian(
            application,
            workers=WORKERS,
            BENCH_DATABASE=database,
            DJANGO_SETTINGS_MODULE="benchmarks.settings",
            TRUSTED_PROXIES="1",
        ) as server,
    ):
        with db.cursor() as cursor:
            cursor.execute(MARKS)
            pledge, message = cursor.fetchone() or (0, 0)
        made = Site(server, database, db, {"pledge": pledge, "message": message})
        try:
            yield made
        finally:
            made.run(FORGET)


def ours(database: str) -> AbstractContextManager[Site]:
    return site("blueheart.wsgi:application", database)


def theirs(database: str) -> AbstractContextManager[Site]:
    return site("benchmarks.peers.plain_pledge:application", database)


def post(at: Site, seconds: float, path: str = FORM) -> Cost:
    """One round of pledges, each looked for in the database afterwards."""
    form = at.form(path)
    with at.db.cursor() as cursor:
        cursor.execute(PRECEPTS)
        precepts = [number for (number,) in cursor.fetchall()]
    typed = {"precepts": precepts, "way": "pin", "country": "PT", "public_name": "Sam Jones", "words": ""}
    typed |= {"is_16_or_older": "on", "website": "", "step": "all", "go": "send"}
    time.sleep(STAMP_SECONDS)
    before, limits = at.value(POSTED_ROWS), at.value(LIMIT_ROWS)
    script = _script(
        "post_pledges.lua",
        form.cookie,
        PATH=path,
        BASE=next(_runs) * 1_000_000,
        BODY=urlencode(typed | form.hidden, doseq=True),
    )
    cost, load = at.load(script, connections=CONNECTIONS, seconds=seconds)
    after = _settled(lambda: at.value(POSTED_ROWS))
    made, whole = (b - a for a, b in zip(before, after, strict=True))
    # What was still on its way when the load generator hung up may be there, too.
    if not load.answered <= whole == made <= load.answered + CONNECTIONS:
        raise WrongAnswerError(f"{load.answered} pledges were answered, {made} are there, {whole} with all their rows")
    counters, pauses = (now - then for then, now in zip(limits, at.value(LIMIT_ROWS), strict=True))
    if (counters, pauses) != ((0, 0) if path == UNCOUNTED else (COUNTERS * made, made)):
        raise WrongAnswerError(f"{made} pledges left {counters} counters and {pauses} pauses")
    return cost


class Confirmations:
    """Rounds of confirmations in these countries. Their forms are read once: what one says depends on its country.

    The first round warms up and tells how many pledges must wait for each of the others.
    """

    def __init__(self, at: Site, countries: Sequence[str]) -> None:
        self.at, self.countries = at, list(countries)
        self.per_second = 0.0
        with at.db.cursor() as cursor:
            cursor.execute(PRECEPTS)
            self.precepts = [number for (number,) in cursor.fetchall()]
        prefix = self._made(len(self.countries))
        self.forms = [at.form(f"/en/pledge/confirm/{prefix}{n}/") for n in range(len(self.countries))]
        self.confirm(1)

    def confirm(self, seconds: float) -> Cost:
        """One round, which must have confirmed and told as many as were answered."""
        prefix = self._made(max(CONFIRMED_AT_FIRST, round(self.per_second * SPARE * seconds)))
        (before,), (tallied,) = self.at.value(CONFIRMED_ROWS), self.at.value(TALLIED)
        cost, load = self.at.load(self._script(prefix), connections=CONFIRMING, seconds=seconds)
        (after,) = _settled(lambda: self.at.value(CONFIRMED_ROWS))
        (tallied_now,) = self.at.value(TALLIED)
        if not load.answered <= after - before == tallied_now - tallied <= load.answered + CONFIRMING:
            raise WrongAnswerError(
                f"{load.answered} were answered, {after - before} confirmed, {tallied_now - tallied} told"
            )
        self.per_second = max(self.per_second, cost.per_second)
        return cost

    def _made(self, pledges: int) -> str:
        """Have so many pledges wait; returns how the secrets of their links begin."""
        run = next(_runs)
        self.at.run(PENDING, run=run, countries=self.countries, precepts=self.precepts, pledges=pledges)
        return f"bench-b{run}x"

    def _script(self, prefix: str) -> str:
        first = self.forms[0]
        body = urlencode({"csrfmiddlewaretoken": first.hidden["csrfmiddlewaretoken"]})
        seen = "{" + ",".join(json.dumps(form.hidden["seen"]) for form in self.forms) + "}"
        return _script("confirm_pledges.lua", first.cookie, PREFIX=prefix, BODY=body) + f"SEEN = {seen}\n"


@contextmanager
def closing_windows(database: str) -> Iterator[None]:
    """A process that adds up the tallies, as the worker's lane of them does."""
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", CLOSE_WINDOWS]
    settings = stage.environment(BENCH_DATABASE=database, DJANGO_SETTINGS_MODULE="benchmarks.settings")
    process = subprocess.Popen(command, cwd=stage.PROJECT, env=settings)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def measure_posting(wish: Wish) -> Measured:
    """Ours and the plain view in turns on the small database; then what a pledge costs at each size."""
    seconds = 2 if wish.quick else 4
    costs: dict[str, list[Cost]] = {"ours": [], "plain": [], "uncounted": []}
    small = _database(SIZES[0])
    with ours(small) as portal, theirs(small) as plain:
        for each in (portal, plain):
            post(each, 1)
        contestants = {
            "ours": kept(costs["ours"], lambda: post(portal, seconds)),
            "plain": kept(costs["plain"], lambda: post(plain, seconds)),
        }
        if not wish.quick:
            contestants["uncounted"] = kept(costs["uncounted"], lambda: post(plain, seconds, UNCOUNTED))
        figures = in_turns(contestants, wish.rounds)
    cpu = [a.cpu_ms / b.cpu_ms for a, b in zip(costs["plain"], costs["ours"], strict=True)]
    beside = {
        "ours": str(middle(costs["ours"])),
        "plain view": str(middle(costs["plain"])),
        "CPU of the plain view over ours": f"{median(cpu):.2f}",
        "cost": POSTING,
    }
    if costs["uncounted"]:
        beside["plain view without the counters of limits"] = str(middle(costs["uncounted"]))
    what = "pledges posted per second, against a plain view"
    line = Line(what, ratios(figures["ours"], figures["plain"]), Bound(least=1.0), beside=beside)
    return Measured(
        [line], [] if wish.quick else [Curve("a pledge posted", _at_sizes(lambda at: _warm_post(at, seconds)))]
    )


def measure_confirming(wish: Wish) -> Measured:
    """One country and two hundred in turns; then what a confirmation costs at each size."""
    seconds = 2 if wish.quick else 3
    costs: dict[str, list[Cost]] = {"one": [], "many": []}
    small = _database(SIZES[0])
    with ours(small) as portal, closing_windows(small):
        with portal.db.cursor() as cursor:
            cursor.execute(COUNTRIES)
            known = [country for (country,) in cursor.fetchall()]
        countries = [*known, *sorted(country_codes().difference(known))][:MANY]
        one, many = Confirmations(portal, countries[:1]), Confirmations(portal, countries)
        figures = in_turns(
            {
                "one": kept(costs["one"], lambda: one.confirm(seconds)),
                "many": kept(costs["many"], lambda: many.confirm(seconds)),
            },
            wish.rounds,
        )
    cpu = [b.cpu_ms / a.cpu_ms for a, b in zip(costs["one"], costs["many"], strict=True)]
    line = Line(
        f"confirmations per second in one country, against {len(countries)} countries ({CONFIRMING} connections)",
        ratios(figures["one"], figures["many"]),
        Bound(least=0.95),
        beside={
            "one country": str(middle(costs["one"])),
            f"{len(countries)} countries": str(middle(costs["many"])),
            f"CPU of {len(countries)} over one": f"{median(cpu):.2f}",
            "cost": CONFIRMING_COST,
        },
    )
    if wish.quick:
        return Measured([line])
    return Measured(
        [line], [Curve("a pledge confirmed", _at_sizes(lambda at: _warm_confirm(at, countries[:FEW], seconds)))]
    )


def _at_sizes(warm_cost_of: Callable[[Site], Cost]) -> list[tuple[int, float]]:
    """Milliseconds of CPU at each size that is there or is quickly made."""
    sizes = SIZES + [LARGE] * stage.is_made(pledges=LARGE, donations=LARGE // 10)
    points = []
    for size in sizes:
        with ours(_database(size)) as at:
            points.append((size, warm_cost_of(at).cpu_ms))
    return points


@cache
def _database(pledges: int) -> str:
    return stage.database(pledges=pledges, donations=pledges // 10)


def _warm_confirm(at: Site, countries: Sequence[str], seconds: float) -> Cost:
    with closing_windows(at.database):
        return Confirmations(at, countries).confirm(seconds)


def _warm_post(at: Site, seconds: float) -> Cost:
    post(at, 1)
    return post(at, seconds)


def _settled(read: Callable[[], tuple[int, ...]]) -> tuple[int, ...]:
    """What is there once nothing changes any more: requests are on their way when the load generator hangs up."""
    seen = read()
    while True:
        time.sleep(0.3)
        if seen == (seen := read()):
            return seen


def _script(name: str, cookie: str, **values: str | int) -> str:
    """A script of the load generator with its values before it; JSON writes strings and numbers as Lua does."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    lines += [f"wrk.headers[{json.dumps(key)}] = {json.dumps(value)}" for key, value in _headers(cookie).items()]
    return "\n".join([*lines, (LUA / name).read_text()])


def _headers(cookie: str) -> dict[str, str]:
    return {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}


POSTED = Budget(8, "A pledge posted, with all its rules, against a plain Django view", measure_posting)
CONFIRMED = Budget(9, "Confirmations in one country, against many: no hot row", measure_confirming)
