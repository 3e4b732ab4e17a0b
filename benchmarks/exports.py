r"""P11: the CSV of a million gifts through the page that staff use, against `psql \copy` of the same columns.

A granian of its own serves the list of donations, read over the loopback and thrown away, in turns with psql, which
prints the same file: amounts as decimals, moments by ISO 8601. psql is as it comes, and its query may run on all cores.
First one file of each is read whole: as many rows, and but for the ends of its lines as many bytes. Memory is that of
the web worker and of all that it started, at its highest, over what it held idle after a first export.
"""

import functools
import http.client
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import stage
from benchmarks.budgets import Bound, Budget, Curve, Line, Measured, Wish, WrongAnswerError
from benchmarks.portal import Portal
from benchmarks.rounds import in_turns, ratios
from blueheart.money import THREE_DECIMAL, ZERO_DECIMAL

SIZES, QUICK_SIZES = ((5_000, 5_000), (5_000_000, 1_000_000)), ((1_000, 100), (1_000, 100))
HEADER = 200  # bytes at most of the first line
CHUNK = 1 << 20
ADDRESS = "/staff/donations/donation/export/"
ONE_BACKEND = {"PGOPTIONS": "-c max_parallel_workers_per_gather=0"}
SAMPLED_SECONDS = 0.01
SAME_FILE = """
    SELECT donation.public_id,
        donation.amount_minor * CASE WHEN donation.currency = ANY('{zero}') THEN 1
            WHEN donation.currency = ANY('{three}') THEN 0.001 ELSE 0.01 END,
        donation.currency, donation.method, donation.interval, donation.status, campaign.slug, donor.public_id,
        to_char(donation.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        to_char(donation.succeeded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    FROM donations_donation donation
    JOIN donations_donor donor ON donor.id = donation.donor_id
    LEFT JOIN campaigns_campaign campaign ON campaign.id = donation.campaign_id
    ORDER BY donation.id DESC
"""


def __getattr__(name: str) -> Any:
    """`application`: the portal as its web server runs it, but every list is sent at once and by copy.

    It is made when granian asks for it: the measurement itself is no portal.
    """
    if name != "application":
        raise AttributeError(name)
    from blueheart.wsgi import application  # noqa: PLC0415  isort: skip  sets Django up
    from blueheart.admin import exporting  # noqa: PLC0415

    exporting.AT_ONCE.update(dict.fromkeys(exporting.AT_ONCE, 10**9))
    exporting.SHORT = -1
    return application


