"""P12, the part of hearts: all pledges counted anew, and 10,000 of them taken out of the count and put back."""

import subprocess
import sys
import time

from benchmarks import stage
from benchmarks.booking import Worker
from benchmarks.budgets import Bound, Curve, Line, Measured, Wish, WrongAnswerError

SIZES = [(1_000, 100), (100_000, 10_000), (10_000_000, 1_000_000)]
INVALIDATED, QUICK_INVALIDATED = 10_000, 300
MOST = Bound(most=60, unit="s")
LANE = "benchmarks.invalidating_lane"
COUNTED = "O(n): one statement reads every counted pledge once"
TAKEN_OUT = "O(marked pledges): a thousand per transaction, one change of the tallies for each of their kinds"
SPOIL = """
UPDATE pledges_pledgetally SET confirmed = confirmed + 3 WHERE id = (SELECT min(id) FROM pledges_pledgetally)
RETURNING confirmed - 3
"""
TOLD = "SELECT confirmed FROM pledges_pledgetally ORDER BY id LIMIT 1"


def recounted(wish: Wish) -> Measured:
    """The recount as `manage.py recount_pledges --repair` makes it, of tallies of which one was made wrong."""
    sizes = SIZES[:1] if wish.quick else SIZES
    points = [(pledges, [_recount(stage.database(pledges=pledges, donations=gifts))]) for pledges, gifts in sizes]
    largest, seconds = points[-1]
    name = stage.database(pledges=sizes[-1][0], donations=sizes[-1][1])
    seconds += [_recount(name) for _round in range(min(wish.rounds, 3) - 1)]
    line = Line(f"{largest:,} pledges recounted", seconds, MOST, beside={"cost": COUNTED})
    if wish.quick:
        return Measured([line])
    curve = Curve("all pledges recounted", [(size, 1000 * min(taken)) for size, taken in points])
    return Measured([line], [curve])


def invalidated(wish: Wish) -> Measured:
    """A case of so many pledges, begun and undone, in the largest database that there is."""
    count = QUICK_INVALIDATED if wish.quick else INVALIDATED
    pledges, gifts = SIZES[0] if wish.quick else SIZES[-1]
    seconds, undone = [], []
    with Worker(stage.database(pledges=pledges, donations=gifts), LANE) as worker:
        for _round in range(min(wish.rounds, 3)):
            did = worker.ask("invalidate", count=count)
            before, between, after = did["told"]
            if not count <= did["done"] < 2 * count or before != after or before - between > did["done"]:
                raise WrongAnswerError(f"{count} should be invalidated and put back: {did}")
            seconds.append(did["seconds"])
            undone.append(did["undone"])
    beside = {"undone in": f"{min(undone):.1f} s", "cost": TAKEN_OUT}
    return Measured([Line(f"{count:,} of {pledges:,} pledges invalidated", seconds, MOST, beside=beside)])


def _recount(database: str) -> float:
    """Seconds of the command, with its start."""
    with stage.connected(database) as connection, connection.cursor() as cursor:
        cursor.execute(SPOIL)
        (right,) = cursor.fetchone() or (0,)
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, "manage.py", "recount_pledges", "--repair"],
            cwd=stage.PROJECT,
            env=stage.environment(BENCH_DATABASE=database, DJANGO_SETTINGS_MODULE="benchmarks.settings"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
        )
        seconds = time.perf_counter() - began
        cursor.execute(TOLD)
        if cursor.fetchone() != (right,):
            raise WrongAnswerError(f"the recount of {database} left a wrong tally")
    return seconds
