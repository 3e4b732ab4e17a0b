"""What became of requests, counted without a lock."""

import itertools

STATES = ("hit", "stale", "miss", "bypass")


class Counts:
    """How many requests ended in each state. `next` of a counter is one step that no thread can split."""

    def __init__(self) -> None:
        self._counters = {state: itertools.count() for state in STATES}
        self._looks = dict.fromkeys(STATES, 0)
        self.hit, self.stale, self.miss, self.bypass = (self._counters[state].__next__ for state in STATES)

    def read(self) -> dict[str, int]:
        """So many so far. To look takes a step of the counter too, which is taken off."""
        found = {}
        for state in STATES:
            found[state] = next(self._counters[state]) - self._looks[state]
            self._looks[state] += 1
        return found
