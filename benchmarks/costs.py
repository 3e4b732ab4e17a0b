"""What requests cost: how many a second, and the CPU that server and PostgreSQL spend on each."""

from collections.abc import Callable
from statistics import median
from typing import NamedTuple

from benchmarks import stage


class Cost(NamedTuple):
    """What a round showed: how many a second, CPU milliseconds of each by the server and by PostgreSQL, the slowest."""

    per_second: float
    server_ms: float
    postgres_ms: float
    p99_ms: float

    @property
    def cpu_ms(self) -> float:
        """Of both processes."""
        return self.server_ms + self.postgres_ms

    def __str__(self) -> str:
        cpu = f"{self.server_ms:.3g} + {self.postgres_ms:.3g} ms CPU"
        return f"{self.per_second:,.0f}/s, {cpu} (server + PostgreSQL), p99 {self.p99_ms:.0f} ms"


class Clocks:
    """The CPU clocks of a server and of PostgreSQL's processes for one database, from now on."""

    def __init__(self, server: stage.Server, database: str) -> None:
        self.server, self.database = server, database
        self._began = self._now()

    def cost_of(self, load: stage.Load) -> Cost:
        """What each request of the load cost since then."""
        (server_before, before), (server, now) = self._began, self._now()
        postgres = sum(spent - before.get(pid, 0) for pid, spent in now.items())
        of_each = 1000 / max(load.answered, 1)
        return Cost(load.per_second, (server - server_before) * of_each, postgres * of_each, load.p99_ms)

    def _now(self) -> tuple[float, dict[int, float]]:
        backends = {pid: stage.cpu_seconds(pid) for pid in stage.postgres_pids(self.database)}
        return self.server.cpu_seconds(), backends


def middle(costs: list[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(*(median(figures) for figures in zip(*costs, strict=True)))


def kept(costs: list[Cost], measure: Callable[[], Cost]) -> Callable[[], float]:
    """A contestant for `rounds.in_turns` whose costs are kept beside."""

    def once() -> float:
        costs.append(measure())
        return costs[-1].per_second

    return once
