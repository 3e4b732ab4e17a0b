"""Months and years are closed in order and by two persons, and what was signed is what had been prepared."""

import datetime as dt
import threading

import pytest
import time_machine
from django.db import IntegrityError, connections, transaction

from blueheart.trail.models import Entry
from donations import closing_report, ledger
from donations.books import findings
from donations.models import ClosedPeriod, Closing, LedgerTransaction
from donations.services.closings import (
    ChangedError,
    ClosingError,
    Span,
    closable,
    prepare_closing,
    sign_closing,
    withdraw_closing,
)
from tests.donations.factories import NOW, balance_transaction, donation, staff_member
from tests.donations.true_books import booked

APRIL = dt.datetime(2026, 4, 10, 9, tzinfo=dt.UTC)
MARCH_ENDS = dt.date(2026, 3, 31)
WAIT = 10


@pytest.fixture(autouse=True)
def in_april():
    with time_machine.travel(APRIL, tick=True):
        yield


def on(day):
    return dt.datetime.combine(day, dt.time(12), dt.UTC)


def gift_on(*day):
    return booked(receipt=False, moved=balance_transaction(created_at=on(dt.date(*day))))


def march(**changes):
    return prepare_closing(Span.of_month(2026, 3), **{"by": staff_member("ada")} | changes)


def signed(closing, by="abe"):
    return sign_closing(closing, by=staff_member(by))


def in_a_thread(act):
    def run():
        try:
            act()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


# Two persons


def test_one_prepares_and_another_signs_then_the_days_are_closed(db):
    gift_on(2026, 3, 31)
    closing = march(note="March")
    assert ledger.closed_through() is None

    signed(closing)

    closing.refresh_from_db()
    assert (closing.status, closing.prepared_by.username, closing.signed_by.username) == ("signed", "ada", "abe")
    period = ClosedPeriod.objects.get()
    assert (period.closed_through, period.closing, period.closed_by.username) == (MARCH_ENDS, closing, "abe")
    late = gift_on(2026, 3, 30).ledger_transactions.get()
    assert (late.posted_on, late.is_late) == (dt.date(2026, 4, 1), True)
    assert closing_report.report_of(closing.begins_on, closing.ends_on) == closing.report
    told = Entry.objects.filter(action__startswith="closing.").order_by("pk").values_list("action", "actor__username")
    assert list(told) == [("closing.prepared", "ada"), ("closing.signed", "abe")]
    assert {entry.detail["sha256"] for entry in Entry.objects.filter(action__startswith="closing.")} == {
        closing_report.digest(closing.report)
    }


def test_nobody_signs_what_they_prepared(db):
    closing = march()

    with pytest.raises(ClosingError, match="Somebody else has to sign"):
        signed(closing, by="ada")
    with pytest.raises(IntegrityError, match="closing_is_signed_by_somebody_else"), transaction.atomic():
        Closing.objects.update(status="signed", signed_by=staff_member("ada"), signed_at=APRIL)

    assert ledger.closed_through() is None


def test_what_was_signed_or_withdrawn_has_ended(db):
    first = march()
    withdraw_closing(first, by=staff_member("ada"), why="too early")
    with pytest.raises(ClosingError, match="withdrawn before"):
        signed(first)
    second = march()
    signed(second)

    with pytest.raises(ClosingError, match="signed before"):
        signed(second, by="eve")
    with pytest.raises(ClosingError, match="signed before"):
        withdraw_closing(second, by=staff_member("ada"), why="oh")
    with pytest.raises(ClosingError, match="closed and signed before"):
        march()
    assert Entry.objects.get(action="closing.withdrawn").why == "too early"


def test_who_prepares_again_replaces_what_was_prepared(db):
    first = march()
    assert march() == first
    gift_on(2026, 3, 5)

    second = march()
    third = march(by=staff_member("abe"))

    assert list(Closing.objects.order_by("pk").values_list("pk", "status")) == [
        (first.pk, "withdrawn"), (second.pk, "withdrawn"), (third.pk, "prepared"),
    ]  # fmt: skip
    signed(third, by="ada")


# Which days


@pytest.mark.parametrize("span", [Span.of_month(2026, 4), Span.of_month(2026, 5), Span.of_year(2026)], ids=str)
def test_only_days_that_are_over_are_closed(db, span):
    with pytest.raises(ClosingError, match="not over"):
        prepare_closing(span, by=staff_member())


def test_a_month_is_closed_after_all_earlier_ones_with_postings(db):
    gift_on(2026, 1, 5)
    with pytest.raises(ClosingError, match="2026-01"):
        march()
    assert [str(span) for span in closable()] == ["2026-01"]

    signed(prepare_closing(Span.of_month(2026, 1), by=staff_member()))

    assert [str(span) for span in closable()] == ["2026-02", "2026-03"]
    signed(march())  # nothing was posted in February
    assert ledger.closed_through() == MARCH_ENDS
    assert [str(span) for span in closable()] == ["2026-02"]


def test_an_earlier_month_that_was_posted_to_meanwhile_keeps_it_from_being_signed(db):
    closing = march()
    gift_on(2026, 2, 5)

    with pytest.raises(ClosingError, match="2026-02"):
        signed(closing)


