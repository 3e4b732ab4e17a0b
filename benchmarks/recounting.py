"""P12: what happens once a night or once in a while, and has to end: counts taken anew, books compared."""

from collections.abc import Callable

from benchmarks.budgets import Budget, Measured, Wish
from benchmarks.recounting_books import reconciled
from benchmarks.recounting_hearts import invalidated, recounted

PARTS: tuple[Callable[[Wish], Measured], ...] = (reconciled, recounted, invalidated)


def measure(wish: Wish) -> Measured:
    """Each part in its turn."""
    parts = [part(wish) for part in PARTS]
    return Measured([line for part in parts for line in part.lines], [curve for part in parts for curve in part.curves])


RECOUNTED = Budget(12, "Reconciling, recounting and invalidating, at size", measure)
