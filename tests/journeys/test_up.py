"""`manage.py up` as `make run` calls it: what it starts, and that it leaves nothing behind."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from blueheart.postgresql.cluster import Cluster
from tests.portal import ROOT, free_port

ALL_RUNNING = "Ctrl-C stops all of it"
pytestmark = pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes by /proc")


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.05)
    return answer


def processes_with(variable):
    """Every living process that has this in its environment, with its command."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if variable.encode() in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return {pid: command for pid, command in found.items() if command}  # a zombie has none


class Portal:
    """What runs on the data of one folder."""

    def __init__(self, folder):
        self.folder = folder
        self.port, self.sandbox_port = free_port(), free_port()
        self.output = folder / "up.log"
        self.process = None

    def up(self, **environment):
        return subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=ROOT,
            env={
                "VAR_DIR": str(self.folder),
                "PORT": str(self.port),
                "SANDBOX_PORT": str(self.sandbox_port),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def start(self):
        self.process = self.up()
        lines = []
        while ALL_RUNNING not in "".join(lines):
            lines.append(self.process.stdout.readline())
            assert lines[-1], "".join(lines)
        return "".join(lines)

    def stop(self, number):
        self.process.send_signal(number)
        output, _ = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, output
        assert output.endswith("Stopped. `make run` starts it again, with its data.\n")
        self.assert_nothing_is_left()
        return output

    def get(self, path):
        with urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=20) as answer:
            return answer.read().decode()

    def is_healthy(self):
        try:
            return bool(self.get("/healthz"))
        except OSError:
            return False

    def running(self, words=""):
        found = processes_with(f"VAR_DIR={self.folder}")
        return {pid for pid, command in found.items() if words in command}

    def main_of(self, words):
        """The process that `up` itself started."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return next((pid for pid in self.running(words) if str(pid) in children), None)

    def assert_nothing_is_left(self, seconds=10):
        cluster = Cluster(self.folder / "pg", self.folder / "pg" / "data")
        wait_until(lambda: not self.running() and not cluster.has_living_server(), seconds)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="blueheart-"))
    folder.chmod(0o755)  # as root, PostgreSQL's own account has to reach it
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def portal(folder) -> Iterator[Portal]:
    portal = Portal(folder)
    yield portal
    for pid in portal.running():
        os.kill(pid, signal.SIGKILL)
    if portal.process:
        portal.process.communicate()
    portal.assert_nothing_is_left()


def assert_no_second_one_starts(portal, folder):
    """The same data refuses a second process; what the command does about a port, it does in this one as well."""
    output, _ = portal.up(PORT=str(free_port()), SANDBOX_PORT=str(free_port())).communicate(timeout=20)
    assert f"The portal already runs with the data in {folder}: stop it, or set VAR_DIR." in output

    for port, sandbox_port, name in (
        (portal.port, portal.sandbox_port, "PORT"),
        (free_port(), portal.sandbox_port, "SANDBOX_PORT"),
    ):
        taken = {"PORT": port, "SANDBOX_PORT": sandbox_port}[name]
        with (
            override_settings(VAR_DIR=folder / "other", PORT=port),
            mock.patch.dict(os.environ, {"SANDBOX_PORT": str(sandbox_port)}),
            mock.patch("signal.signal"),
            pytest.raises(CommandError, match=f"^Port {taken} is taken: set {name} to another one.$"),
        ):
            call_command("up", stdout=StringIO())


def kill_each_part(portal):
    for words in ("manage.py work", "-m stripe_sandbox", "-m granian"):
        old = portal.running(words)
        killed = portal.main_of(words)
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: not old & portal.running())  # noqa: B023
        wait_until(lambda: portal.main_of(words))  # noqa: B023
    wait_until(portal.is_healthy)


# A start takes seconds, so the two that succeed tell all that can be seen of one.


def test_first_start_prints_a_sign_in_keeps_others_out_and_starts_killed_parts_again(portal, folder):
    said = portal.start()

    assert re.search(r"^Made a staff account: user name ada, password [\w-]{16} \(shown only now\)\.$", said, re.M)
    assert f"  The site      http://localhost:{portal.port}/\n" in said
    assert f"  Stripe        http://127.0.0.1:{portal.sandbox_port}/ " in said
    assert '<html lang="en"' in portal.get("/en/")
    listening = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    assert set(re.findall(rf"(\w+):{portal.port:04X} \w+:0000 0A", listening)) == {"0100007F"}

    assert_no_second_one_starts(portal, folder)

    kill_each_part(portal)
    said = portal.stop(signal.SIGHUP)
    for name in ("worker", "Stripe sandbox", "web server"):
        assert f"The {name} was ended by SIGKILL; starting it again in 1 s.\n" in said


def test_next_start_keeps_the_data_and_no_process_outlives_the_one_that_watched_it(portal, folder):
    if not (folder / "sandbox").exists():  # the test above was not chosen
        portal.start()
        portal.stop(signal.SIGINT)
    keys = [(folder / "sandbox" / name).read_text() for name in ("secret_key", "webhook_secret")]

    assert "Made a staff account" not in portal.start()
    assert [(folder / "sandbox" / name).read_text() for name in ("secret_key", "webhook_secret")] == keys
    assert keys[0].startswith("sk_test_")

    server = portal.main_of("granian")
    workers = portal.running("granian") - {server}
    os.kill(portal.process.pid, signal.SIGSTOP)  # or it would clear them away
    os.kill(server, signal.SIGKILL)
    assert len(workers) >= 2
    wait_until(lambda: not workers & portal.running(), 5)
    os.kill(portal.process.pid, signal.SIGCONT)
    wait_until(portal.is_healthy)

    portal.process.kill()
    portal.process.wait()
    portal.assert_nothing_is_left(30)  # the worker, just started, may be at a long job: it finishes its row


def test_interrupted_start_leaves_no_process(portal, folder):
    portal.folder = folder / "interrupted"
    portal.process = portal.up()
    wait_until(lambda: portal.process.stdout.readline() == "Preparing the database ...\n")
    time.sleep(0.5)

    portal.stop(signal.SIGTERM)