def test_a_year_closes_what_is_open_of_it_and_is_else_the_report_alone(db):
    gift_on(2025, 5, 5)
    assert [str(span) for span in closable()] == ["2025-05", "2025"]
    signed(prepare_closing(Span.of_year(2025), by=staff_member()))
    assert ledger.closed_through() == dt.date(2025, 12, 31)

    may = prepare_closing(Span.of_month(2025, 5), by=staff_member())
    signed(may)

    assert ClosedPeriod.objects.count() == 1
    assert may.report["totals"][0]["received_minor"] == 2500
    assert not hasattr(Closing.objects.get(kind="month"), "closed_period")
    assert ("2025" in map(str, closable()), "2025-05" in map(str, closable())) == (False, False)


def test_a_year_whose_december_is_closed_is_signed_without_closing_anything(db):
    gift_on(2025, 12, 5)
    signed(prepare_closing(Span.of_month(2025, 12), by=staff_member()))
    year = prepare_closing(Span.of_year(2025), by=staff_member())
    signed(year)

    assert ClosedPeriod.objects.get().closing.kind == "month"
    assert (year.report["from"], year.report["through"]) == ("2025-01-01", "2025-12-31")


def test_empty_books_have_nothing_to_close(db):
    assert closable() == []


@pytest.mark.parametrize("text", ["", "x", "2026-", "2026-13", "2026-x", "0001-01", "99999", "²026", "2026-03-01"])
def test_an_address_that_names_no_month(text):
    assert Span.read(text) is None


@pytest.mark.parametrize("text", ["2026", "2026-02"])
def test_an_address_that_names_a_span(text):
    assert str(Span.read(text)) == text


# What happens in between


def test_what_was_posted_meanwhile_is_prepared_again_and_nothing_is_lost(db):
    closing = march()
    late = gift_on(2026, 3, 30).ledger_transactions.get()
    assert late.posted_on == dt.date(2026, 3, 30)

    with pytest.raises(ChangedError) as refused:
        signed(closing)

    assert refused.value.parts == ["entries", "accounts", "totals"]
    closing.refresh_from_db()
    assert (closing.status, ledger.closed_through()) == ("prepared", None)
    signed(march())
    assert Closing.objects.get(status="signed").report["entries"] == late.entries.count()


def test_what_happens_in_the_open_month_does_not_keep_it_from_being_signed(db):
    waiting = donation("processing", created_at=NOW)
    closing = march()
    gift_on(2026, 4, 2)
    type(waiting).objects.filter(pk=waiting.pk).update(status="failed", failure_code="x")

    signed(closing)

    assert [heap["what"] for heap in closing.report["open"]] == ["processing"]


def test_a_closing_of_the_month_waits_no_more_once_its_year_was_signed(db):
    gift_on(2025, 12, 5)
    month = prepare_closing(Span.of_month(2025, 12), by=staff_member())
    signed(prepare_closing(Span.of_year(2025), by=staff_member()))

    signed(month)

    assert ClosedPeriod.objects.get().closing.kind == "year"


# At once


def test_signing_waits_for_a_posting_under_way_and_refuses_for_it(committed_db):
    closing, abe, errors = march(), staff_member("abe"), []

    def sign():
        try:
            sign_closing(closing, by=abe)
        except ChangedError as error:
            errors.append(error)

    with transaction.atomic():
        gift_on(2026, 3, 30)
        signing = in_a_thread(sign)
        signing.join(0.5)
        assert signing.is_alive()
    signing.join(WAIT)

    assert len(errors) == 1
    assert (Closing.objects.get().status, ClosedPeriod.objects.count()) == ("prepared", 0)


def test_a_posting_waits_while_it_is_signed_and_comes_into_the_open_month(committed_db, monkeypatch):
    closing, abe = march(), staff_member("abe")
    recomputing, go_on = threading.Event(), threading.Event()
    compute = closing_report.report_of

    def compute_slowly(*days):
        recomputing.set()
        go_on.wait(WAIT)
        return compute(*days)

    def post():
        # Its day is chosen once the closing is through: the queue comes again after the refusal of a day too early.
        try:
            gift_on(2026, 3, 30)
        except IntegrityError:
            gift_on(2026, 3, 30)

    monkeypatch.setattr(closing_report, "report_of", compute_slowly)
    signing = in_a_thread(lambda: sign_closing(closing, by=abe))
    assert recomputing.wait(WAIT)
    posting = in_a_thread(post)
    posting.join(0.5)
    assert posting.is_alive()
    assert not LedgerTransaction.objects.exists()
    go_on.set()
    signing.join(WAIT)
    posting.join(WAIT)

    assert ledger.closed_through() == MARCH_ENDS
    assert LedgerTransaction.objects.get().posted_on == dt.date(2026, 4, 1)
    assert [found for found in findings() if "receipt" not in str(found).lower()] == []


def test_two_who_sign_at_once_sign_once(committed_db):
    closing, errors = march(), []
    people = [staff_member("abe"), staff_member("eve")]

    def sign(by):
        try:
            sign_closing(closing, by=by)
        except ClosingError as error:
            errors.append(str(error))

    for thread in [in_a_thread(lambda by=by: sign(by)) for by in people]:
        thread.join(WAIT)

    assert errors == ["It was signed before."]
    assert ClosedPeriod.objects.count() == 1


def test_two_who_prepare_at_once_leave_one_closing(committed_db):
    people, errors = [staff_member("abe"), staff_member("eve")], []

    def prepare(by):
        try:
            march(by=by)
        except ClosingError as error:
            errors.append(str(error))

    for thread in [in_a_thread(lambda by=by: prepare(by)) for by in people]:
        thread.join(WAIT)

    assert Closing.objects.filter(status="prepared").count() == 1
    assert all("at this moment" in error for error in errors)
