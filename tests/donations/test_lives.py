"""Whole lives of gifts in any order: small worlds, after each of which the books must equal Stripe's truth.

`make faults` runs many more of them, and every order of those with up to five events.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.donations.life import Life, rolled_back, wired
from tests.donations.lives import SHORT_LIVES, machine, orders

EXAMPLES, STEPS, ORDERS = int(os.environ.get("EXAMPLES", "20")), 12, 3


@pytest.fixture
def stripe(settings, _stand):
    return wired(_stand.fresh(), settings)


def test_whatever_happens_to_gifts_the_books_equal_stripes(db, stripe):
    run_state_machine_as_test(
        machine(stripe),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("story", SHORT_LIVES, ids=lambda story: story.__name__)
def test_a_short_life_ends_the_same_in_any_order(db, stripe, story):
    life = Life(stripe)
    story(life)
    events = life.news()
    for order in orders(events, most=ORDERS):
        with rolled_back():
            life.tell(order)
            life.recover()
            life.check()
