"""What people felt while something was away, as ratios to the calm before: this machine's seconds mean nothing."""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from tests.production.crowd import Seen

CALM = "all of it runs"


@dataclass(frozen=True)
class Phase:
    """From `began` until `ended` something was away, or has come back; in seconds of `time.monotonic`."""

    name: str
    began: float
    ended: float

    def of(self, seen: Iterable[Seen]) -> list[Seen]:
        """What was asked for in it."""
        return [each for each in seen if self.began <= each.began < self.ended]


@dataclass
class Phases:
    """One after the other; the first is the calm one."""

    done: list[Phase]

    def last(self, name: str, seconds: float, until: Callable[[], object] = lambda: True, most: float = 600) -> Phase:
        """Wait for so long, and until something holds, and keep it under this name."""
        began = time.monotonic()
        time.sleep(seconds)
        while not until():
            assert time.monotonic() < began + most, f"not within {most:g} s: {name}"
            time.sleep(0.2)
        self.done.append(Phase(name, began, time.monotonic()))
        return self.done[-1]

    def table(self, seen: Sequence[Seen]) -> str:
        """A line for each: how many reads and acts, how long they took beside the calm phase, and what failed."""
        calm = self.done[0].of(seen)
        of_calm = ", ".join(
            f"p50 {percentile(_seconds(calm, is_read=is_read), 50) * 1000:.0f} ms of {what}"
            for is_read, what in ((True, "reads"), (False, "acts"))
        )
        lines = [f"Times that of the calm phase ({of_calm} on this machine, with what else it does):"]
        lines += [f"{'':34} {'reads':>6} {'p50':>6} {'p95':>6} {'acts':>6} {'p50':>6} {'p95':>6}  not answered well"]
        for phase in self.done:
            mine = phase.of(seen)
            cells = [f"{phase.name:34}"]
            for is_read in (True, False):
                lasted, before = (_seconds(some, is_read=is_read) for some in (mine, calm))
                cells += [f"{len(lasted):>6}", *(f"{_ratio(lasted, before, share):>6}" for share in (50, 95))]
            bad = [each for each in mine if not is_good(each)]
            lines.append(" ".join(cells) + f"  {len(bad)}")
        return "\n".join(lines)


def is_good(seen: Seen) -> bool:
    return 200 <= seen.status < 400


def percentile(seconds: Sequence[float], share: int) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[share - 1] if len(seconds) > 1 else sum(seconds)


def _seconds(seen: Iterable[Seen], *, is_read: bool) -> list[float]:
    return [each.seconds for each in seen if each.is_read == is_read]


def _ratio(lasted: Sequence[float], before: Sequence[float], share: int) -> str:
    if not lasted or not before:
        return "-"
    return f"{percentile(lasted, share) / percentile(before, share):.2f}"
