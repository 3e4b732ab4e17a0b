"""The portal in processes, as in production: web server, workers, Stripe's stand-in, a mail server, PostgreSQL."""

import contextlib
import ctypes
import datetime as dt
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from office.processes import PR_SET_PDEATHSIG
from office.web_server import web_server
from tests.faults.site.mail_server import MailServer
from tests.faults.site.server import READY_SECONDS, Server, plain_environment
from tests.portal import ROOT, free_port

SECRET = "whsec_" + "f" * 32
KEY = "sk_test_faults"
WORKERS = 2
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
STOP_SECONDS = 15
WEB_TIMEOUTS = {"lock_timeout": 4000, "statement_timeout": 4500}  # milliseconds; docs/operating.md, by ALTER ROLE
WORKER_TIMEOUTS = {"lock_timeout": 48000, "statement_timeout": 54000}

# The kernel ends a child with the thread that made it: this one lives as long as we do.
_starter = ThreadPoolExecutor(1, thread_name_prefix="starter")


def _die_with_us() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class Process:
    """A process of the portal with its log, which is started again where it was killed."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path
    root: Path = ROOT
    running: subprocess.Popen | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = _starter.submit(
                subprocess.Popen,
                [sys.executable, *self.command],
                cwd=self.root,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_us,
            ).result()

    @property
    def is_dead(self) -> bool:
        return self.running is None or self.running.poll() is not None

    def kill(self) -> None:
        """kill -9 of it and of all that it started."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()

    def stop(self) -> None:
        if self.running and not self.is_dead:
            self.running.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.running.wait(STOP_SECONDS)
        self.kill()


