"""P3: pages that no cache had, through the whole portal, beside a plain Django page of as many bytes and two queries.

Both are served by granian on the same database and asked in turns. Beside requests per second stands the CPU that one
request cost the server and PostgreSQL together.
"""

import contextlib
import http.client
from dataclasses import dataclass
from functools import partial

from benchmarks import stage
from benchmarks.budgets import Bound, Budget, Line, Measured, Wish, WrongAnswerError
from benchmarks.rounds import in_turns, ratios

PAGES = {
    "home": "/en/",
    "campaign": "/en/campaigns/blue-heart/",
    "tracker": "/en/tracker/",
    "country": "/en/countries/pt/",
}
LEAST_RATIO = 0.9
SIZE, QUICK_SIZE = (100_000, 10_000), (1_000, 100)
ROWS = 100  # of the plain page, to find how long one is
SIZE_TOLERANCE = 0.05
SECONDS, QUICK_SECONDS = 2, 1  # whole ones: wrk knows no others


@dataclass
class Site:
    """A server, the database it reads, and what a request has cost it."""

    server: stage.Server
    database: str

    def fetch(self, path: str) -> bytes:
        """The page; raises `WrongAnswerError` for anything but a whole one."""
        connection = http.client.HTTPConnection(stage.LOOPBACK, self.server.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path, headers={"Host": "localhost"})
            response = connection.getresponse()
            body = response.read()
        if response.status != 200 or not body.rstrip().endswith(b"</html>"):
            raise WrongAnswerError(f"{path} answers {response.status} with {len(body)} bytes")
        return body

    def ask(self, path: str, seconds: int, spent: list[float]) -> float:
        """Requests per second; `spent` gains the milliseconds of CPU of one."""
        before = self._cpu()
        load = stage.wrk(self.server.url(path), seconds=seconds)
        if load.failed or not load.answered:
            raise WrongAnswerError(f"{path}: {load.answered} answers, of which {load.failed} failed")
        spent.append((self._cpu() - before) / load.answered * 1000)
        return load.per_second

    def _cpu(self) -> float:
        return self.server.cpu_seconds() + sum(map(stage.cpu_seconds, stage.postgres_pids(self.database)))


def measure(wish: Wish) -> Measured:
    pledges, donations = QUICK_SIZE if wish.quick else SIZE
    database = stage.database(pledges=pledges, donations=donations)
    variables = {"DJANGO_SETTINGS_MODULE": "benchmarks.settings", "PAGE_CACHE_MEGABYTES": "0"}
    seconds = QUICK_SECONDS if wish.quick else SECONDS
    with stage.granian("blueheart.wsgi:application", BENCH_DATABASE=database, **variables) as portal:
        ours = {name: Site(portal, database).fetch(path) for name, path in PAGES.items()}
        with stage.granian("benchmarks.peers.bare_pages:application", BENCH_DATABASE=database) as plain:
            sites = Site(portal, database), Site(plain, database)
            return Measured([_beside(name, len(ours[name]), *sites, wish.rounds, seconds) for name in PAGES])


def _beside(name: str, size: int, portal: Site, plain: Site, rounds: int, seconds: int) -> Line:
    path, as_long = PAGES[name], _plain_path(plain, size)
    ours, theirs = list[float](), list[float]()
    for site, asked in ((portal, path), (plain, as_long)):
        stage.wrk(site.server.url(asked), seconds=1)  # every worker has read its templates
    found = in_turns(
        {
            "portal": partial(portal.ask, path, seconds, ours),
            "plain": partial(plain.ask, as_long, seconds, theirs),
        },
        rounds,
    )
    return Line(
        f"{name}, {size / 1000:.1f} KB",
        ratios(found["portal"], found["plain"]),
        Bound(least=LEAST_RATIO),
        beside={
            "requests/s": f"{_middle(found['portal']):.0f} beside {_middle(found['plain']):.0f}",
            "CPU ms per request": f"{_middle(ours):.1f} beside {_middle(theirs):.1f}",
        },
    )


def _middle(figures: list[float]) -> float:
    return sorted(figures)[len(figures) // 2]


def _plain_path(plain: Site, size: int) -> str:
    """Where the plain page is of this size; raises `WrongAnswerError` where it cannot be."""
    without, with_rows = (len(plain.fetch(f"/?rows={rows}")) for rows in (0, ROWS))
    path = f"/?rows={max(0, round((size - without) * ROWS / (with_rows - without)))}"
    found = len(plain.fetch(path))
    if abs(found - size) > size * SIZE_TOLERANCE:
        raise WrongAnswerError(f"{path} of the plain page has {found} bytes, and ours {size}")
    return path


UNCACHED_PAGES = Budget(3, "Pages that no cache had, beside a plain Django page of the same size", measure)
