"""The shape of the day: as many as the task says, and no more at once."""

import pytest

from scripts.scaling import page
from scripts.scaling.day import DAY, HOUR, STEP, busiest, world_day

GIVEN = {name: float(each["value"]) for name, each in page.assumptions().items() if "value" in each}


def test_sums_and_peaks_are_those_of_the_task():
    day = world_day(GIVEN)

    assert sum(day.visitors) * STEP == pytest.approx(10_000_000)
    assert sum(day.pledges) * STEP == pytest.approx(1_000_000)
    assert max(day.pledges) == pytest.approx(200, rel=0.001)
    assert sum(day.gifts) * STEP == pytest.approx(50_000)
    assert len(day.pledges) == DAY // STEP
    assert min(day.pledges) > 0


def test_gifts_come_in_one_hour_from_the_peak_on():
    day = world_day(GIVEN)
    giving = [number * STEP for number, rate in enumerate(day.gifts) if rate]

    assert (giving[0], giving[-1] + STEP) == (GIVEN["peak_hour"] * HOUR, (GIVEN["peak_hour"] + 1) * HOUR)
    assert day.pledges.index(max(day.pledges)) * STEP == pytest.approx(giving[0], abs=STEP)
    assert max(day.gifts) == pytest.approx(1.5 * 50_000 / 3600, rel=0.02)


def test_a_peak_below_the_day_s_mean_cannot_be():
    with pytest.raises(ValueError, match="do not go together"):
        world_day({**GIVEN, "pledges_peak": 5})


def test_the_busiest_ten_minutes_are_found():
    minutes = 10 * 60 // STEP
    rates = (1.0,) * 100 + (9.0,) * minutes + (1.0,) * 100
    assert busiest(rates, 600) == pytest.approx(9 * 600)
    assert busiest(rates, 1200) == pytest.approx(10 * 600)
