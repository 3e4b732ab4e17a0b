"""Queues whose course can be worked out by hand."""

import pytest

from scripts.scaling.queues import flow, workers_for


def test_a_queue_that_is_overrun_grows_in_a_line_and_drains_when_it_can():
    """Ten a second come for a hundred seconds and eight are done: two more wait each second, for 25 s after the end."""
    queue = flow([10] * 100, [8] * 100)

    assert queue.longest == pytest.approx(200)
    assert queue.longest_at == 100
    assert queue.empty_at == pytest.approx(125)
    # Who comes last finds 200 before them; the middle of the last second's ten, a second's half earlier, 199.
    assert queue.oldest == pytest.approx(199 / 8, rel=0.001)
    assert queue.done == (8,) * 100


def test_what_waits_on_average_is_what_comes_times_how_long_it_waits():
    """Little's law. The triangle of those who wait has 200 × 125 / 2 row-seconds, and a thousand rows share them."""
    queue = flow([10] * 100 + [0] * 50, [8] * 150)

    assert queue.mean_wait == pytest.approx(200 * 125 / 2 / 1000, rel=0.001)


def test_little_s_law_holds_for_uneven_arrivals_too():
    arriving = [3, 9, 0, 14, 2, 0, 0, 7, 1, 0, 0, 0, 0, 0]
    able = [4, 4, 1, 5, 5, 5, 2, 2, 6, 6, 6, 6, 6, 6]
    queue = flow(arriving, able)

    came, done, row_seconds, before = 0.0, 0.0, 0.0, 0.0
    for comes, did in zip(arriving, queue.done, strict=True):
        came, done = came + comes, done + did
        row_seconds, before = row_seconds + (before + came - done) / 2, came - done
    assert done == came == sum(arriving)
    assert queue.mean_wait * came == pytest.approx(row_seconds, rel=0.05)  # a row's wait is told by its step's middle


def test_nothing_waits_where_there_are_enough():
    queue = flow([5, 0, 8], [8, 8, 8])
    assert (queue.longest, queue.oldest, queue.mean_wait, queue.empty_at) == (0, 0, 0, 0)
    assert queue.never_waited


def test_no_load_and_no_time_are_no_trouble():
    assert flow([0, 0], [1, 1]).never_waited
    assert flow([], []).never_waited


def test_a_wave_within_the_day_is_worked_off_within_it():
    """Six too many, at two a second more than come: empty again three seconds after the wave."""
    queue = flow([5, 5, 1, 1, 1, 1], [2, 2, 3, 3, 3, 3])
    assert (queue.longest, queue.longest_at) == (6, 2)
    assert queue.empty_at == pytest.approx(5)


def test_the_step_only_changes_how_finely_one_looks():
    fine, coarse = flow([10] * 100, [8] * 100), flow([10] * 10, [8] * 10, step=10)
    assert (coarse.longest, coarse.empty_at) == pytest.approx((fine.longest, fine.empty_at))
    assert coarse.mean_wait == pytest.approx(fine.mean_wait)


def test_what_works_on_after_the_day_may_be_slower():
    assert flow([10] * 100, [8] * 100, after=2).empty_at == pytest.approx(200)


def test_where_nobody_works_it_never_ends():
    queue = flow([1], [0])
    assert queue.empty_at is None
    assert queue.oldest == float("inf")


def test_moments_must_be_as_many():
    with pytest.raises(ValueError, match="as many"):
        flow([1, 2], [1])


@pytest.mark.parametrize(
    ("seconds_each", "longest_wait", "workers"),
    [
        (0.5, 0, 5),  # ten a second, half a second each: five are just busy
        (0.5, 30, 4),  # four do eight: the last waits 25 s
        (0.5, 20, 5),
        (0.01, 0, 1),
        (1_000, 0, None),
    ],
)
def test_as_few_workers_as_keep_everybody_s_wait_short(seconds_each, longest_wait, workers):
    asked = {"seconds_each": seconds_each, "longest_wait": longest_wait, "most": 100}
    assert workers_for([10] * 100, **asked) == workers
