"""Where and of what a figure was measured."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.stage import PROJECT


def measured_now(*, quick: bool, rounds: int) -> dict[str, Any]:
    """When, of which commit, how thoroughly and on which machine."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return {"at": at, "commit": commit(), "quick": quick, "rounds": rounds, "machine": _machine()}


@cache
def _machine() -> dict[str, str]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": _named("/proc/cpuinfo", "model name", ":") or platform.machine(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GB",
        "system": _named("/etc/os-release", "PRETTY_NAME", "=").strip('"'),
        "Python": platform.python_version(),
        "Django": version("django"),
        "granian": version("granian"),
    }


def _named(path: str, name: str, sign: str) -> str:
    """The value of the first line that begins with this name; empty where there is none."""
    lines = Path(path).read_text().splitlines() if Path(path).exists() else []
    return next((line.partition(sign)[2].strip() for line in lines if line.startswith(name)), "")


def commit() -> str:
    """What is checked out, with a plus when a file differs from it."""
    git = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    told = subprocess.run(git, cwd=PROJECT, capture_output=True, text=True, check=False)
    return told.stdout.strip()
