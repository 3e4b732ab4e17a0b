import contextlib
import os
import signal
import sys
import time

import pytest

from office import processes
from office.processes import Child, Crew

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def child(tmp_path):
    children = []

    def make(code):
        log = tmp_path / "log"
        log.touch()
        children.append(
            Child("heart", [sys.executable, "-c", code], folder=tmp_path, log=log, environment={"BLUE": "1"})
        )
        return children[-1]

    yield make
    for child in children:
        child.stop()


@pytest.fixture
def said():
    return []


@pytest.fixture
def crew(said):
    return Crew(said.append)


def run_until(crew, condition):
    """Watch until the condition holds."""

    def check(_seconds):
        assert time.monotonic() < deadline
        if condition():
            raise KeyboardInterrupt
        sleep(0.01)

    deadline, sleep = time.monotonic() + 20, time.sleep
    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
        patch.setattr(processes.time, "sleep", check)
        crew.watch()


def test_start_waits_for_the_answer(crew, child):
    beating = child("import os, time; print('beating', os.environ['BLUE'], flush=True); time.sleep(60)")

    assert crew.start(beating, until=lambda: "beating 1" in beating.log.read_text())
    assert beating.ended_with is None


def test_start_tells_when_the_process_ends_first(crew, child):
    broken = child("raise SystemExit('the heart is broken')")

    assert not crew.start(broken, until=lambda: False)
    assert broken.last_lines() == "    the heart is broken"


def test_start_tells_when_it_takes_too_long(crew, child):
    assert not crew.start(child("import time; time.sleep(60)"), until=lambda: False, seconds=0.2)


def test_ended_process_is_reported_and_started_again_with_growing_pauses(crew, child, said, monkeypatch):
    monkeypatch.setattr(processes, "LONGEST_PAUSE_SECONDS", 0.04)
    broken = child("raise SystemExit('the heart is broken')")
    monkeypatch.setattr(broken, "_pause", 0.01)
    crew.start(broken, until=lambda: True)

    run_until(crew, lambda: len(said) >= 8)

    assert [line.split("again in ")[1] for line in said[:8:2]] == ["0.01 s.", "0.02 s.", "0.04 s.", "0.04 s."]
    assert said[:2] == [
        "The heart ended with exit code 1; starting it again in 0.01 s.",
        "Its last lines:\n    the heart is broken",
    ]


def test_killed_process_is_reported_by_its_signal(crew, child, said):
    beating = child("import time; time.sleep(60)")
    crew.start(beating, until=lambda: True)
    os.kill(beating.pid, signal.SIGKILL)

    run_until(crew, lambda: said)

    assert said == ["The heart was ended by SIGKILL; starting it again in 1 s."]


def test_stop_ends_a_stubborn_process_and_what_it_started(crew, child, monkeypatch):
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)
    stubborn = child(STUBBORN)
    crew.start(stubborn, until=lambda: stubborn.log.read_text().endswith("\n"))
    pids = [stubborn.pid, int(stubborn.log.read_text())]

    crew.stop()

    deadline = time.monotonic() + 5
    while any(os.path.exists(f"/proc/{pid}/exe") for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_stop_is_safe_to_call_twice(crew, child):
    crew.start(child("import time; time.sleep(60)"), until=lambda: True)

    crew.stop()
    crew.stop()
