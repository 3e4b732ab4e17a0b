"""Rounds in turns: what one machine's mood does to one contestant, it does to the others."""

from collections.abc import Callable, Mapping
from operator import truediv


def in_turns(contestants: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Ask each contestant once per round, every second round in the opposite order; returns their figures by round."""
    figures: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds):
        order = list(contestants) if turn % 2 == 0 else list(reversed(contestants))
        for name in order:
            figures[name].append(contestants[name]())
    return figures


def ratios(ours: list[float], theirs: list[float]) -> list[float]:
    """Round by round, ours over theirs."""
    return list(map(truediv, ours, theirs))
