"""The model at its edges, and in small cases that can be worked out by hand."""

from dataclasses import replace

import pytest

from scripts.scaling import page
from scripts.scaling.day import HOUR, STEP, Day
from scripts.scaling.model import World

STEPS = HOUR // STEP


@pytest.fixture(scope="module")
def model():
    return page.build()


def quiet_but(world: World, *, pledges=0.0, gifts=0.0, visitors=0.0, hours=1, idle=0) -> World:
    """The same world with the same rates for so many hours, and some idle ones after them."""

    def rates(rate: float) -> tuple[float, ...]:
        return (rate,) * (hours * STEPS) + (0.0,) * (idle * STEPS)

    return replace(world, day=Day(rates(visitors), rates(pledges), rates(gifts)))


def test_no_load_needs_nothing(model):
    for world in model.worlds:
        idle = quiet_but(world)
        assert set(idle.busy().values()) == {0.0}
        assert idle.mails.never_waited
        assert idle.events.never_waited
        assert idle.receipts.never_waited
        needed = {need.name: need.needed for need in idle.needs() if need.name != "connections to PostgreSQL"}
        assert set(needed.values()) == {0.0}


def test_web_threads_follow_little_s_law(model):
    """Two gifts a second, each held while Stripe answers, on a web that does nothing else."""
    world = model.small
    calls, stripe = world.web_calls, world.given["stripe_seconds"]
    cpu = (world.acts["gift"].python_ms + world.acts["gift"].postgres_ms) / 1000

    assert world.threads(0, 0, 2) == pytest.approx(2 * (calls * stripe + cpu))
    assert world.threads(0, 0, 0) == 0


def test_pages_are_made_once_per_window_however_many_read(model):
    few, many = model.small.making_ms(1), model.small.making_ms(10_000)

    assert few == pytest.approx(model.given["pages_a_visit"] * model.costs.made_page.ms)
    assert many == model.small.making_ms(1_000_000)
    assert model.several.making_ms(10_000) == pytest.approx(2 * many)  # two fronts, each with a cache of its own


def test_mails_that_one_worker_cannot_send_wait_and_then_go_out(model):
    """Ten a second for an hour, to a worker who does fewer: when it is empty is a division."""
    world = quiet_but(model.small, pledges=10, idle=3)
    rate = 1 / world.mail_seconds(10, 0)
    assert rate < 10

    assert world.mails.longest == pytest.approx(3600 * (10 - rate))
    assert world.mails.empty_at == pytest.approx(3600 * 10 / rate, rel=0.001)


def test_a_provider_s_day_is_used_up_and_the_rest_waits_for_tomorrow(model):
    """A provider of fifty thousand a day, a hundred thousand mails in an hour: half of them wait."""
    fast = replace(model.small.size, workers=1000)
    given = {**model.given, "provider_new_second": 1000, "provider_new_day": 50_000}
    world = quiet_but(replace(model.small, size=fast, given=given), pledges=100_000 / 3600)

    assert sum(world.mails.done) * STEP == pytest.approx(50_000)
    assert world.mails.longest == pytest.approx(50_000)


def test_stripe_lets_donors_first_and_workers_have_the_rest(model):
    """At its limit nothing is left for the workers: events wait for the end of the hour, and then go at full speed."""
    world = replace(model.good, size=replace(model.good.size, workers=1000))
    at_limit = quiet_but(world, gifts=world.stripe_limit / world.web_calls, idle=2)

    assert sum(at_limit.paid) == pytest.approx(sum(at_limit.day.gifts))
    assert sum(at_limit.events.done[:STEPS]) == 0
    assert at_limit.events.empty_at == pytest.approx(3600 * (1 + world.worker_calls / world.web_calls))
    twice = quiet_but(world, gifts=2 * world.stripe_limit / world.web_calls)
    assert sum(twice.paid) == pytest.approx(sum(twice.day.gifts) / 2)


def test_receipts_are_one_after_the_other_however_many_workers(model):
    few, many = (replace(model.good, size=replace(model.good.size, workers=number)) for number in (8, 800))
    [of_few], [of_many] = (
        [need.there for need in world.needs() if need.name.startswith("receipts")] for world in (few, many)
    )
    assert of_few == of_many == pytest.approx(1 / few.receipt_seconds)


def test_what_runs_out_first_stands_on_top(model):
    for world in model.worlds:
        full_at = [need.full_at for need in world.needs()]
        assert full_at == sorted(full_at)
    # As delivered, the limits of pledges are below World Day: whoever forgets them has suspected pledges.
    limits = [need.full_at for need in model.small.needs() if need.name.startswith("our limit")]
    assert max(limits) < 1


def test_both_larger_sizes_carry_world_day_but_for_stripe(model):
    for world in (model.good, model.several):
        assert [need.name for need in world.needs() if need.full_at < 1] == ["Stripe’s requests a second"]


def test_bytes_of_a_row_are_those_at_rest_where_they_are_known(model):
    own = {
        "at_rest": {"big": {"heap": 100, "index": 50}},
        "pledge": {
            "tables": {
                "big": {"rows": 2, "heap": 150, "index": 8_000},
                "limits_counter": {"rows": 9, "heap": 900, "index": 90},
                "new": {"rows": 1, "heap": 30, "index": 40},
            }
        },
    }
    left = type(model.costs)({"budgets": []}, own, index_fill=1.5).left_by("pledge")

    assert (left.heap, left.index, left.passing, left.rows) == (200 + 30, 2 * 50 * 1.5 + 40, 990, 12)


def test_a_month_adds_up(model):
    world, prices = model.several, dict.fromkeys(model.prices("low"), 1.0)
    quiet, busy = world.monthly(prices, quiet=True), world.monthly(prices, quiet=False)

    assert quiet["machines"] == 12 + 32 + 8
    assert quiet["PostgreSQL"] == 16 * 2  # the primary and its replica
    assert quiet["mails"] == pytest.approx(world.mails_sent() / 1000 * 0.3)
    assert busy["mails"] - quiet["mails"] == pytest.approx(world.mails_sent() / 1000)
    assert busy["traffic"] - quiet["traffic"] == pytest.approx(world.traffic_gb())
