"""Rows that are their own queue: nothing lost, nothing done twice, whoever dies in between."""

import datetime as dt

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from blueheart import queue
from blueheart.post.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def waiting(number: int = 1) -> list[Message]:
    return Message.objects.bulk_create(
        Message(kind="pledge-confirm", cause=f"pledge-confirm:{index}", subject_id=index, language="en")
        for index in range(number)
    )


def claim(limit: int = 10, **kwargs) -> list[Message]:
    return Message.objects.claim(limit=limit, **kwargs)


def test_claimed_row_is_nobody_elses_until_its_lease_ends(clock):
    waiting()
    (row,) = claim(lease_seconds=90)

    assert (row.tries, claim()) == (1, [])
    clock.shift(91)
    assert [again.tries for again in claim()] == [2]


def test_oldest_rows_are_claimed_first_and_no_more_than_asked(clock):
    waiting(3)

    assert [row.subject_id for row in claim(2)] == [0, 1]
    assert [row.subject_id for row in claim(2)] == [2]


def test_claim_costs_the_same_statements_for_one_row_and_thirty(django_assert_num_queries):
    waiting(31)

    with django_assert_num_queries(4):
        claim(1)
    with django_assert_num_queries(4):
        claim(30)


def test_finished_row_is_claimed_no_more(clock):
    waiting()
    claim()[0].done(status=Message.Status.SENT)

    clock.shift(dt.timedelta(days=365))
    assert claim() == []


def test_worker_whose_lease_another_took_books_nothing(clock):
    waiting()
    (slow,) = claim()
    clock.shift(queue.LEASE_SECONDS + 1)
    (quick,) = claim()

    with transaction.atomic():
        assert slow.lock_claimed() is None
        assert quick.lock_claimed() == quick


def test_worker_whose_row_another_has_finished_books_nothing(clock):
    waiting()
    (slow,) = claim()
    clock.shift(queue.LEASE_SECONDS + 1)
    claim()[0].done(status=Message.Status.SENT)

    with transaction.atomic():
        assert slow.lock_claimed() is None


def test_begin_renews_a_lease_that_is_half_over_and_only_then(clock, django_assert_num_queries):
    waiting()
    (row,) = claim(lease_seconds=100)

    with django_assert_num_queries(0):
        assert row.begin(lease_seconds=100)
    clock.shift(60)
    assert row.begin(lease_seconds=100)
    clock.shift(60)
    assert claim() == []
    with transaction.atomic():
        assert row.lock_claimed() == row


def test_begin_refuses_a_row_whose_lease_ran_out(clock):
    waiting()
    (row,) = claim()
    clock.shift(queue.LEASE_SECONDS + 1)

    assert not row.begin()


def test_begin_refuses_a_row_that_another_worker_holds(clock):
    waiting()
    (slow,) = claim()
    clock.shift(queue.LEASE_SECONDS + 1)
    claim()

    assert not slow.begin()


def test_process_that_is_asked_to_end_gives_back_what_it_has_not_begun(clock):
    waiting(2)
    rows = claim()
    queue.stopping.set()
    try:
        assert (claim(), len(rows)) == ([], 2)
        assert [row.begin() for row in rows] == [False, False]
    finally:
        queue.stopping.clear()

    assert [row.tries for row in claim()] == [1, 1]


def test_failing_row_is_tried_twelve_times_with_growing_pauses_then_shelved(clock):
    waiting()
    pauses = []
    while rows := claim():
        rows[0].retry("no answer")
        row = Message.objects.get()
        if row.next_attempt_at:
            pauses.append((row.next_attempt_at - timezone.now()).total_seconds())
            clock.move_to(row.next_attempt_at)

    assert pauses == [5.0 * 2**doubling for doubling in range(11)]
    assert (row.tries, row.status, row.reason) == (12, Message.Status.SHELVED, "no answer")
    assert row.shelved_at is not None


def test_row_that_kills_its_worker_every_time_is_shelved_too(clock):
    waiting()
    for _try in range(Message.MOST_TRIES):
        assert len(claim()) == 1
        clock.shift(queue.LEASE_SECONDS + 1)

    assert claim() == []
    row = Message.objects.get()
    assert row.status == Message.Status.SHELVED
    assert "ended without a word 60 times" in row.reason


def test_shelved_row_starts_anew_when_a_person_puts_it_back(clock):
    waiting()
    claim()[0].shelve("template broken")

    Message.objects.get().requeue()
    Message.objects.get().requeue()

    (row,) = claim()
    assert (row.tries, row.shelved_at, row.status) == (1, None, Message.Status.WAITING)


def test_shelved_rows_are_found_by_name():
    first, _second = waiting(2)
    first.shelve("template broken")

    assert list(Message.objects.shelved()) == [first]
