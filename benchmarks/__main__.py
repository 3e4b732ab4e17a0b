"""`make bench`: every budget measured beside its limits, on screen and as JSON (`benchmarks.page` makes a page of it).

    python -m benchmarks [--quick] [--only P1,P4] [--rounds N]

Each run is kept as var/bench/runs/DAY-HOUR-COMMIT.json, the last one as var/bench/results.json, too.
Exits with 0 when every budget that was asked for is met, or names the limit that stops it; a quick run when all was
measured.
"""

import argparse
import sys
import time
import traceback
from datetime import UTC, datetime
from pkgutil import resolve_name

from benchmarks import reporting
from benchmarks.budgets import Budget, Wish
from benchmarks.machine import commit
from benchmarks.stage import HOME

BUDGETS = {
    1: "cached_pages:FROM_THE_APP_SERVER",
    2: "behind_nginx:THROUGH_NGINX",
    3: "rendering:UNCACHED_PAGES",
    4: "growth:PAGES_AND_ANSWERS",
    5: "queries:PER_PAGE",
    6: "webhooks:TAKEN_IN",
    7: "booking:BOOKED",
    8: "pledging:POSTED",
    9: "pledging:CONFIRMED",
    10: "staff_lists:LISTS",
    11: "exports:CSV",
    12: "recounting:RECOUNTED",
    13: "weight:FIRST_LOAD",
    14: "lighthouse:SCORES",
    15: "starting:STARTED",
    16: "suite:TESTED",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small databases, one round: shows that all runs")
    parser.add_argument("--only", default="", metavar="P1,P4")
    parser.add_argument("--rounds", type=int, default=Wish.rounds)
    asked = parser.parse_args()
    wish = Wish(quick=asked.quick, rounds=1 if asked.quick else asked.rounds)
    numbers = [int(name.strip().lstrip("Pp")) for name in asked.only.split(",") if name.strip()] or list(BUDGETS)
    results = reporting.Results(wish)
    kept = f"{datetime.now(UTC):%Y-%m-%d-%H%M}-{commit()}.json"
    for number in numbers:
        budget: Budget = resolve_name(f"benchmarks.{BUDGETS[number]}")
        began = time.monotonic()
        reporting.announce(budget)
        try:
            measured = budget.measure(wish)
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            results.failed(budget, error)
        else:
            results.add(budget, measured, seconds=time.monotonic() - began)
        for path in (HOME / "results.json", HOME / "runs" / kept):
            results.write_json(path)  # a long run that is broken off has not been for nothing
    return results.conclude()


if __name__ == "__main__":
    sys.exit(main())
