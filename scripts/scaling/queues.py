"""A queue over a day: what comes, what is worked off, how old the oldest gets, and when nothing waits any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

NOTHING = 1e-6  # rows: less is what rounding leaves


@dataclass(frozen=True)
class Queue:
    """How a queue went. Moments are seconds after the beginning; `done` is what was worked off in each step."""

    done: tuple[float, ...]
    longest: float
    longest_at: float
    oldest: float
    mean_wait: float
    empty_at: float | None

    @property
    def never_waited(self) -> bool:
        return self.longest == 0


def flow(arriving: Sequence[float], able: Sequence[float], *, step: float = 1.0, after: float | None = None) -> Queue:
    """Let `arriving` rows per second meet workers who are `able` to do so many per second, first come first served.

    Both are rates, one for each `step` seconds; nothing arrives after the last, and `after` is what workers do per
    second then (as in the last step unless said). Rows flow as water does: the waits of single rows in a lane that is
    not full (half a second until the worker looks, and the row's own work) come on top. `empty_at` is when nothing
    waits for the last time; None where nobody works, so that it never is. Raises `ValueError` where lengths differ.
    """
    if len(arriving) != len(able):
        raise ValueError("as many moments of arriving as of working")
    waiting, longest, longest_at, empty_at = 0.0, 0.0, 0.0, 0.0
    done: list[float] = []
    for number, (comes, can) in enumerate(zip(arriving, able, strict=True)):
        now = number * step
        did = min(waiting + comes * step, can * step)
        before, waiting = waiting, waiting + comes * step - did
        if waiting < NOTHING:
            waiting = 0.0
        done.append(did)
        if waiting > longest:
            longest, longest_at = waiting, now + step
        if before and not waiting:
            # Within the step: where the line from `before` falls to nothing.
            empty_at = now + (before / (can - comes) if can > comes else step)
    rate = (able[-1] if able else 0.0) if after is None else after
    end = len(arriving) * step
    at_last = end + waiting / rate if rate > 0 else None
    waits = _waits(arriving, done, step, rate)
    total = sum(rows for rows, _wait in waits)
    return Queue(
        done=tuple(did / step for did in done),
        longest=longest,
        longest_at=longest_at,
        oldest=max((wait for rows, wait in waits if rows), default=0.0),
        mean_wait=sum(rows * wait for rows, wait in waits) / total if total else 0.0,
        empty_at=at_last if waiting else empty_at,
    )


def _waits(arriving: Sequence[float], done: Sequence[float], step: float, after: float) -> list[tuple[float, float]]:
    """Of each step how many rows came, and how long the middle one of them waited until as many were done."""
    ends = list(accumulate(done))
    came, found, at = 0.0, [], 0
    for number, comes in enumerate(arriving):
        rows = comes * step
        place, arrived = came + rows / 2, (number + 0.5) * step
        came += rows
        while at < len(ends) and ends[at] < place - 1e-9:
            at += 1
        if at < len(ends):
            before = ends[at - 1] if at else 0.0
            leaves = (at + (place - before) / done[at] if done[at] else at) * step
        else:
            left = place - (ends[-1] if ends else 0.0)
            leaves = len(ends) * step + (left / after if after > 0 else float("inf"))
        found.append((rows, max(0.0, leaves - arrived)))
    return found


def workers_for(
    arriving: Sequence[float], *, seconds_each: float, longest_wait: float, step: float = 1.0, most: int = 1_000
) -> int | None:
    """How few workers, one row at a time each, keep every row's wait within `longest_wait` seconds; None beyond `most`.

    A row's own work does not count as waiting.
    """
    low, high = 1, most
    if not _keeps_up(arriving, high, seconds_each, longest_wait, step):
        return None
    while low < high:
        middle = (low + high) // 2
        if _keeps_up(arriving, middle, seconds_each, longest_wait, step):
            high = middle
        else:
            low = middle + 1
    return low


def _keeps_up(arriving: Sequence[float], workers: int, seconds_each: float, longest: float, step: float) -> bool:
    able = [workers / seconds_each] * len(arriving)
    return flow(arriving, able, step=step).oldest <= longest
