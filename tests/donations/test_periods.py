"""Closed periods: nothing is posted there any more, whoever is quicker, and what comes late says when it happened."""

import datetime as dt
import threading

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from donations import jobs, ledger, reactions
from donations.books import findings
from donations.ledger import writing
from donations.ledger.periods import PeriodError
from donations.models import ClosedPeriod, Donation, LedgerTransaction, StripeEvent
from tests.donations.factories import NOW, balance_transaction, donation
from tests.donations.true_books import booked

DAY = dt.timedelta(days=1)
WAIT = 10


def ada():
    return User.objects.create_superuser("ada", "ada@example.org", "x")


def in_a_thread(act):
    def run():
        try:
            act()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_late_event_is_posted_on_the_first_open_day(db):
    ledger.close_period(NOW.date(), by=ada())

    booked(moved=balance_transaction(created_at=NOW))

    late = LedgerTransaction.objects.get()
    assert (late.posted_on, late.happened_at, late.is_late) == (NOW.date() + DAY, NOW, True)


@pytest.mark.parametrize("days", [0, -1])
def test_a_day_that_is_not_over_cannot_be_closed(db, days):
    with pytest.raises(PeriodError, match="not over"):
        ledger.close_period(timezone.now().astimezone(dt.UTC).date() - days * DAY, by=ada())


def test_days_are_closed_in_order_and_for_good(db):
    by = ada()
    ledger.close_period(NOW.date(), by=by)

    with pytest.raises(PeriodError, match="closed through"):
        ledger.close_period(NOW.date() - DAY, by=by)
    with pytest.raises(IntegrityError, match="a later day"), transaction.atomic():
        ClosedPeriod.objects.create(closed_through=NOW.date() - DAY, closed_by=by)
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        ClosedPeriod.objects.all().delete()
    with pytest.raises(IntegrityError, match="nothing is posted on"), transaction.atomic():
        LedgerTransaction.objects.create(
            purpose="donation", donation=donation(), happened_at=NOW, posted_on=NOW.date()
        )  # fmt: skip


def test_closing_waits_for_a_posting_under_way_and_then_leaves_it_where_it_is(committed_db):
    by = ada()
    with transaction.atomic():
        booked()
        closing = in_a_thread(lambda: ledger.close_period(NOW.date(), by=by))
        closing.join(0.5)
        assert closing.is_alive()
        assert not ClosedPeriod.objects.exists()
    closing.join(WAIT)

    assert LedgerTransaction.objects.get().posted_on == NOW.date() == ClosedPeriod.objects.get().closed_through
    assert findings() == []


def test_a_posting_that_begins_while_the_books_are_closed_is_posted_on_the_next_open_day(committed_db):
    by = ada()
    with transaction.atomic():
        ledger.close_period(NOW.date(), by=by)
        posting = in_a_thread(booked)
        posting.join(0.5)
        assert posting.is_alive()
    posting.join(WAIT)

    assert LedgerTransaction.objects.get().posted_on == NOW.date() + DAY
    assert findings() == []


def test_a_posting_that_does_not_look_at_closed_days_is_refused_and_comes_again_by_the_queue(db, monkeypatch):
    gift = donation("pending", stripe_payment_intent_id="pi_1")
    event = StripeEvent.objects.create(
        stripe_event_id="evt_1", type="charge.updated", payload="{}", source="webhook", stripe_object_id="ch_1"
    )
    ledger.close_period(NOW.date(), by=ada())

    def book():
        row = Donation.objects.select_for_update().get(pk=gift.pk)
        Donation.objects.filter(pk=row.pk).update(status="succeeded", succeeded_at=NOW)
        row.refresh_from_db()
        row.receipt_orders.create(cause="x")
        ledger.post_donation(row, balance_transaction())
        return reactions.DONE

    monkeypatch.setattr(jobs, "react", lambda _event: book)
    with monkeypatch.context() as without_looking:
        without_looking.setattr(writing, "POSTED_ON", "%s::date")
        jobs.process_events()

    event.refresh_from_db()
    assert (event.status, event.tries, LedgerTransaction.objects.count()) == ("received", 1, 0)
    assert "IntegrityError" in event.reason
    StripeEvent.objects.update(next_attempt_at=timezone.now())
    jobs.process_events()
    assert LedgerTransaction.objects.get().posted_on == NOW.date() + DAY
    assert findings() == []


def test_two_who_close_at_once_close_one_after_the_other(committed_db):
    by, errors = ada(), []

    def close():
        try:
            ledger.close_period(NOW.date(), by=by)
        except PeriodError as error:
            errors.append(error)

    for thread in [in_a_thread(close), in_a_thread(close)]:
        thread.join(WAIT)

    assert (ClosedPeriod.objects.count(), len(errors)) == (1, 1)
