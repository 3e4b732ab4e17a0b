"""P15: how long a developer waits for `make run`, what importing the project costs, and how large a web worker is.

Importing is told in seconds of CPU (user and system): what `python -X importtime` adds up on a machine that does
nothing else. The database is never asked while importing; the settings here name one that does not exist.
"""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks import stage
from benchmarks.budgets import Bound, Budget, Line, Measured, Wish, WrongAnswerError

FIRST_PAGE = "/en/"
IMPORTED = "blueheart.wsgi, blueheart.urls"
REQUESTS = 200
PAGES = (
    "", "about/", "campaigns/", "campaigns/blue-heart/", "hearts/", "tracker/", "facts/", "countries/", "pledge/",
    "search/?q=heart", "donate/", "trust-fund/", "trust-fund/donors/", "trust-fund/books/", "world-day/",
    "world-day/2025/events.ics",
)  # fmt: skip
MACHINES = (
    "/api/v1/stats", "/api/v1/facts?format=csv", "/sitemap.xml", "/badge.svg", "/share/campaign/blue-heart/en.png",
    "/staff/login/", "/api/v1/openapi.json",
)  # fmt: skip
WHAT_A_WORKER_HOLDS = (
    "loaded it has 100 MB; the texts of the interface take 3 to 5 MB for each of seven languages, which Django keeps "
    "as one dictionary each; the rest is kept pages (PAGE_CACHE_MEGABYTES) and what pictures need"
)
LANGUAGES = ("en", "ar", "zh-hans", "fr", "ru", "es", "pt")


def measure(wish: Wish) -> Measured:
    return Measured([_started(wish), _imported(wish), _worker(wish)])


def _started(wish: Wish) -> Line:
    """With .venv and the data of an earlier start."""
    folder = stage.HOME / "run"
    beside = {}
    if not (folder / "pg").exists():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        beside["the very first, which makes the database"] = f"{_until_first_page(folder)[0]:.1f} s"
    found = [_until_first_page(folder) for _ in range(min(wish.rounds, 3))]
    beside["CPU of all its processes until then"] = f"{median(cpu for _, cpu in found):.1f} s"
    return Line("`make run` to its first page", [seconds for seconds, _ in found], Bound(most=8, unit="s"), beside)


def _until_first_page(folder: Path) -> tuple[float, float]:
    """Seconds by the clock, and of CPU."""
    port = stage.free_port()
    others = {name: value for name, value in os.environ.items() if name not in {"EMBEDDED_PG_DIR", "BENCH_DIR"}}
    own = {"VAR_DIR": str(folder), "PORT": str(port), "SANDBOX_PORT": str(stage.free_port())}
    began = time.monotonic()
    with (folder / "make-run.log").open("wb") as log:
        make = subprocess.Popen(
            [stage.tool("make", "make"), "run"],
            cwd=stage.PROJECT,
            env=others | own,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        while time.monotonic() < began + 300 and make.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if _get(port, FIRST_PAGE)[0] == 200:
                    return time.monotonic() - began, sum(map(stage.cpu_seconds, stage.tree(make.pid)))
            time.sleep(0.02)
    finally:
        with contextlib.suppress(ProcessLookupError):  # it has ended, and the log says why
            os.killpg(make.pid, signal.SIGINT)
        make.wait(60)
    raise WrongAnswerError(f"`make run` shows no page: see {log.name}")


def _get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(stage.LOOPBACK, port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Host": "localhost", "Accept-Encoding": "br, gzip"})
        answer = connection.getresponse()
        return answer.status, answer.read()


def _imported(wish: Wish) -> Line:
    rounds = max(wish.rounds, 3)
    ours, django = ([_cpu_of_importing(what) for _ in range(rounds)] for what in (IMPORTED, "django"))
    said = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", f"import {IMPORTED}"],
        cwd=stage.PROJECT, env=_anywhere(), capture_output=True, text=True, check=True,
    ).stderr  # fmt: skip
    modules = [int(own) for own in re.findall(r"import time:\s+(\d+) \|", said)]
    beside = {
        "python alone with `import django`": f"{min(django):.2f} s",
        "`-X importtime` adds up": f"{sum(modules) / 1e6:.2f} s of {len(modules):,} modules, by the clock",
    }
    return Line("importing the project, CPU", ours, Bound(most=1.2, unit="s"), beside)


def _cpu_of_importing(what: str) -> float:
    said = subprocess.run(
        [sys.executable, "-c", f"import {what}, time; print(time.process_time())"],
        cwd=stage.PROJECT, env=_anywhere(), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return float(said.stdout)


def _anywhere() -> dict[str, str]:
    """A database that is not there: importing must not ask for it."""
    return stage.environment(DATABASE_URL="postgres://nobody@127.0.0.1:9/nowhere", ENVIRONMENT="development")


def _worker(wish: Wish) -> Line:
    """Proportional set size: what the worker has for itself, and its part of what it shares with other processes."""
    name = stage.database(pledges=1_000, donations=100)
    variables = {"BENCH_DATABASE": name, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    found, beside = [], {}
    for _ in range(1 if wish.quick else 2):
        with stage.granian("blueheart.wsgi:application", workers=1, **variables) as server:
            worker = max(stage.tree(server.pid), key=lambda pid: _kilobytes(pid)["Rss"])
            before = _kilobytes(worker)["Pss"] / 1024
            for path in _mixed():
                status, body = _get(server.port, path)
                if status != 200 or not body:
                    raise WrongAnswerError(f"{path} answers {status}")
            after = _kilobytes(worker)
        found.append(after["Pss"] / 1024)
        beside = {
            "before the first request": f"{before:.0f} MB",
            "its own alone": f"{(after['Private_Clean'] + after['Private_Dirty']) / 1024:.0f} MB",
            "resident": f"{after['Rss'] / 1024:.0f} MB",
        }
    what = f"a web worker after {REQUESTS} mixed requests (PSS)"
    return Line(what, found, Bound(most=160, unit="MB"), beside, reason=WHAT_A_WORKER_HOLDS)


def _mixed() -> Iterator[str]:
    """Pages in all languages, pictures, lists for machines, and the door of the office."""
    pages = [f"/{language}/{page}" for page in PAGES for language in LANGUAGES]
    yield from ([*pages, *MACHINES] * 3)[:REQUESTS]


def _kilobytes(pid: int) -> dict[str, int]:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {name: int(size) for name, size in re.findall(r"^(\w+):\s+(\d+) kB", text, re.MULTILINE)}


STARTED = Budget(15, "`make run` to its first page, importing the project, and the memory of one web worker", measure)
