"""Every order of every short life, and thousands of longer ones by seed."""

import pytest

from donations.reactions import REACTIONS
from tests.donations.life import Life, one_sandbox, rolled_back
from tests.donations.lives import SHORT_LIVES, orders, seeded_life
from tests.faults.length import LENGTH

LIVES_PER_SANDBOX = 20


@pytest.mark.parametrize("story", SHORT_LIVES, ids=lambda story: story.__name__)
def test_a_short_life_in_every_order(db, settings, story):
    with one_sandbox(settings) as sandbox:
        life = Life(sandbox)
        story(life)
        # What is ignored by rule comes with `recover`: in between it would only hide orders of what matters.
        hints = [event for event in life.news() if event["type"] in REACTIONS]
        for order in orders(hints, most=LENGTH.orders):
            with rolled_back():
                life.tell(order)
                life.recover()
                life.check()


@pytest.mark.parametrize("first", range(0, LENGTH.lives, LIVES_PER_SANDBOX))
def test_longer_lives(db, settings, first):
    with one_sandbox(settings) as sandbox:
        for seed in range(first, min(first + LIVES_PER_SANDBOX, LENGTH.lives)):
            with rolled_back():
                life = Life(sandbox)
                seeded_life(life, seed)
                life.recover()
                life.check()
