"""How long the long runs are: FAULTS=short is a sample for every change, the default is what we promise."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Length:
    """`orders` of each short life, seeded `lives`, `months` of giving, `events` × 10 deliveries, `pairs`, `posts`;
    `confirmations` of pledges; posts of a `flood` of gifts and `pledges`; `soak` in minutes; `points` of each
    kind of process at which one dies, `kills` of whole programs, `rounds` without PostgreSQL, seconds for which
    something is `held`."""

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
    points: int
    kills: int
    rounds: int
    held: int


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
        points=99,
        kills=5,
        rounds=5,
        held=60,
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
        points=4,
        kills=1,
        rounds=1,
        held=6,
    ),
}
LENGTH = LENGTHS[os.environ.get("FAULTS", "full")]
IS_FULL = LENGTH is LENGTHS["full"]
