"""What a budget is, and what its measurement says: lines with a figure, a bound and what stood beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

HOW_MANY = 16


@dataclass(frozen=True)
class Bound:
    """What a figure may be at least or at most; `unit` is printed behind it ("" for a ratio)."""

    least: float | None = None
    most: float | None = None
    unit: str = ""

    def holds(self, figure: float) -> bool:
        return (self.least is None or figure >= self.least) and (self.most is None or figure <= self.most)

    def __str__(self) -> str:
        unit = f" {self.unit}" if self.unit else ""
        sides = [("≥", self.least), ("≤", self.most)]
        return " and ".join(f"{sign} {figure:g}{unit}" for sign, figure in sides if figure is not None)


@dataclass
class Line:
    """One figure of a budget: the median of its rounds, with the least and the most of them.

    `beside` holds what was measured in the same run, such as requests per second of both and CPU per request, to be
    printed as it stands. `also` is a second way to meet the budget, where it allows one. A line that misses its bound
    says in `reason` which limit stops it.
    """

    what: str
    rounds: list[float]
    bound: Bound
    beside: Mapping[str, str] = field(default_factory=dict)
    also: bool = False
    reason: str = ""

    @property
    def figure(self) -> float:
        return median(self.rounds)

    @property
    def is_met(self) -> bool:
        return self.also or self.bound.holds(self.figure)

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "median": self.figure,
            "min": min(self.rounds),
            "max": max(self.rounds),
            "least": self.bound.least,
            "most": self.bound.most,
            "unit": self.bound.unit,
            "met": self.is_met,
            "beside": dict(self.beside),
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Curve:
    """What an operation costs at each size: milliseconds of CPU over rows."""

    what: str
    points: list[tuple[int, float]]


@dataclass
class Measured:
    """All that one budget's measurement found."""

    lines: list[Line]
    curves: list[Curve] = field(default_factory=list)


@dataclass(frozen=True)
class Wish:
    """How much to measure: `quick` runs everything once on small databases, only to show that it runs."""

    quick: bool = False
    rounds: int = 3


class WrongAnswerError(Exception):
    """What was to be measured does not answer as it should: a quick wrong answer is no figure."""


@dataclass(frozen=True)
class Budget:
    """A budget of docs/performance.md: its number, what it bounds in one sentence, and how it is measured."""

    number: int
    title: str
    measure: Callable[[Wish], Measured]

    @property
    def name(self) -> str:
        return f"P{self.number}"
