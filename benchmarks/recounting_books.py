"""P12, the part of money: the books held against Stripe's list of 10,000 movements, and a payout against its lines."""

from statistics import median

from benchmarks import stage
from benchmarks.booking import Worker, copy_of
from benchmarks.budgets import Bound, Curve, Line, Measured, Wish, WrongAnswerError

MOVEMENTS, QUICK_MOVEMENTS = 10_000, 300
SIZES = [1_000]  # beside the large one, for the curves
MOST_SECONDS = 60
LANE = "benchmarks.reconciling_lane"
COMPARED = "O(n): Stripe's list is read in pages of a hundred, and the books of a day in two queries"
PAID_OUT = "O(n): the lines of a payout are read in pages of a hundred and stored by one statement"


def reconciled(wish: Wish) -> Measured:
    """The comparison of so many movements, all equal but three; then both acts at several sizes."""
    count = QUICK_MOVEMENTS if wish.quick else MOVEMENTS
    seconds, compared, paid_out = _measure(count, wish.rounds)
    line = Line(
        f"{count:,} balance transactions reconciled",
        seconds,
        Bound(most=MOST_SECONDS, unit="s"),
        beside={"CPU of the worker": f"{compared / 1000:.1f} s", "cost": COMPARED, "payout": PAID_OUT},
    )
    if wish.quick:
        return Measured([line])
    curves = {"the books held against Stripe's list": [], "a payout held against its lines": []}
    for size, costs in [*((size, _measure(size, 1)[1:]) for size in SIZES), (count, (compared, paid_out))]:
        for points, cost in zip(curves.values(), costs, strict=True):
            points.append((size, cost))
    return Measured([line], [Curve(what, points) for what, points in curves.items()])


def _measure(count: int, rounds: int) -> tuple[list[float], float, float]:
    """Seconds of each comparison, and CPU milliseconds of a comparison and of the reconciliation of a payout."""
    seconds, cpu = [], []
    with copy_of(stage.database(pledges=0, donations=0)) as database, Worker(database, LANE) as worker:
        worker.ask("pay", count=count)
        expected = worker.ask("tamper")
        for _round in range(rounds):
            did = worker.ask("compare")
            if did["found"] != expected or did["failure"]:
                raise WrongAnswerError(f"{expected} should be found, and found is {did}")
            seconds.append(did["seconds"])
            cpu.append(did["cpu"] * 1000)
    with copy_of(stage.database(pledges=0, donations=0)) as database, Worker(database, LANE) as worker:
        worker.ask("pay", count=count)
        paid_out = worker.ask("pay_out")
        if not paid_out["reconciled"] or paid_out["lines"] != count:
            raise WrongAnswerError(f"a payout of {count} lines: {paid_out}")
    return seconds, median(cpu), paid_out["cpu"] * 1000