@dataclass
class Site:
    """A portal at work; all its processes are watched by whoever calls `tend`."""

    server: Server
    database: str
    folder: Path
    mail: MailServer
    port: int = field(default_factory=free_port)
    sandbox_port: int = field(default_factory=free_port)
    workers: int = WORKERS
    settings: dict[str, str] = field(default_factory=dict)
    has_own_clock: bool = False
    stripe_shares_clock: bool = False
    root: Path = ROOT
    offset: int = 0
    _tending: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.points = self.folder / "points"
        self.points.mkdir()
        self.url = f"http://127.0.0.1:{self.port}"
        self.entrances = [self.port]
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.environment = plain_environment() | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.site.settings",
            "DATABASE_URL": self.server.url(self.database),
            "PYTHONUNBUFFERED": "1",
            "VAR_DIR": str(self.folder),
            "PORT": str(self.port),
            "SITE_URL": self.url,
            "TRUSTED_PROXIES": "1",
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRETS": SECRET,
            "STRIPE_API_BASE": self.sandbox_url,
            "KILL_POINTS": str(self.points),
            **self.settings,
        }
        clock = {}
        if self.has_own_clock:
            assert Path(FAKETIME).exists(), "a clock of its own needs the package libfaketime"
            self.clock.write_text("+0")
            clock = {
                "LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_CACHE_DURATION": "0",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1",
                # Else threads that wait for Python's lock wake at once, again and again: all takes ten times as long
                # (https://github.com/wolfcw/libfaketime/pull/503 tells of it).
                "FAKETIME_FORCE_MONOTONIC_FIX": "0",
                "PYTHONPATH": str(Path(__file__).parent / "clocked"),
            }  # fmt: skip
            self.environment |= clock
        stripes = plain_environment() | (clock if self.stripe_shares_clock else {})
        self.sandbox = self._process("sandbox", self._sandbox(), stripes)
        self.web = self.web_server("web", self.port, self.root)
        self.jobs = [self.worker(f"worker-{number}", self.root) for number in range(self.workers)]

    @property
    def clock(self) -> Path:
        return self.folder / "clock"

    @property
    def processes(self) -> list[Process]:
        return [self.sandbox, self.web, *self.jobs]

    def web_server(self, name: str, port: int, root: Path) -> Process:
        """A web server of the code in `root`, on this portal's database; not started yet."""
        command = ["-m", *web_server(host="127.0.0.1", port=port)]
        return self._process(name, command, self._with_timeouts(WEB_TIMEOUTS), root)

    def worker(self, name: str, root: Path) -> Process:
        return self._process(name, ["manage.py", "work"], self._with_timeouts(WORKER_TIMEOUTS), root)

    def _process(self, name: str, command: list[str], environment: dict[str, str], root: Path = ROOT) -> Process:
        if root != ROOT:  # a release, which has no points to be killed at
            environment = environment | {"DJANGO_SETTINGS_MODULE": "blueheart.settings"}
        return Process(name, command, environment, self.folder / f"{name}.log", root)

    def _sandbox(self) -> list[str]:
        return [
            "-m", "stripe_sandbox", "--port", str(self.sandbox_port), "--state-dir", str(self.folder / "sandbox"),
            "--webhook-url", f"{self.url}/stripe/webhook/", "--webhook-secret", SECRET, "--seed", "faults",
        ]  # fmt: skip

    def _with_timeouts(self, timeouts: dict[str, int]) -> dict[str, str]:
        return self.environment | {"DATABASE_URL": self.server.url(self.database, **timeouts)}

    def start(self) -> None:
        for process in self.processes:
            process.start()
        self.wait_until(self.is_up, seconds=READY_SECONDS, what="the portal answers")
        self.control("clock", {"settle_seconds": 0, "debit_seconds": 3600})

    def stop(self) -> None:
        """End all at once: what they were doing goes with the database."""
        for process in reversed(self.processes):
            process.kill()

    def tend(self) -> list[str]:
        """Start again what has died, as a supervisor would; the names of it. For any thread."""
        with self._tending:
            dead = [process for process in self.processes if process.is_dead]
            for process in dead:
                process.kill()
                process.start()
        return [process.name for process in dead]

    def is_up(self) -> bool:
        try:
            return self.status("/healthz") == self.status("/_control/health", self.sandbox_url) == 200
        except OSError:
            return False

    def status(self, path: str, base: str = "", *, timeout: float = 20) -> int:
        try:
            with urllib.request.urlopen(f"{base or self.url}{path}", timeout=timeout) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def control(self, path: str, given: object = None, method: str | None = None) -> Any:
        """Steer the sandbox."""
        body = None if given is None else json.dumps(given).encode()
        request = urllib.request.Request(f"{self.sandbox_url}/_control/{path}", data=body, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def later(self, seconds: int) -> None:
        """Let time pass at Stripe's and, where it has a clock of its own, in the portal; PostgreSQL's stays."""
        if self.has_own_clock:
            self.offset += seconds
            unfinished = self.clock.with_suffix(".new")
            unfinished.write_text(f"+{self.offset}" if self.offset >= 0 else str(self.offset))
            unfinished.rename(self.clock)
            time.sleep(1.1)  # until every process has looked: with a duration of 0 each does so once a second
        self.control("clock", {"advance_seconds": 0 if self.stripe_shares_clock else max(0, seconds)})

    def wait_until(self, holds: Callable[[], Any], *, seconds: float, what: str) -> Any:
        """The first true answer; what has died meanwhile is started again."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := holds():
                return found
            self.tend()
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds:g} s: {what}\n{self.last_words()}")

    def ask(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self.server.ask(sql, *parameters, database=self.database)

    def run(self, module: str, *arguments: str, timeout: float = 300, database: str = "") -> str:
        """Run one of this package's modules beside the portal, on its database and by its clock; what it printed."""
        command = ["-m", f"tests.faults.site.{module}", *arguments]
        return self._beside(command, ROOT, timeout, database)

    def manage(self, *command: str, timeout: float = 300, root: Path = ROOT, database: str = "") -> str:
        """Run a command of manage.py beside the portal, or on another database of its server; what it printed."""
        return self._beside(["manage.py", *command], root, timeout, database)

    def _beside(self, command: list[str], root: Path, timeout: float, database: str) -> str:
        environment = self.environment | {"KILL_POINTS": ""}
        if root != ROOT:
            environment |= {"DJANGO_SETTINGS_MODULE": "blueheart.settings"}
        if database:
            environment |= {"DATABASE_URL": self.server.url(database)}
        done = subprocess.run(
            [sys.executable, *command], cwd=root, env=environment, capture_output=True, text=True, timeout=timeout
        )
        assert done.returncode == 0, f"{command}: {done.stdout[-1000:]}{done.stderr[-2000:]}"
        return done.stdout

    def last_words(self) -> str:
        return "\n".join(
            f"--- {process.name}\n{process.log.read_text(errors='replace')[-1500:]}"
            for process in self.processes if process.log.exists()
        )  # fmt: skip

    def now(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=self.offset)


@contextlib.contextmanager
def running_site(
    server: Server,
    *,
    workers: int = WORKERS,
    own_clock: bool = False,
    stripe_too: bool = False,
    settings: dict[str, str] | None = None,
    root: Path = ROOT,
    database: str = "",
) -> Iterator[Site]:
    """A portal on a database of its own, gone at the end, or on one that is named; `own_clock` needs libfaketime.

    With `stripe_too` Stripe's machines go by that clock as well: signatures stay fresh, and what it sends again comes.
    """
    folder = Path(tempfile.mkdtemp(prefix="bhs"))
    mail = MailServer()
    mail.start()
    try:
        with server.database() if not database else contextlib.nullcontext(database) as name:
            site = Site(
                server, name, folder, mail, workers=workers, has_own_clock=own_clock, settings=settings or {},
                stripe_shares_clock=stripe_too, root=root,
            )  # fmt: skip
            try:
                site.start()
                yield site
            finally:
                site.stop()
    finally:
        mail.stop()
        shutil.rmtree(folder, ignore_errors=True)
