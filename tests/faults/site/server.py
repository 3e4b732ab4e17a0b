"""A PostgreSQL of a fault run's own: killed, frozen and started again, on a private socket."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2

from blueheart.postgresql.cluster import PORT, ROLE, Cluster
from tests.portal import ROOT

READY_SECONDS = 90


class Server:
    """The server in `folder`, made there the first time; `close` ends it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)  # as root, PostgreSQL's own account has to reach it
        self._keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.site.keeper"], cwd=ROOT, text=True,
            env=plain_environment() | {"EMBEDDED_PG_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "blueheart.settings"},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self.host = self._hear()
        self.cluster = Cluster(folder, Path(self.host).parent / "data")

    def _hear(self) -> str:
        said = self._keeper.stdout.readline().strip()
        assert said, "the keeper of PostgreSQL ended"
        return said

    def url(self, database: str, **settings: object) -> str:
        """A DATABASE_URL; `settings` are PostgreSQL's own for its connections, such as lock_timeout=4000."""
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        return f"postgres://{ROLE}@/{database}?host={quote(self.host)}" + (f"&options={quote(options)}" * bool(options))

    @contextlib.contextmanager
    def connection(self, database: str = "postgres", *, timeout: int = 20) -> Iterator[Any]:
        """A connection past Django that commits at once."""
        found = psycopg2.connect(host=self.host, port=PORT, user=ROLE, dbname=database, connect_timeout=timeout)
        found.autocommit = True
        try:
            yield found
        finally:
            found.close()

    def ask(self, sql: str, *parameters: object, database: str = "postgres") -> list[tuple[Any, ...]]:
        with self.connection(database) as connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def migrated(self) -> str:
        """The name of a migrated database with the content in it, made once in this folder."""
        if not self.ask("SELECT 1 FROM pg_database WHERE datname = 'ground'"):
            self.ask("DROP DATABASE IF EXISTS unfinished")
            self.ask("CREATE DATABASE unfinished")
            environment = plain_environment() | {
                "DATABASE_URL": self.url("unfinished"), "VAR_DIR": str(self.folder / "ground"),
            }  # fmt: skip
            for command in (["migrate"], ["load_content", "--index-later"]):
                subprocess.run(
                    [sys.executable, "manage.py", *command, "-v0"], cwd=ROOT, env=environment, check=True
                )  # fmt: skip
            self.ask("ALTER DATABASE unfinished RENAME TO ground")
        return "ground"

    @contextlib.contextmanager
    def database(self) -> Iterator[str]:
        """A copy of the migrated database for one story, gone at its end."""
        name, ground = f"story_{secrets.token_hex(4)}", self.migrated()
        self.ask(f"CREATE DATABASE {name} TEMPLATE {ground}")
        try:
            yield name
        finally:
            self.start()
            self.ask(f"DROP DATABASE {name} WITH (FORCE)")

    def pids(self) -> list[int]:
        """The postmaster first, then all of its processes."""
        postmaster = int(self.cluster.pidfile.read_text().split("\n")[0])
        return [postmaster, *_children(postmaster)]

    def backends(self, database: str) -> list[int]:
        """The processes that serve connections to this database, but not the one that asks."""
        found = self.ask(
            "SELECT pid FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'", database,
        )  # fmt: skip
        return [pid for (pid,) in found]

    def kill(self) -> None:
        """kill -9 of the postmaster and of every process of it."""
        pids = self.pids()
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while self.cluster.has_living_server() and time.monotonic() < deadline:
            time.sleep(0.01)

    def start(self) -> float:
        """Start the server if it is dead; the seconds until it took connections, its recovery within."""
        began = time.monotonic()
        self._keeper.stdin.write("start\n")
        self._keeper.stdin.flush()
        self._hear()
        deadline = began + READY_SECONDS
        while True:
            try:
                self.ask("SELECT 1")
            except psycopg2.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return time.monotonic() - began

    @contextlib.contextmanager
    def frozen(self, pids: list[int]) -> Iterator[None]:
        """These processes stand still, as on a machine that hangs."""
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def close(self) -> None:
        """End the keeper, and with it the server; returns when no process of it is left."""
        self._keeper.stdin.close()
        self._keeper.wait(30)
        self._keeper.stdout.close()
        deadline = time.monotonic() + 70
        while self.cluster.has_living_server() and time.monotonic() < deadline:
            time.sleep(0.05)


@contextlib.contextmanager
def own_server() -> Iterator[Server]:
    """A server in a folder that is gone afterwards; FAULTS_PG_DIR names one to keep, and spares the migrations."""
    kept = os.environ.get("FAULTS_PG_DIR")
    with (
        tempfile.TemporaryDirectory(prefix="bhf", ignore_cleanup_errors=True)
        if not kept
        else contextlib.nullcontext(kept) as folder
    ):
        server = Server(Path(folder))
        try:
            yield server
        finally:
            server.close()


def plain_environment() -> dict[str, str]:
    """What a process needs of ours, without the settings of the tests."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "EMBEDDED_PG_BINDIR") if name in os.environ}


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in found.read_text().split()] if found.exists() else []
