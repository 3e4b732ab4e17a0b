"""What the fault runs found, as they found it: one line per case in FAULTS_RESULTS, from which a page is made."""

import datetime as dt
import json
import os
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEED = int(os.environ.get("FAULTS_SEED", "1"))
FILE = Path(os.environ.get("FAULTS_RESULTS") or ROOT / "var" / "faults" / "results.jsonl")


def note(case: str, said: str, **figures: float | str) -> None:
    """Keep what a case showed: `case` is its number and name, `said` one sentence, `figures` what was counted.

    Called at the end of a test, after its assertions: a case that failed leaves no line.
    """
    FILE.parent.mkdir(parents=True, exist_ok=True)
    line = {
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), "commit": _commit(), "seed": SEED,
        "length": os.environ.get("FAULTS", "full"), "case": case, "said": said, "figures": figures,
    }  # fmt: skip
    with FILE.open("a") as file:
        file.write(json.dumps(line) + "\n")


@cache
def _commit() -> str:
    """What was tested; "unknown" where the sources came without their history."""
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return asked.stdout.strip()
