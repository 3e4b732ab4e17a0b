"""How long the long runs are: FAULTS=short is a sample for every change, the default is what we promise."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Length:
    """`orders` of each short life, seeded `lives`, `months` of giving, `events` × 10 deliveries, `pairs`, `posts`;
    `confirmations` of pledges; posts of a `flood` of gifts and `pledges`; `soak` in minutes."""

    orders: int
    lives: int
    months: int
    events: int
    pairs: int
    posts: int
    confirmations: int
    flood: int
    pledges: int
    soak: float


LENGTHS = {
    "full": Length(
        orders=120,
        lives=2_000,
        months=36,
        events=1_000,
        pairs=1_000,
        posts=100,
        confirmations=10_000,
        flood=1_000,
        pledges=10_000,
        soak=30,
    ),
    "short": Length(
        orders=6,
        lives=20,
        months=6,
        events=100,
        pairs=40,
        posts=40,
        confirmations=400,
        flood=100,
        pledges=200,
        soak=0.5,
    ),
}
LENGTH = LENGTHS[os.environ.get("FAULTS", "full")]
