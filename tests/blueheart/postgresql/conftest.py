"""Real servers in folders of their own, used by real processes."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest

from blueheart.postgresql import binaries, embedded
from blueheart.postgresql.cluster import Cluster

PACKAGE = Path(embedded.__file__).parent
QUERY = """
import subprocess, sys
from blueheart.postgresql import embedded
for sql in sys.stdin:
    try:
        server = embedded.ensure()
    except embedded.EmbeddedPostgresError as error:
        sys.exit(str(error))
    psql = embedded.find_binaries().folder / "psql"
    address = ["-h", server["HOST"], "-p", server["PORT"], "-U", server["USER"], "-d", "blueheart"]
    command = [psql, "-X", "-At", *address, "-c", sql]
    print(subprocess.run(command, capture_output=True, text=True, env={"LC_ALL": "C"}).stdout.strip(), flush=True)
"""


def wait_until(condition, seconds=5):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.02)


def is_alive(pid):
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


class User(subprocess.Popen):
    """A process that uses the embedded server: each line of SQL on its input is one connection's work."""

    def __init__(self, checkout, *, command=(sys.executable,), **environment):
        super().__init__(
            [*command, "-c", QUERY],
            cwd=checkout.folder,
            env=checkout.environment | environment,  # no LANG, no PATH
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ask(self, sql):
        self.stdin.write(f"{sql}\n")
        self.stdin.flush()
        return self.stdout.readline().strip()

    def complaint(self):
        """What it says when it cannot get a server."""
        _, complaint = self.communicate("SELECT 1\n", timeout=30)
        assert self.returncode == 1
        return complaint.strip()


class Checkout:
    """The package in a folder of its own, and who uses it; `bindir` may be changed."""

    def __init__(self, folder, bindir):
        self.folder = folder
        self.home = folder / "var" / "pg"
        self.bindir = bindir
        self.users = []
        shutil.copytree(PACKAGE, folder / "blueheart" / "postgresql", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "blueheart" / "__init__.py").touch()

    @property
    def environment(self):
        return {"EMBEDDED_PG_BINDIR": str(self.bindir), "PYTHONDONTWRITEBYTECODE": "1"}

    @property
    def cluster(self):
        return Cluster(self.home, self.home / (self.home / "cluster").read_text().strip())

    def user(self, **kwargs):
        self.users.append(User(self, **kwargs))
        return self.users[-1]

    def postmaster(self):
        return int(self.cluster.pidfile.read_text().split()[0])

    def supervisor(self):
        status = Path(f"/proc/{self.postmaster()}/status").read_text()
        return int(status.split("PPid:")[1].split()[0])

    def remove(self):
        for user in self.users:
            user.kill()
            user.communicate()
        if (self.home / "cluster").exists() and self.cluster.base.exists():
            if self.cluster.has_living_server():
                with contextlib.suppress(OSError, IndexError):
                    os.kill(self.supervisor(), signal.SIGKILL)
            wait_until(lambda: not self.cluster.has_living_server())
            shutil.rmtree(self.cluster.base)
        shutil.rmtree(self.folder)


def kinds_of_binaries():
    kinds = {}
    if system := sorted(binary for folder in binaries.SYSTEM_FOLDERS for binary in Path("/").glob(folder[1:])):
        kinds["system"] = system[-1]
    if wheel := binaries.wheel_folders():
        kinds["wheel"] = Path(wheel[-1])
    return kinds


KINDS = kinds_of_binaries()


@pytest.fixture(params=KINDS)
def each_bindir(request):
    return KINDS[request.param]


# Called as `initdb -D folder …`, always with the same options. Who may not read what is kept makes a cluster as ever.
KEEPING_INITDB = """#!/bin/sh
umask 077
[ -r "{kept}/PG_VERSION" ] && exec cp -R "{kept}/." "$2"
"{real}/initdb" "$@" || exit
[ -e "{kept}" ] || {{ cp -R "$2" "{kept}.$$" && mv "{kept}.$$" "{kept}"; }}
exit 0
"""


@pytest.fixture(scope="session")
def bindir():
    """Programs whose `initdb` makes a cluster once and then hands out copies; `each_bindir` has the real ones."""
    real = next(iter(KINDS.values()))
    folder = Path(tempfile.mkdtemp(prefix="blueheart-"))
    folder.chmod(0o777)  # the server's account keeps its cluster there
    for program in real.iterdir():
        (folder / program.name).symlink_to(program)
    (folder / "initdb").unlink()
    (folder / "initdb").write_text(KEEPING_INITDB.format(kept=folder / "cluster", real=real))
    (folder / "initdb").chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@contextlib.contextmanager
def making_checkouts():
    """Make checkouts that others may pass through; pytest's own folders are closed, and long for a socket's path."""
    made = []

    def new(bindir, name="check out"):
        parent = Path(tempfile.mkdtemp(prefix="blueheart-"))
        parent.chmod(0o755)
        made.append(Checkout(parent / name, bindir))
        return made[-1]

    try:
        yield new
    finally:
        for checkout in made:
            checkout.remove()
            checkout.folder.parent.rmdir()


@pytest.fixture
def new_checkout():
    with making_checkouts() as new:
        yield new


@pytest.fixture
def checkout(new_checkout, bindir):
    return new_checkout(bindir)


@pytest.fixture(scope="session")
def running():
    """A checkout whose server runs for all tests that only connect to it."""
    with making_checkouts() as new:
        checkout = new(next(iter(KINDS.values())))
        checkout.user().ask("SELECT 1")
        yield checkout


@pytest.fixture
def freeze():
    """Stop processes as a hanging disk would; they go on when the test ends."""
    frozen = []

    def stop(pid):
        os.kill(pid, signal.SIGSTOP)
        frozen.append(pid)

    yield stop
    for pid in frozen:
        os.kill(pid, signal.SIGCONT)


def kill(victim):
    """End the backend of our connection, as a restart of the server does."""
    parameters = victim.get_dsn_parameters()
    wanted = {name: parameters[name] for name in ("host", "port", "user", "dbname") if name in parameters}
    other = psycopg2.connect(**wanted)
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [victim.info.backend_pid])
    finally:
        other.close()
