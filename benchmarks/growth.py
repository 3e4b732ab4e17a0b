"""P4: what each public page and API answer costs at 10 M pledges and 1 M gifts, over what it costs at a thousand.

The portal answers in-process, one process for each database, asked in turns and with no cache before it. CPU is that of
the process and of its PostgreSQL backend together, per request. Reads are the buffers that `EXPLAIN (ANALYZE, BUFFERS)`
counts, compared query by query. Where the small database cannot fill a list, as many rows are shown of both. A page is
O(1): it is found by key in an index, whose depth grows with the logarithm of the rows, and has a fixed most of rows;
counts come from tallies that are as long as there are countries, campaigns, months and currencies.
"""

from contextlib import ExitStack
from itertools import zip_longest
from statistics import median

from benchmarks import stage
from benchmarks.budgets import Bound, Budget, Curve, Line, Measured, Wish, WrongAnswerError
from benchmarks.portal import Portal
from benchmarks.rounds import in_turns, ratios

SIZES = ((1_000, 1_000), (100_000, 10_000), (10_000_000, 1_000_000))
QUICK = ((1_000, 100),)
MOST_RATIO = 1.2
MOST_READS = 2  # more of any query, where PostgreSQL's trees are a level deeper
SECONDS, QUICK_SECONDS = 0.1, 0.0  # of CPU, of each page in each round
MORE_ROUNDS = 8  # of a page that seems dearer: of the first few, one disturbed is the median; all count


def measure(wish: Wish) -> Measured:
    """A line for each address, a curve for each over the three sizes."""
    sizes = QUICK if wish.quick else SIZES
    with ExitStack() as running:
        portals = [
            running.enter_context(Portal(stage.database(pledges=pledges, donations=donations)))
            for pledges, donations in sizes
        ]
        paths = [portal.ask("paths") for portal in portals]
        measured = Measured([])
        for name in paths[0]:
            _measure_one(
                name, [(portal, found[name]) for portal, found in zip(portals, paths, strict=True)], wish, measured
            )
    return measured


def _measure_one(name: str, asked: list[tuple[Portal, str]], wish: Wish, measured: Measured) -> None:
    _check(name, asked)
    seconds = QUICK_SECONDS if wish.quick else SECONDS
    contestants = {
        str(number): lambda portal=portal, path=path: float(portal.ask("cpu", path=path, least_seconds=seconds))
        for number, (portal, path) in enumerate(asked)
    }
    costs = in_turns(contestants, wish.rounds)
    if not wish.quick and median(ratios(costs[str(len(asked) - 1)], costs["0"])) > MOST_RATIO:
        for number, more in in_turns(contestants, MORE_ROUNDS).items():
            costs[number] += more
    by_size = [costs[str(number)] for number in range(len(asked))]
    reads = [
        [int(read) for read in portal.ask("reads", path=path)] for portal, path in dict.fromkeys([asked[0], asked[-1]])
    ]
    few, many = reads[0], reads[-1]
    more_reads = max((large - small for small, large in zip_longest(few, many, fillvalue=0)), default=0)
    measured.lines.append(
        Line(
            name,
            ratios(by_size[-1], by_size[0]),
            Bound(most=MOST_RATIO),
            beside={
                "CPU ms": " → ".join(f"{median(each):.1f}" for each in by_size),
                "queries": str(len(many)),
                "buffers": f"{sum(few)} → {sum(many)}",
                "most more of one query": str(more_reads),
            },
            also=more_reads <= MOST_READS and len(few) == len(many),
        )
    )
    if not wish.quick:
        pledges = [size[0] for size in SIZES]
        measured.curves.append(Curve(name, list(zip(pledges, map(median, by_size), strict=True))))


def _check(name: str, asked: list[tuple[Portal, str]]) -> None:
    """Each size answers with the same kind of page, of about the same length."""
    answers = [portal.ask("get", path=path) for portal, path in asked]
    for (portal, path), (status, kind, size) in zip(asked, answers, strict=True):
        if status != 200 or kind != answers[0][1] or not size:
            raise WrongAnswerError(f"{name}: {path} of {portal.database} answers {status} {kind}, {size} bytes")


PAGES_AND_ANSWERS = Budget(4, "Public pages and API answers at 10 M pledges and 1 M gifts, over a thousand", measure)
