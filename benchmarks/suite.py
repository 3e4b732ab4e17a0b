"""P16: what one run of every test takes, as `make test` runs them."""

import ctypes
import os
import re
import resource
import subprocess
import sys
import time

from benchmarks.budgets import Bound, Budget, Line, Measured, Wish, WrongAnswerError
from benchmarks.stage import PROJECT, environment

CORES = 2
A_FOLDER = "tests/scripts"
PR_SET_CHILD_SUBREAPER = 36
PATIENCE_SECONDS = 30
CLOCKS = re.compile(r"^clocks: (?P<wall>[\d.]+) s, CPU (?P<cpu>[\d.]+) s$", re.MULTILINE)
CLOSING = re.compile(r"(?P<counts>\d+ passed.*) in [\d.]+s")


def measure(wish: Wish) -> Measured:
    """One run, however many rounds are asked for; a quick one takes a small folder of tests only."""
    command = [sys.executable, "-m", "benchmarks.suite", "make", "--silent", "test"]
    command += [f"PYTEST_ARGS=-q {A_FOLDER}"] * wish.quick
    run = subprocess.run(command, cwd=PROJECT, env=environment(), capture_output=True, text=True, check=False)
    clocks, closing = CLOCKS.search(run.stdout), CLOSING.search(run.stdout)
    if run.returncode or not clocks or not closing:
        raise WrongAnswerError(f"the tests did not pass:\n{run.stdout[-2000:]}\n{run.stderr[-1000:]}")
    minutes, cpu_minutes = float(clocks["wall"]) / 60, float(clocks["cpu"]) / 60
    beside = {"CPU minutes": f"{cpu_minutes:.1f}", "tests": closing["counts"]}
    what = f"{A_FOLDER} only" if wish.quick else f"make test on {CORES} cores"
    reason = f"its {cpu_minutes:.1f} CPU minutes had {cpu_minutes / minutes / CORES:.0%} of the cores' time"
    return Measured([Line(what, [minutes], Bound(most=6, unit="min"), beside, reason=reason)])


TESTED = Budget(16, "the whole suite, browser journeys and faults of processes too, on two cores", measure)


def main() -> int:
    """Run a command on the first cores, and print its time and the CPU time of it and of all that it started.

    Processes that outlive their parents, such as an embedded PostgreSQL, become children of this one and count too.
    """
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    began = time.monotonic()
    ended = subprocess.run(sys.argv[1:], check=False).returncode
    wall = time.monotonic() - began
    _wait_for_orphans()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    sys.stdout.write(f"\nclocks: {wall:.2f} s, CPU {used.ru_utime + used.ru_stime:.2f} s\n")
    return ended


def _wait_for_orphans() -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
