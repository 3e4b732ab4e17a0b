"""How long pages are true: until a poll sees a change, midnight, or a moment; never long without word."""

import datetime as dt

import pytest
from django.db import OperationalError

from blueheart.pages.cache.watch import BOUND_SECONDS, TRUSTED_SECONDS, Watch
from tests.blueheart.pages.asking import Database, Hands


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def watch(hands, database) -> Watch:
    watch = Watch(read=database.read, next_moment=database.next_moment, clock=hands.clock, now=hands.now)
    watch.poll()
    return watch


def test_nothing_is_true_before_the_first_word(hands, database):
    watch = Watch(read=database.read, next_moment=database.next_moment, clock=hands.clock, now=hands.now)

    assert watch.stamp(numbers=True) is None
    assert watch.is_blind


def test_stamp_holds_as_long_as_nothing_changes(watch, hands):
    stamp = watch.stamp(numbers=True)
    for _second in range(600):
        hands.turn(1)
        watch.poll()

    assert watch.stamp(numbers=True) is stamp
    assert stamp.is_current


def test_change_of_content_ends_all_and_bounds_how_long_they_may_be_shown(watch, hands, database):
    content, numbers = watch.stamp(numbers=False), watch.stamp(numbers=True)
    asked_last = hands.clock()
    hands.turn(0.001)
    database.change()  # right after the last poll: as early as it can be
    hands.turn(0.999)
    watch.poll()

    assert not content.is_current
    assert not numbers.is_current
    assert content.stale_until == numbers.stale_until == asked_last + BOUND_SECONDS
    assert watch.stamp(numbers=False) is not content


def test_change_of_numbers_leaves_pages_without_counts(watch, hands, database):
    content, numbers = watch.stamp(numbers=False), watch.stamp(numbers=True)
    database.change(numbers=True)
    hands.turn(1)
    watch.poll()

    assert content.is_current
    assert watch.stamp(numbers=False) is content
    assert not numbers.is_current


def test_newest_row_of_a_wall_is_a_change_of_numbers(watch, hands, database):
    content, numbers = watch.stamp(numbers=False), watch.stamp(numbers=True)
    database.versions = database.versions._replace(newest=(7,))
    watch.poll()

    assert (content.is_current, numbers.is_current) == (True, False)


@pytest.mark.parametrize("before", [0.5, 3])
def test_moment_ends_pages_on_the_tick_and_not_when_the_thread_comes_by(watch, hands, database, before):
    moment = hands.now() + dt.timedelta(seconds=60)
    database.moments = [moment]
    database.change()
    watch.poll()
    stamp = watch.stamp(numbers=False)
    for _second in range(59):
        hands.turn(1)
        watch.poll()

    assert watch.stamp(numbers=False) is stamp
    hands.turn(0.999)
    assert watch.stamp(numbers=False) is stamp
    hands.turn(0.002)
    assert watch.stamp(numbers=False) is not stamp
    assert not stamp.is_current


def test_second_moment_right_after_the_first_is_not_missed(watch, hands, database):
    first = hands.now() + dt.timedelta(seconds=5.2)
    database.moments = [first, first + dt.timedelta(seconds=0.3)]
    database.change()
    watch.poll()
    hands.turn(5.3)
    between = watch.stamp(numbers=False)  # made after the first, before the second; no poll meanwhile
    hands.turn(0.7)
    watch.poll()

    assert not between.is_current
    assert watch.stamp(numbers=False) is not None


def test_midnight_by_utc_ends_pages(hands, database):
    hands = Hands(dt.datetime(2026, 3, 1, 23, 59, 58, tzinfo=dt.UTC))
    watch = Watch(read=database.read, next_moment=database.next_moment, clock=hands.clock, now=hands.now)
    watch.poll()
    stamp = watch.stamp(numbers=False)
    hands.turn(1.9)
    assert watch.stamp(numbers=False) is stamp
    hands.turn(0.2)

    assert watch.stamp(numbers=False) not in (None, stamp)


def test_without_word_nothing_is_true_any_more(watch, hands, database):
    stamp = watch.stamp(numbers=True)
    database.gone = OperationalError("the server closed the connection")
    hands.turn(TRUSTED_SECONDS - 0.1)
    watch.poll()
    assert watch.stamp(numbers=True) is stamp
    hands.turn(0.2)
    watch.poll()

    assert watch.is_blind
    assert watch.stamp(numbers=True) is None
    assert stamp.is_current, "nobody knows that it has changed"

    database.gone = None
    watch.poll()
    assert watch.stamp(numbers=True) is stamp


def test_what_changed_while_the_database_was_away_is_seen_when_it_is_back(watch, hands, database):
    stamp = watch.stamp(numbers=True)
    database.gone = OperationalError("gone")
    hands.turn(30)
    watch.poll()
    database.change()
    database.gone = None
    watch.poll()

    assert not stamp.is_current
    assert stamp.stale_until < hands.clock(), "it is older than its bound already"


def test_trouble_is_told_once(watch, database, caplog):
    database.gone = OperationalError("gone")
    for _poll in range(3):
        watch.poll()

    assert caplog.text.count("pages are not watched") == 1


def test_answer_that_comes_late_is_not_taken_for_news(watch, hands, database):
    """One visitor asked before the change and hears of it after another one who asked later."""
    late, database_before = hands.clock(), database.versions
    hands.turn(0.1)
    database.change()
    watch.poll()
    stamp = watch.stamp(numbers=True)
    watch._take(database_before, late)

    assert stamp.is_current
