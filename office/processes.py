"""Processes that are started together, watched, and end together: what `manage.py up` runs."""

import contextlib
import ctypes
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

STOP_SECONDS = 15.0  # how long a process may take to finish what it is doing
LONGEST_PAUSE_SECONDS = 30.0  # between two starts of a process that keeps ending
SETTLED_SECONDS = 60.0  # after that long its past failures are forgotten
SHOWN_LINES = 12
PR_SET_PDEATHSIG = 1


class Child:
    """One process with its log; the group it leads holds whatever it starts itself."""

    def __init__(
        self, name: str, command: Sequence[str], *, folder: Path, log: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._folder = folder
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = self._start_at = 0.0
        self._pause = 1.0

    def start(self) -> None:
        """Start it; it gets SIGTERM if we die, even by kill -9 (Linux), and never the terminal's Ctrl-C."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=functools.partial(_end_with, os.getpid()) if sys.platform == "linux" else None,
            )
        self._started_at = time.monotonic()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def ended_with(self) -> int | None:
        """The exit code of a process that was started and has ended."""
        return self._process.poll() if self._process else None

    def is_due(self) -> bool:
        """Tell whether it is time to start it again."""
        return self._process is None and time.monotonic() >= self._start_at

    def schedule_restart(self) -> float:
        """Clear away what an ended process left; returns the seconds until it may start again."""
        if time.monotonic() - self._started_at > SETTLED_SECONDS:
            self._pause = 1.0
        self.stop()
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE_SECONDS)
        self._start_at = time.monotonic() + pause
        return pause

    def stop(self) -> None:
        """End it and everything it started; waits for it to finish what it is doing, but not for ever."""
        if self._process is None:
            return
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nobody is left in its group
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def last_lines(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-SHOWN_LINES:]
        return "\n".join(f"    {line}" for line in lines)


class Crew:
    """Children in the order in which they start; they stop in the opposite order."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._children: list[Child] = []

    def start(self, child: Child, *, until: Callable[[], bool], seconds: float = 60.0) -> bool:
        """Start a child and wait until it answers; False when it ended first, or took too long."""
        self.begin(child)
        return self.wait_for(child, until=until, seconds=seconds)

    def begin(self, child: Child) -> None:
        """Start a child and do not wait: several get ready at the same time."""
        self._children.append(child)
        child.start()

    def wait_for(self, child: Child, *, until: Callable[[], bool], seconds: float = 60.0) -> bool:
        """Wait until a child that has begun answers; False when it ended first, or took too long."""
        deadline = time.monotonic() + seconds
        while child.ended_with is None and time.monotonic() < deadline:
            if until():
                return True
            time.sleep(0.05)
        return False

    def watch(self) -> None:
        """Start again, after a pause, whatever ends; returns only by an exception, such as Ctrl-C."""
        while True:
            for child in self._children:
                self._tend(child)
            time.sleep(0.2)

    def _tend(self, child: Child) -> None:
        if (code := child.ended_with) is not None:
            lines = child.last_lines()
            pause = child.schedule_restart()
            self._say(f"The {child.name} {_ending(code)}; starting it again in {pause:g} s.")
            if lines:
                self._say(f"Its last lines:\n{lines}")
        elif child.is_due():
            child.start()

    def stop(self) -> None:
        for child in reversed(self._children):
            child.stop()


def _ending(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _end_with(parent: int) -> None:
    """Ask the kernel, in a new process, for SIGTERM at the end of the thread that made us: `up` has only one."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it has ended before we asked
        os._exit(1)
