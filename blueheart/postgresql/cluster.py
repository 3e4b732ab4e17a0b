"""Where the parts of the embedded cluster lie, and who holds its locks (standard library only).

The directory, `var/pg` by default:

    data/         the cluster
    run/          its Unix socket (the directory is 0700); there is no TCP at all
    users.lock    flock(LOCK_SH) held by every process that uses the server
    server.lock   flock(LOCK_EX) held by the supervisor and by every process of its server
    cluster       written once a cluster exists: where it is
    postgres.log
"""

import fcntl
import os
import socket
from pathlib import Path
from typing import NamedTuple

ROLE = DATABASE = "blueheart"
APPLICATION_ROLE = "blueheart_app"  # for who wants to see the portal under the role that production has
PORT = "5432"  # names the socket's file
CLEAN_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}  # whatever LANG, PGDATA or PGOPTIONS the user has
STATUS_LINE = 7  # of postmaster.pid


class EmbeddedPostgresError(RuntimeError):
    """The embedded server cannot be used; the message is one line that says what to do."""


class Cluster(NamedTuple):
    """A cluster's paths: `home` is the folder the user knows, `data` may lie elsewhere (see embedded.locate)."""

    home: Path
    data: Path

    @property
    def base(self) -> Path:
        return self.data.parent

    @property
    def record(self) -> Path:
        return self.home / "cluster"

    @property
    def run(self) -> Path:
        return self.base / "run"

    @property
    def socket(self) -> Path:
        return self.run / f".s.PGSQL.{PORT}"

    @property
    def pidfile(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def log(self) -> Path:
        return self.base / "postgres.log"

    @property
    def users_lock(self) -> Path:
        return self.base / "users.lock"

    @property
    def server_lock(self) -> Path:
        return self.base / "server.lock"

    def is_ready(self) -> bool:
        """Tell whether the server accepts connections now."""
        try:
            with socket.socket(socket.AF_UNIX) as sock:
                sock.connect(str(self.socket))
            return self.pidfile.read_text().splitlines()[STATUS_LINE].strip() == "ready"
        except (OSError, IndexError):
            return False

    def has_living_server(self) -> bool:
        """Tell whether any process of this cluster's server is alive, in this container or in another."""
        lock = open_private(self.server_lock)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            return False
        finally:
            os.close(lock)


def open_private(path: Path, flags: int = 0) -> int:
    """Open a file that only its owner may read, creating it; returns the descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | flags, 0o600)


def is_open_to_others(path: Path) -> bool:
    """Tell whether another account may pass through every folder down to this one."""
    path = path.resolve()
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))
