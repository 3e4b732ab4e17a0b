"""Copies of the tree, in which guards are taken away while nobody's own files change."""

import contextlib
import fcntl
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutants.mutant import Mutant
from tests.mutants.telling import REPORT, SQL

LONGEST_SECONDS = 240
LINKED = (".venv", "node_modules")
# What would lead the tests of a copy to somebody else's database or settings.
NOT_INHERITED = frozenset({"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH", "VAR_DIR", "PYTEST_ADDOPTS"})
PASSED = 0
seconds_apart = itertools.count(1)


class RunningError(RuntimeError):
    """Another run is under way."""


@dataclass(frozen=True)
class Outcome:
    """How a run of pytest ended: its exit code (None: it took too long), what was told of each test, what was said."""

    code: int | None
    told: list[dict[str, str]] = field(default_factory=list)
    output: str = ""

    def passed(self) -> frozenset[str]:
        """The tests, without their parameters, of which something passed and nothing else happened."""
        good = {_plain(line["test"]) for line in self.told if line["outcome"] == "passed"}
        return frozenset(good - {_plain(line["test"]) for line in self.told if line["outcome"] != "passed"})

    def failures(self) -> list[dict[str, str]]:
        """What was raised within tests, and not before or after them."""
        return [line for line in self.told if line["outcome"] == "raised" and line["when"] == "call"]


@dataclass
class Copy:
    """A copy of the tree with a database server of its own; one mutant at a time."""

    folder: Path
    database: Path
    is_stopped: bool = False
    _running: subprocess.Popen[str] | None = None

    def run(self, tests: Sequence[str], *, sql: str = "", first_failure_ends: bool = True) -> Outcome:
        """Run these tests here, one after the other."""
        report = self.folder / "mutant-report.jsonl"
        report.unlink(missing_ok=True)
        environment = {name: value for name, value in os.environ.items() if name not in NOT_INHERITED}
        environment |= {"EMBEDDED_PG_DIR": str(self.database), REPORT: str(report), SQL: sql}
        command = [sys.executable, "-m", "pytest", "-n0", "-q", "-p", "no:cacheprovider", "-p", "tests.mutants.telling"]
        command += ["-p", "tests.mutants.breaking"] if sql else []
        command += ["-x"] if first_failure_ends else []
        code, output = self._run([*command, *tests], environment)
        told = [json.loads(line) for line in report.read_text().splitlines()] if report.exists() else []
        return Outcome(code, told, output)

    def stop(self) -> None:
        """End what runs here, and let nothing else begin: for another thread."""
        self.is_stopped = True
        if self._running:
            _kill(self._running)

    def _run(self, command: list[str], environment: dict[str, str]) -> tuple[int | None, str]:
        process = subprocess.Popen(
            command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
        )  # fmt: skip
        self._running = process
        try:
            output, _ = process.communicate(timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            return None, f"it took longer than {LONGEST_SECONDS} s"
        else:
            return process.returncode, output
        finally:
            _kill(process)
            process.wait()
            self._running = None

    @contextlib.contextmanager
    def broken_by(self, mutant: Mutant) -> Iterator[None]:
        """The copy without the guard, and again with it afterwards.

        Python takes a module that it has compiled for the file of the same second and size: neither is left to chance.
        """
        file = self.folder / mutant.file
        before, times = file.read_bytes(), file.stat()
        file.write_text(mutant.applied(before.decode()))
        os.utime(file, (times.st_atime, times.st_mtime + next(seconds_apart)))
        try:
            yield
        finally:
            file.write_bytes(before)
            os.utime(file, (times.st_atime, times.st_mtime))


@contextlib.contextmanager
def copied(root: Path, number: int) -> Iterator[list[Copy]]:
    """So many copies of the tree as it stands, with what is not committed yet; gone afterwards.

    Their database servers stay beside that of the tests, so that the next run need not migrate again; two runs at once
    would use the same. Raises `RunningError`.
    """
    servers = Path(os.environ.get("EMBEDDED_PG_DIR") or root / "var" / "pg").resolve()
    with _alone(servers.with_name(f"{servers.name}-mutants.lock")):
        yield from _copied(root, number, servers)


def _copied(root: Path, number: int, servers: Path) -> Iterator[list[Copy]]:
    files = _files(root)
    above = Path(tempfile.mkdtemp(prefix="mutants-"))
    above.chmod(0o755)  # a server of root's runs as somebody else
    try:
        copies = []
        for turn in range(number):
            _copy(root, files, above / str(turn))
            copies.append(Copy(above / str(turn), servers.with_name(f"{servers.name}-mutants-{turn}-tests")))
        yield copies
    finally:
        shutil.rmtree(above)


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RunningError("mutants are being tried already, on the same database servers") from None
        yield


def _files(root: Path) -> list[str]:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    return subprocess.run(command, cwd=root, capture_output=True, check=True, text=True).stdout.rstrip("\0").split("\0")


def _copy(root: Path, files: list[str], folder: Path) -> None:
    for name in files:
        if (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / name)
    for name in LINKED:
        if (root / name).exists() and not (folder / name).exists():
            (folder / name).symlink_to(root / name)


def _kill(process: subprocess.Popen[str]) -> None:
    """It and what it started, whatever became of it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _plain(node_id: str) -> str:
    return node_id.partition("[")[0]
