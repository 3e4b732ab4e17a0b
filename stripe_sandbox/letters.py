"""What may happen to webhooks on their way: lost, sent several times, out of order, late.

A seed makes a run repeatable: what becomes of a delivery depends on its event and its number
only, whatever threads do.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from typing import Any

# so long automatic deliveries are held back when they shall come out of order and no delay is named
SHUFFLE_SECONDS = 0.2
MOST_COPIES = 100


@dataclass(frozen=True)
class Letter:
    """One sending of an event to an endpoint, `wait` seconds late."""

    event_id: str
    endpoint_id: str
    number: int
    wait: float = 0.0


@dataclass(frozen=True)
class Letters:
    """`drop`: the share of sendings lost on the way, to be repeated later unless `for_good`.

    `repeat`: how many copies of an event are sent, of the share `repeat_rate` of all; `delay`: the most
    seconds one is late.
    """

    seed: int = 0
    drop: float = 0.0
    for_good: bool = False
    repeat: int = 1
    repeat_rate: float = 1.0
    shuffle: bool = False
    delay: float = 0.0

    def chance(self, *about: object) -> random.Random:
        return random.Random(f"{self.seed}:{':'.join(map(str, about))}")  # noqa: S311 — a repeatable run, not a secret

    def loses(self, event_id: str, number: int, attempts: int) -> bool:
        return self.drop > 0 and self.chance("drop", event_id, number, attempts).random() < self.drop

    def copies(self, event_id: str, endpoint_id: str) -> int:
        if self.repeat == 1 or self.chance("repeat", event_id, endpoint_id).random() >= self.repeat_rate:
            return 1
        return self.repeat

    def waits(self, event_id: str, endpoint_id: str) -> list[float]:
        """How late each copy of an event that has just happened sets out."""
        longest = self.delay or (SHUFFLE_SECONDS if self.shuffle else 0.0)
        return [
            self.chance("wait", event_id, endpoint_id, copy).uniform(0, longest) if longest else 0.0
            for copy in range(self.copies(event_id, endpoint_id))
        ]

    def stack(self, pairs: list[tuple[str, str]]) -> list[Letter]:
        """The copies of events that are sent again now, in the order in which they go."""
        letters = [
            Letter(event_id, endpoint_id, copy, wait if self.delay else 0.0)
            for event_id, endpoint_id in pairs
            for copy, wait in enumerate(self.waits(event_id, endpoint_id))
        ]
        if self.shuffle:
            self.chance("shuffle").shuffle(letters)
        return letters

    def shown(self) -> dict[str, Any]:
        return asdict(self)


def parse(given: dict[str, Any]) -> Letters:
    """From JSON; raises ValueError with what is wrong."""
    unknown = set(given) - set(Letters.__dataclass_fields__)
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    plan = Letters(
        seed=int(given.get("seed", 0)),
        drop=float(given.get("drop", 0)),
        for_good=bool(given.get("for_good", False)),
        repeat=int(given.get("repeat", 1)),
        repeat_rate=float(given.get("repeat_rate", 1)),
        shuffle=bool(given.get("shuffle", False)),
        delay=float(given.get("delay", 0)),
    )
    if not (0 <= plan.drop <= 1 and 0 <= plan.repeat_rate <= 1):
        raise ValueError("drop and repeat_rate are shares between 0 and 1")
    if not (1 <= plan.repeat <= MOST_COPIES and 0 <= plan.delay <= 3600):
        raise ValueError(f"repeat counts from 1 to {MOST_COPIES}, delay in seconds up to an hour")
    return plan
