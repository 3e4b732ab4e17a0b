"""What a measurement stands on: databases of made-up rows, servers on the loopback, a load generator, and CPU clocks.

Everything that is started here stops when its `with` ends, by its own process id.
"""

import contextlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import environ
import psycopg2

from blueheart.postgresql import embedded
from office.web_server import BLOCKING_THREADS, WORKERS

PROJECT = Path(__file__).resolve().parent.parent
HOME = Path(os.environ.get("BENCH_DIR") or PROJECT / "var" / "bench")
LOOPBACK = "127.0.0.1"


class MissingToolError(Exception):
    """A program that the measurement needs is not installed."""


def tool(name: str, package: str) -> str:
    """The path of a program; raises `MissingToolError` with the Debian package that has it."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/lib/postgresql/15/bin")
    if not found:
        raise MissingToolError(f"{name} is missing: apt-get install {package}")
    return found


def environment(**more: str) -> dict[str, str]:
    """The variables for a process of the portal: its PostgreSQL is the benchmarks' own."""
    HOME.mkdir(parents=True, exist_ok=True)
    own = {"VAR_DIR": str(HOME), "EMBEDDED_PG_DIR": os.environ.get("EMBEDDED_PG_DIR") or str(HOME / "pg")}
    return os.environ | own | more


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


@cache
def database(*, pledges: int, donations: int) -> str:
    """The name of a database of this size with today's migrations, looked after once in a run.

    One that is there is migrated; one that is not, or that cannot be migrated, is made by `manage.py seed_load`.
    """
    name = _name(pledges, donations)
    is_there = _is_filled(name, pledges) and not _migrate(name).returncode
    if not is_there:
        command = [sys.executable, "manage.py", "seed_load", "--database", name]
        command += ["--pledges", str(pledges), "--donations", str(donations)]
        subprocess.run(command, env=environment(), cwd=PROJECT, stdout=sys.stderr, check=True)
    return name


@cache
def is_made(*, pledges: int, donations: int) -> bool:
    """Whether a database of this size is there with today's migrations."""
    name = _name(pledges, donations)
    return _is_filled(name, pledges) and not _migrate(name, "--check").returncode


def _is_filled(name: str, pledges: int) -> bool:
    """Whether its pledges are all there: the command that filled it may have been stopped."""
    try:
        with connected(name) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT max(reltuples) FROM pg_class WHERE relname = 'pledges_pledge'")
            found = cursor.fetchone()
    except psycopg2.OperationalError:
        return False
    return bool(found and found[0] is not None and found[0] >= pledges * 0.9)


def _migrate(name: str, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    settings = {"BENCH_DATABASE": name, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0", *arguments]
    return subprocess.run(command, env=environment(**settings), cwd=PROJECT, capture_output=True, check=False)


def _name(pledges: int, donations: int) -> str:
    return f"bench_{pledges}_{donations}"


@contextlib.contextmanager
def connected(database: str) -> Iterator["psycopg2.extensions.connection"]:
    """A connection of the measurement's own to one of its databases, in autocommit."""
    if url := os.environ.get("DATABASE_URL"):
        server = {key.lower(): value for key, value in environ.Env.db_url_config(url).items()}
    else:
        os.environ.update({name: environment()[name] for name in ("VAR_DIR", "EMBEDDED_PG_DIR")})
        server = {key.lower(): value for key, value in embedded.ensure().items()}
    wanted = {key: server[key] for key in ("host", "port", "user", "password") if server.get(key)}
    connection = psycopg2.connect(dbname=database, **wanted)
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()


@dataclass(frozen=True)
class Server:
    """A server on the loopback: its port, and the process that was started."""

    port: int
    pid: int

    def url(self, path: str) -> str:
        return f"http://{LOOPBACK}:{self.port}{path}"

    def cpu_seconds(self) -> float:
        """CPU time of the server and of all that it started, so far."""
        return sum(cpu_seconds(pid) for pid in tree(self.pid))


@contextlib.contextmanager
def running(command: Sequence[str], *, port: int, environment: Mapping[str, str], path: str = "/") -> Iterator[Server]:
    """Start a server and wait until it answers `path`; its words go to the benchmarks' log folder."""
    logs = HOME / "log"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / f"{Path(command[0]).name}-{port}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        _await(process, port, path)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def granian(
    application: str, *, workers: int = WORKERS, threads: int = BLOCKING_THREADS, **variables: str
) -> contextlib.AbstractContextManager[Server]:
    """Granian as production runs it, around `module:application`."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", LOOPBACK, "--port", str(port)]
    command += ["--workers", str(workers), "--blocking-threads", str(threads), "--no-ws", application]
    return running(command, port=port, environment=environment(**variables), path="/healthz")


def _await(process: "subprocess.Popen[bytes]", port: int, path: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=10)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", path, headers={"Host": "localhost"})
            connection.getresponse().read()
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args!r} does not answer")


@dataclass(frozen=True)
class Load:
    """What the load generator saw."""

    per_second: float
    p99_ms: float
    failed: int
    answered: int


def wrk(
    url: str, *, seconds: float = 3, connections: int = 8, headers: Mapping[str, str] | None = None, script: str = ""
) -> Load:
    """Ask an address as fast as it answers, for some seconds; `script` is a Lua file's path, for anything but GET."""
    command = [tool("wrk", "wrk"), "-t2", f"-c{connections}", f"-d{seconds:g}s", "--latency", "--timeout", "10s"]
    for name, value in {"Host": "localhost", **(headers or {})}.items():
        command += ["-H", f"{name}: {value}"]
    command += ["-s", script] * bool(script) + [url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    per_second = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    answered = re.search(r"(\d+) requests in", said)
    if not per_second or not p99 or not answered:
        raise RuntimeError(said)
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", said)
    failed = int(wrong[1]) if wrong else 0
    failed += sum(map(int, errors.groups())) if errors else 0
    return Load(
        float(per_second[1]), float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000}[p99[2]], failed, int(answered[1])
    )


def tree(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += map(int, task.read_text().split())
    return found


def cpu_seconds(pid: int) -> float:
    """Seconds that all threads of a process have run, to the nanosecond."""
    total = 0
    for clock in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            total += int(clock.read_text().split()[0])
    return total / 1e9


def postgres_pids(database: str) -> list[int]:
    """The backends that serve this database on this machine now."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = line.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if words.startswith("postgres:") and f" {database} " in words:
                found.append(int(line.parent.name))
    return found
