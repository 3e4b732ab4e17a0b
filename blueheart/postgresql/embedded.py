"""PostgreSQL without any setup, for development and demonstrations (POSIX only; used when DATABASE_URL is unset).

The first user starts a small supervisor (supervisor.py), the parent of `postgres`, which stops the server when the
last user is gone. A user is a process that holds `users.lock`; the kernel drops a flock however its holder dies, so
kill -9 of the users leaves nothing behind, and it signals the server when the supervisor dies, so kill -9 of that
leaves nothing behind either. docs/adr/0004-embedded-postgresql.md says why.
"""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from blueheart.postgresql.binaries import find_binaries
from blueheart.postgresql.cluster import PORT, ROLE, Cluster, EmbeddedPostgresError, is_open_to_others, open_private

__all__ = ["EmbeddedPostgresError", "borrowed", "ensure", "find_binaries", "locate"]

PROJECT = Path(__file__).resolve().parents[2]
ELSEWHERE = Path("/var/lib/blueheart-pg")
START_TIMEOUT_SECONDS = 120.0
LONGEST_PATH = 88  # bytes; a Unix socket's path has at most 108


class _Lease(NamedTuple):
    """An open `users.lock`: inherited by forks, closed by exec, dropped by any death."""

    descriptor: int
    cluster: Cluster


_lease: _Lease | None = None


def ensure() -> dict[str, str]:
    """Start the server unless it runs, and keep it for the life of this process; returns Django's settings for it.

    Safe to call from any thread, process or fork at any time, and again for every connection (20 microseconds).
    Raises EmbeddedPostgresError.
    """
    global _lease
    if _lease is None:
        _lease = _take_lease(_home())
    elif not _lease.cluster.has_living_server():
        _start(_lease.cluster)  # the server was killed under us
    return {"HOST": str(_lease.cluster.run), "PORT": PORT, "USER": ROLE}


@contextlib.contextmanager
def borrowed(home: Path) -> Iterator[dict[str, str]]:
    """Another server, in a folder of its own, beside the one that this process may use: Django's settings for it.

    It never waits for the disk: nobody needs its data after a crash. It is stopped at the end, if nobody else uses it;
    the folder is the caller's to remove. Raises EmbeddedPostgresError.
    """
    lease = _take_lease(home, is_hurried=True)
    try:
        yield {"HOST": str(lease.cluster.run), "PORT": PORT, "USER": ROLE}
    finally:
        os.close(lease.descriptor)
        while lease.cluster.has_living_server():
            time.sleep(0.05)


def _home() -> Path:
    var = os.environ.get("VAR_DIR") or PROJECT / "var"
    return Path(os.environ.get("EMBEDDED_PG_DIR") or Path(var) / "pg").resolve()


def _take_lease(home: Path, *, is_hurried: bool = False) -> _Lease:
    try:
        cluster = locate(home)
        descriptor = open_private(cluster.users_lock)
    except PermissionError as exc:
        raise EmbeddedPostgresError(
            f"{exc.filename} belongs to another user (root?): run as that user, or remove {home}, "
            "or set EMBEDDED_PG_DIR or DATABASE_URL."
        ) from exc
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)  # waits while a supervisor stops its server
        _start(cluster, is_hurried=is_hurried)
    except BaseException:
        os.close(descriptor)
        raise
    return _Lease(descriptor, cluster)


def locate(home: Path) -> Cluster:
    """Say where the cluster of this folder is or will be; raises EmbeddedPostgresError when it has been lost."""
    home.mkdir(parents=True, exist_ok=True)
    recorded = Cluster(home, home / "data")
    if recorded.record.exists():
        return _recorded(recorded.record)
    if os.geteuid() or recorded.data.exists() or is_open_to_others(home):
        return recorded
    # Root, in a checkout closed to the server's account (/root is 0700): leave it closed, keep the data elsewhere.
    base = ELSEWHERE / hashlib.sha256(str(home).encode()).hexdigest()[:12]
    for folder in (base.parent, base):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)  # our own, whatever the umask
    return Cluster(home, base / "data")


def _recorded(record: Path) -> Cluster:
    data = record.parent / record.read_text().strip()
    try:
        (data / "PG_VERSION").stat()
    except (FileNotFoundError, NotADirectoryError):
        raise EmbeddedPostgresError(
            f"{record} says that the database is in {data}, but it is not there: bring it back, "
            f"or remove {record} to start with an empty one."
        ) from None
    return Cluster(record.parent, data)


def _start(cluster: Cluster, *, is_hurried: bool = False) -> None:
    if len(os.fsencode(cluster.data)) > LONGEST_PATH or "," in str(cluster.data):
        raise EmbeddedPostgresError(
            f"{cluster.data} is too long for a Unix socket, or has a comma: set EMBEDDED_PG_DIR to another folder."
        )
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    failed = False
    while not cluster.is_ready():
        if failed or time.monotonic() > deadline:
            raise EmbeddedPostgresError(f"PostgreSQL did not start: {_last_words(cluster.log)} (see {cluster.log})")
        if cluster.has_living_server():  # somebody else is starting it
            time.sleep(0.02)
        else:
            failed = not _launch_supervisor(cluster, is_hurried=is_hurried)


def _launch_supervisor(cluster: Cluster, *, is_hurried: bool) -> bool:
    """Return once the server is ready, or another supervisor was faster; False when it failed."""
    binaries = find_binaries(cluster.data)
    isolated = [sys.executable, "-E", "-s", "-S", "-m", "blueheart.postgresql.supervisor"]
    with open(open_private(cluster.log, os.O_APPEND), "ab") as log:
        finished = subprocess.run(
            [*isolated, cluster.home, cluster.data, binaries.folder, str(binaries.major), *["hurried"] * is_hurried],
            cwd=PROJECT,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
    return finished.returncode == 0


def _last_words(log: Path) -> str:
    """Pick the line of a log's end that names the reason."""
    lines = [line.strip() for line in log.read_text(errors="replace")[-4000:].splitlines() if line.strip()]
    reasons = [line for line in lines if any(word in line for word in ("FATAL:", "ERROR:", "error:", "running as"))]
    return (reasons or lines or ["it said nothing"])[-1]
