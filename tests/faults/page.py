"""docs/fault-runs.md from what `make faults` found: nobody writes a figure there by hand.

    python -m tests.faults.page [results.jsonl …]

Of several files a later one replaces the runs of the same name and seed. What docs/fault-runs.json keeps of other seeds
stays, with its day and commit: the seeds may be run on different days.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.faults.results import FILE, ROOT

DOCS = ROOT / "docs"
KEPT, PAGE = DOCS / "fault-runs.json", DOCS / "fault-runs.md"
NUMBER = re.compile(r"\d+")

CASES = {
    1: "10,000 deliveries of 1,000 events, shuffled, 8 at once over HTTP: effects exactly 1,000, all answers 2xx.",
    2: "Landing page and webhook at once, 1,000 pairs; double click, back button, two tabs: 100 posts with one form "
    "token are one session.",
    3: "`kill -9` of web and job workers before and after each step that counts: nothing is stuck after 15 minutes of "
    "the clock.",
    4: "`kill -9` of PostgreSQL under load: no false 2xx while it is down, recovered within 10 s, nothing lost, "
    "nothing double. A frozen backend, a frozen server, a lock held for 60 s: answers within 10 s with a clean page.",
    5: "Stripe answers 500, 502, 503, 429, resets, stalls, breaks off, sends HTML, succeeds after we gave up: the page "
    "comes within 12 s, the key stays the same, never two sessions.",
    6: "Webhooks lost for 2 hours, 4 and 29 days: recovered from the list of events; beyond 30 days from the balance, "
    "and it says so.",
    7: "Clocks 10 and 4 minutes slow, 4 and 6 minutes and a day fast; a signing secret that is rolled.",
    8: "Signed but hostile bodies are shelved or refused, never a loop of 500; forged ones cost a signature; a poison "
    "event disturbs no other.",
    9: "The mail server is down, refuses or is slow; the disk is full, the database read-only or out of connections: "
    "every mail once in the end, clean pages, no half effects.",
    10: "A deploy during traffic, old and new code side by side; a backup restored to a new database, the events since "
    "replayed.",
    11: "Card testing from one and from 200 addresses, floods of pledges: the limits hold, an honest donor still "
    "gives, staff are told, strict mode comes and goes by itself.",
    12: "A soak of 30 minutes with mixed load and random faults: memory grows by less than a tenth.",
}  # fmt: skip

HEAD = """\
# Fault runs

<!-- Written by tests/faults/page.py from fault-runs.json; change nothing here by hand. -->

`make faults` starts the portal as it runs in production (a PostgreSQL of its own, Stripe's stand-in, two web workers,
two job workers, a mail server), lets people give, pledge and get money back by HTTP, and breaks things on purpose.
After each case `check_books --stripe`, `recount_books`, `recount_pledges` and `check_audit` have to find the invariants
I1 to I14 true. Each figure below was counted by the test that ran; a test that fails leaves none.

| To repeat | |
|---|---|
| all of it, for seeds 1, 2 and 3 | `make faults` |
| one seed | `make faults FAULTS_SEEDS=2` |
| the sample that CI takes | `make faults FAULTS=short` |
| one file | `make faults FAULTS_SEEDS=1 PYTEST_ARGS="-k killed_database"` |
"""

Run = dict[str, Any]


def read(files: Sequence[Path]) -> list[Run]:
    """The runs of all files, by case and seed; of a name and seed those of the last file that has them."""
    found: dict[tuple[str, int], list[Run]] = {}
    for file in files:
        mine: dict[tuple[str, int], list[Run]] = {}
        for line in file.read_text().splitlines():
            run = json.loads(line)
            mine.setdefault((run["case"], run["seed"]), []).append(run)
        found |= mine
    return sorted((run for runs in found.values() for run in runs), key=_place)


def beside_kept(runs: Sequence[Run], kept: Sequence[Run]) -> list[Run]:
    """These runs, and those that were kept of seeds which did not run again."""
    again = {run["seed"] for run in runs}
    return sorted([*runs, *(run for run in kept if run["seed"] not in again)], key=_place)


def _place(run: Run) -> tuple[int, str, int, str]:
    return number_of(run), run["case"], run["seed"], run["said"]


def number_of(run: Run) -> int:
    """The case's number in the list of cases; raises ValueError where the run names none."""
    found = NUMBER.match(run["case"])
    if not found or int(found[0]) not in CASES:
        raise ValueError(f"not one of the cases 1 to {len(CASES)}: {run['case']}")
    return int(found[0])


def rendered(runs: Sequence[Run]) -> str:
    by_case = {number: [run for run in runs if number_of(run) == number] for number in CASES}
    held = sum(bool(found) for found in by_case.values())
    parts = [HEAD, f"**{held} of {len(CASES)} cases ran and held.**", "", *_summary(by_case), ""]
    for number, found in by_case.items():
        parts += _section(number, found)
    return "\n".join(parts).rstrip("\n") + "\n"


def _summary(by_case: dict[int, list[Run]]) -> Iterator[str]:
    yield from ("| | Case | Result | Seeds | Length | Day and commit |", "|---:|---|---|---|---|---|")
    for number, runs in by_case.items():
        cells = [
            "held" if runs else "not run",
            _each(str(run["seed"]) for run in runs),
            _each(run["length"] for run in runs),
            _each(f"{run['at'][:10]}, {run['commit']}" for run in runs),
        ]
        yield f"| [{number}](#case-{number}) | {_cell(CASES[number])} | {' | '.join(map(_cell, cells))} |"


def _section(number: int, runs: list[Run]) -> Iterator[str]:
    yield from (f"## Case {number}", "", CASES[number], "")
    if not runs:
        yield from ("Not run.", "")
        return
    yield from ("| Run | Seed | What held | Counted |", "|---|---:|---|---|")
    for run in runs:
        name = run["case"][len(str(number)) :].strip() or f"case {number}"
        counted = "; ".join(f"{_words(what)} {_figure(value)}" for what, value in run["figures"].items())
        yield f"| {' | '.join(map(_cell, [name, str(run['seed']), run['said'], counted]))} |"
    yield ""


def _each(words: Iterator[str]) -> str:
    return "; ".join(dict.fromkeys(words))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _figure(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3g}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="*", type=Path, default=[FILE])
    runs = beside_kept(read(parser.parse_args().results), json.loads(KEPT.read_text()))
    PAGE.write_text(rendered(runs))
    KEPT.write_text(json.dumps(runs, indent=1, ensure_ascii=False) + "\n")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} is written; {KEPT.name} is what it comes from.\n")


if __name__ == "__main__":
    main()
