"""A streaming replica of the tests' PostgreSQL, which can lag, die and come back; and web processes beside it."""

import contextlib
import http.client
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2

from blueheart.postgresql import embedded
from blueheart.postgresql.cluster import CLEAN_ENVIRONMENT, PORT, ROLE
from office.web_server import web_server
from tests.portal import ROOT, free_port

READY_SECONDS = 90.0


def wait_until(holds, *, seconds: float = READY_SECONDS, what: str = "") -> Any:
    """The first true answer."""
    until = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < until, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)
    return found


class Replica:
    """A standby in a folder of its own that follows the server of `primary`, the folder of its socket."""

    def __init__(self, primary: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bhr"))
        self.folder.chmod(0o755)
        self.data, self.run = self.folder / "data", self.folder / "run"
        self.binaries = embedded.find_binaries().folder
        self._account: dict[str, Any] = {"env": CLEAN_ENVIRONMENT, "cwd": "/"}
        server = (Path(primary).parent / "data").stat()
        for folder in (self.data, self.run):
            folder.mkdir(mode=0o700)
        if os.geteuid() == 0:
            self._account |= {"user": server.st_uid, "group": server.st_gid, "extra_groups": []}
            for folder in (self.data, self.run):
                os.chown(folder, server.st_uid, server.st_gid)
        self._program: subprocess.Popen | None = None
        copy = self.binaries / "pg_basebackup"
        assert copy.exists(), f"{copy} is missing (Debian: apt install postgresql)"
        who = pwd.getpwuid(os.geteuid()).pw_name
        command = [copy, "-h", primary, "-p", PORT, "-U", ROLE, "-D", self.data, "-R", "-X", "stream", "-c", "fast"]
        done = subprocess.run(command, **self._account, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, f"{who}: {done.stderr}"

    def start(self) -> None:
        options = ["-c", "listen_addresses=", "-c", "unix_socket_permissions=0700", "-c", "jit=off"]
        with (self.folder / "log").open("ab") as log:
            self._program = subprocess.Popen(
                [self.binaries / "postgres", "-D", self.data, "-k", self.run, *options],
                **self._account, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        wait_until(self._answers, what="the replica answers")

    def _answers(self) -> bool:
        assert self._program.poll() is None, (self.folder / "log").read_text()
        with contextlib.suppress(psycopg2.OperationalError):
            return self.ask("SELECT pg_is_in_recovery()") == [(True,)]
        return False

    def kill(self) -> None:
        """Its machine is gone."""
        self._program.send_signal(signal.SIGQUIT)
        self._program.wait(30)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Its machine hangs: connections stay, and nobody answers."""
        postmaster = self._program.pid
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        pids = [postmaster, *map(int, children)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    @contextlib.contextmanager
    def lagging(self) -> Iterator[None]:
        """It hears of changes and does not follow them."""
        self.ask("SELECT pg_wal_replay_pause()")
        wait_until(lambda: self.ask("SELECT pg_get_wal_replay_pause_state()") == [("paused",)], what="it stands still")
        try:
            yield
        finally:
            self.ask("SELECT pg_wal_replay_resume()")

    def ask(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(host=str(self.run), port=PORT, user=ROLE, dbname=database, connect_timeout=10)
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def has(self, database: str) -> bool:
        """Whether it has heard of this database; while others make and drop some, it may not take connections."""
        with contextlib.suppress(psycopg2.OperationalError):
            self.ask("SELECT FROM pages_version", database)
            return True
        return False

    def url(self, database: str, role: str = ROLE) -> str:
        return f"postgres://{role}@/{database}?host={quote(str(self.run))}"

    def close(self) -> None:
        if self._program and self._program.poll() is None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass
class Web:
    """A web server with one worker, on a port of its own."""

    folder: Path
    environment: dict[str, str]
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment |= {"VAR_DIR": str(self.folder), "PYTHONUNBUFFERED": "1"} | self.environment
        command = [sys.executable, "-m", *web_server(host="127.0.0.1", port=self.port, workers=1)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)

    def wait(self) -> None:
        wait_until(self._is_up, what=f"the web server answers: {self.log.read_text()[-2000:]}")

    def _is_up(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        with contextlib.suppress(OSError):
            return self.ask("/healthz").status == 200
        return False

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> "Told":
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, {"Host": "localhost", "Connection": "close"} | named)
            answer = connection.getresponse()
            return Told(answer.status, dict(answer.getheaders()), answer.read().decode(errors="replace"))

    def made(self, server: str) -> int:
        """How many pages were made from the `primary` or from a `replica` so far."""
        found = re.search(rf'^blueheart_pages_made_total{{server="{server}"}} (\S+)$', self.ask("/metrics").text, re.M)
        return int(float(found[1])) if found else 0

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(30)


@contextlib.contextmanager
def two_webs(folders: Sequence[Path], environment: dict[str, str]) -> Iterator[list[Web]]:
    """Web processes of one portal, ready, each with a folder of its own."""
    webs = [Web(folder, environment) for folder in folders]
    try:
        for web in webs:
            web.start()
        for web in webs:
            web.wait()
        yield webs
    finally:
        for web in webs:
            web.stop()


@dataclass(frozen=True)
class Told:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def title(self) -> str:
        found = re.search(r"<h1[^>]*>\s*(.*?)\s*</h1>", self.text)
        return found[1] if found else ""