@dataclass(frozen=True)
class Exports:
    """One database served: its exports through the office, and psql's."""

    server: stage.Server
    cookies: Mapping[str, str]
    psql: Mapping[str, str]  # by which psql connects

    @property
    def worker(self) -> int:
        return max(stage.tree(self.server.pid))

    def ours(self) -> float:
        """Seconds of one export, read and thrown away."""
        began = time.perf_counter()
        for _chunk in self._chunks():
            pass
        return time.perf_counter() - began

    def theirs(self, *, into: int = subprocess.DEVNULL, **more: str) -> float:
        r"""Seconds of psql's `\copy`."""
        psql = shutil.which("psql") or stage.tool("psql", "postgresql-client")
        command = [psql, "-X", "-q", "-c", rf"\copy ({same_file()}) to stdout csv"]
        began = time.perf_counter()
        subprocess.run(command, env=os.environ | dict(self.psql) | more, stdout=into, check=True)
        return time.perf_counter() - began

    def check(self, rows: int) -> int:
        """The size of our file; raises unless it says what psql's says."""
        file = stage.HOME / "psql.csv"
        with file.open("wb") as whole:
            self.theirs(into=whole.fileno())
        with file.open("rb") as whole:
            expected = whole.read(HEADER), file.stat().st_size
        file.unlink()
        size, lines, begins = 0, 0, b""
        for chunk in self._chunks():
            size, lines = size + len(chunk), lines + chunk.count(b"\n")
            begins = begins if len(begins) > 2 * HEADER else begins + chunk
        header, _end, first = begins.partition(b"\r\n")
        is_same = first.replace(b"\r\n", b"\n").startswith(expected[0][: HEADER // 2])
        # A line of ours ends with CR, too.
        if lines - 1 != rows or size - len(header) - 2 - rows != expected[1] or not is_same:
            raise WrongAnswerError(f"{lines - 1} of {rows} rows came, {size} bytes against {expected[1]}")
        return size

    def memory(self) -> float:
        """Megabytes at the highest of an export, over what the worker held before it."""
        worker = self.worker
        idle = highest = _resident(worker)
        export = threading.Thread(target=self.ours)
        export.start()
        while export.is_alive():
            started = [pid for pid in stage.tree(worker)[1:] if _command(pid) not in ("", _command(worker))]
            highest = max(highest, sum(map(_resident, [worker, *started])))
            time.sleep(SAMPLED_SECONDS)
        return (highest - idle) / 2**20

    def cpu(self, database: str) -> float:
        """Milliseconds of CPU of one export: the server's, its processes' and PostgreSQL's."""
        clocks = functools.partial(_with_children, self.worker), functools.partial(_with_children, _server_of(database))
        before = sum(clock() for clock in clocks)
        self.ours()
        time.sleep(0.2)  # until PostgreSQL's processes are counted to their parent
        return (sum(clock() for clock in clocks) - before) * 1000

    def _chunks(self) -> Iterable[bytes]:
        connection = http.client.HTTPConnection(stage.LOOPBACK, self.server.port, timeout=600)
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Host": f"localhost:{self.server.port}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        body = f"format=csv&csrfmiddlewaretoken={self.cookies['csrftoken']}"
        connection.request("POST", ADDRESS, body, headers)
        answer = connection.getresponse()
        if answer.status != 200 or not answer.headers["Content-Type"].startswith("text/csv"):
            raise WrongAnswerError(f"the export answers {answer.status}")
        while chunk := answer.read1(CHUNK):
            yield chunk
        connection.close()


def measure(wish: Wish) -> Measured:
    """How many times as long psql takes, and how much memory an export needs."""
    sizes = QUICK_SIZES if wish.quick else SIZES
    points = []
    for pledges, donations in sizes:
        database = stage.database(pledges=pledges, donations=donations)
        with _served(database) as exports:
            size = exports.check(donations)
            exports.memory()  # what a first export leaves behind is no part of the next
            points.append((donations, exports.cpu(database)))
            if (pledges, donations) == sizes[-1]:
                lines = _lines(exports, donations, size, wish.rounds)
                lines[0].reason = "so few rows come no quicker than a process starts" if wish.quick else ""
    return Measured(lines, [Curve("CSV of all gifts", sorted(set(points)))])


def _lines(exports: Exports, rows: int, size: int, rounds: int) -> list[Line]:
    contestants = {
        "ours": exports.ours,
        "psql": exports.theirs,
        "one backend": lambda: exports.theirs(**ONE_BACKEND),
    }
    seconds = in_turns(contestants, rounds)
    alone = median(ratios(seconds["one backend"], seconds["ours"]))
    beside = {name: f"{median(found):.2f} s" for name, found in seconds.items()}
    beside |= {
        "against psql with one backend": f"{alone:.2f}",
        "rows": f"{rows:,}",
        "MB": f"{size / 2**20:.0f}",
        "rows per second": f"{rows / median(seconds['ours']):,.0f}",
    }
    memory = [exports.memory() for _round in range(min(rounds, 3))]
    return [
        Line("psql's seconds over ours", ratios(seconds["psql"], seconds["ours"]), Bound(least=0.7), beside),
        Line("memory over idle", memory, Bound(most=30, unit="MB"), {"of": "the web worker and what it starts"}),
    ]


@contextmanager
def _served(database: str) -> Iterator[Exports]:
    with Portal(database, "benchmarks.staff_desk:ready") as office:
        cookies = office.ask("cookies")
    with stage.connected(database) as connection:
        known = {"PGHOST": connection.info.host, "PGUSER": connection.info.user, "PGDATABASE": database}
        known |= {"PGPASSWORD": connection.info.password} if connection.info.password else {}
        with stage.granian(
            "benchmarks.exports:application",
            workers=1,
            threads=2,
            BENCH_DATABASE=database,
            DJANGO_SETTINGS_MODULE="benchmarks.settings",
        ) as server:
            yield Exports(server, cookies, known | {"PGPORT": str(connection.info.port)})


def same_file() -> str:
    """What the list exports, as a statement of its own, on one line."""
    arrays = {"zero": ZERO_DECIMAL, "three": THREE_DECIMAL}
    codes = {name: "{" + ",".join(sorted(found)) + "}" for name, found in arrays.items()}
    return " ".join(SAME_FILE.format(**codes).split())


def _command(pid: int) -> str:
    """What a process runs; until it is something of its own, a child is in its parent's memory."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def _resident(pid: int) -> int:
    """Bytes; nothing of a process that is gone."""
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def _with_children(pid: int) -> float:
    """Seconds that a process has run, and the children that it has seen end."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return stage.cpu_seconds(pid) + (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def _server_of(database: str) -> int:
    """PostgreSQL's first process, to which those that have ended are counted."""
    backend = stage.postgres_pids(database)[0]
    return int(Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()[1])


CSV = Budget(11, r"a CSV of 1 M rows from the office, against psql \copy of the same columns", measure)
