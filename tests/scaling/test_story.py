"""The model counts with what really happens: one pledge and one gift, with the real forms, jobs and sandbox."""

from contextlib import contextmanager

import pytest
from django.db import connection

from scripts.scaling import costs, page
from tests.donations.conftest import SECRET
from tests.pledges.conftest import stamp_from
from tests.pledges.factories import GlobalCampaignFactory, WordingFactory
from tests.scaling import story

INSERTED = "SELECT relname, n_tup_ins FROM pg_stat_xact_user_tables"


@pytest.fixture(scope="module")
def model():
    return page.build()


class Watched:
    """How often each step was done, and with how many requests to Stripe."""

    def __init__(self, asked=lambda: 0):
        self.asked, self.times, self.calls = asked, {}, {}

    @contextmanager
    def watch(self, step):
        before = self.asked()
        yield
        self.times[step] = self.times.get(step, 0) + 1
        if made := self.asked() - before:
            self.calls[step] = self.calls.get(step, 0) + made


def inserted():
    with connection.cursor() as cursor:
        cursor.execute(INSERTED)
        return {name: rows for name, rows in cursor.fetchall() if rows}


def rows_since(before):
    return {name: rows - before.get(name, 0) for name, rows in inserted().items() if rows != before.get(name, 0)}


def counted_with(model, act):
    return {name: each["rows"] for name, each in model.costs.own[act]["tables"].items()}


@pytest.mark.django_db
def test_a_pledge_leaves_the_rows_and_mails_that_the_model_counts_with(model, mailoutbox):
    GlobalCampaignFactory()
    WordingFactory.create_batch(story.PRECEPTS)
    watched, before = Watched(), inserted()

    story.pledge(1, shown=stamp_from(60), watch=watched.watch)

    counted = counted_with(model, "pledge")
    # The counters that the whole site shares are spread over rows that are there after the first pledges.
    shared = rows_since(before).pop("limits_counter") - counted.pop("limits_counter")
    assert 0 <= shared <= 2.5
    assert rows_since(before) | {"limits_counter": 0} == counted | {"limits_counter": 0}
    assert watched.times == {step: each["times"] for step, each in model.costs.own["pledge"]["steps"].items()}


@pytest.mark.django_db
def test_a_gift_asks_stripe_as_often_and_leaves_as_much_as_the_model_counts_with(model, sandbox, mailoutbox):
    desk = story.Sandbox(sandbox.base, SECRET)
    watched, before = Watched(desk.calls), inserted()

    story.give(1, sandbox=desk, watch=watched.watch)

    own = model.costs.own["gift"]
    assert watched.calls == own["calls"]
    assert watched.times == {step: each["times"] for step, each in own["steps"].items()}
    left = rows_since(before)
    assert left.pop("donations_receiptseries") == 1  # the year's first receipt begins its numbers
    assert left == counted_with(model, "gift")


@pytest.mark.parametrize("act", ["pledge", "gift"])
def test_each_step_of_the_story_was_measured(model, act):
    assert all(model.costs.step(act, step).ms > 0 for step in model.costs.own[act]["steps"])
    assert model.costs.left_by(act).heap > 0
    assert costs.OWN.exists()
