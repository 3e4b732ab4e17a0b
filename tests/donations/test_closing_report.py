"""The report of a closing: what the ledger says as of its last day, the same bytes for the same books."""

import datetime as dt
import hashlib
import json
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from donations import accounts, closing_report, ledger, still_open
from donations.accounts import Period
from donations.closing_report import changed_parts, digest, report_of
from donations.models import ExchangeRate, ReconciliationRun, StripeEvent
from tests.donations.factories import (
    NOW,
    balance_transaction,
    bank_account,
    donation,
    offline_donation,
    promised_gift,
    staff_member,
)
from tests.donations.true_books import booked, dispute, one_of_everything, payout, receipted, refund

MARCH = (dt.date(2026, 3, 1), dt.date(2026, 3, 31))
APRIL = dt.datetime(2026, 4, 2, 12, tzinfo=dt.UTC)


def march():
    return report_of(*MARCH)


def leaves(value):
    if isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    else:
        yield value


def paid(promise, amount_minor, *, on, instalment=None):
    """A payment on the first instalment, or on another, with its posting."""
    payment = promise.contributor.payments.create(
        method="bank", amount_minor=amount_minor, currency=promise.currency, received_on=on, recorded_by=staff_member()
    )
    instalment = instalment or promise.instalments.first()
    part = payment.parts.create(instalment=instalment, received_minor=amount_minor, amount_minor=amount_minor)
    promise.instalments.filter(pk=instalment.pk).update(paid_minor=instalment.paid_minor + amount_minor)
    ledger.post_promise_payment(payment, [part], by=staff_member())
    return payment


def totals_of(report, currency="USD"):
    [totals] = [row for row in report["totals"] if row["currency"] == currency]
    return totals


# The ledger


def test_the_report_is_the_trial_balance_to_the_unit(db):
    one_of_everything()

    report = march()

    lines = accounts.trial_balance(Period(*MARCH))
    assert [
        (row["account"], row["currency"], row["opening_minor"], row["debits_minor"], row["credits_minor"])
        for row in report["accounts"]
    ] == [
        (line.account, line.currency, line.opening_minor, line.debits_minor, line.credits_minor)
        for line in lines
        if line.opening_minor or line.debits_minor or line.credits_minor
    ]
    for currency in ("JPY", "USD"):
        closing = [row["closing_minor"] for row in report["accounts"] if row["currency"] == currency]
        assert sum(closing) == 0 != max(closing)


def test_the_totals_are_what_happened_in_the_period(db):
    one_of_everything()

    totals = totals_of(march())

    # An adjustment of seven cents among the write-offs was reversed today, in another month.
    assert totals == {
        "currency": "USD", "received_minor": 15000, "in_kind_minor": 0, "refunds_minor": 1000, "disputes_minor": 2000,
        "fees_minor": 3688, "promised_minor": 50100, "paid_minor": 40107, "written_off_minor": 9993,
        "granted_minor": 60000, "returned_minor": 0, "outstanding_minor": 0,
    }  # fmt: skip
    [yen] = report_of(dt.date(2026, 1, 1), dt.date(2026, 1, 31))["totals"][:1]
    assert (yen["currency"], yen["received_minor"]) == ("JPY", 3000)  # it happened in January, in its days still open


def test_it_holds_whole_numbers_and_words_alone_and_is_hashed_as_it_is_downloaded(db):
    one_of_everything()
    report = march()

    assert {type(leaf) for leaf in leaves(report)} <= {int, str, type(None)}
    content = closing_report.as_bytes(report)
    assert json.loads(content) == report
    assert digest(report) == hashlib.sha256(content).hexdigest()


def test_what_is_posted_later_changes_no_byte_of_it(db):
    one_of_everything()
    promise = promised_gift((300, 200))
    before = closing_report.as_bytes(march())

    booked(amount_minor=700, currency="CHF", moved=balance_transaction(700, "CHF", 20, created_at=APRIL),
           created_at=APRIL)  # fmt: skip
    paid(promise, 300, on=APRIL.date())
    changed = changed_parts(json.loads(before), march())

    # Its receipt was issued now, in no month that is over; the gift's own month is April.
    assert changed == []
    assert march()["accounts"] == json.loads(before)["accounts"]
    assert closing_report.as_bytes(march()) == before
    assert {row["currency"] for row in report_of(APRIL.date().replace(day=1), dt.date(2026, 4, 30))["totals"]} > {"CHF"}


# Promises


def test_open_promises_are_those_of_the_last_day_and_add_up_to_what_is_receivable(db):
    first, second = promised_gift((500, 300)), promised_gift((900,), currency="EUR")
    undone = paid(first, 500, on=NOW.date())
    paid(second, 400, on=APRIL.date())

    assert [(row["reference"], row["paid_minor"], row["outstanding_minor"]) for row in march()["promises"]] == [
        (first.public_id, 500, 300),
        (second.public_id, 0, 900),
    ]
    assert march()["promises"][0]["instalments"] == [{"due_on": "2027-03-01", "outstanding_minor": 300}]
    assert {row["currency"]: row["outstanding_minor"] for row in march()["totals"]} == {"EUR": 900, "USD": 300}

    # Reversed today: it was paid at the end of March all the same.
    posting = undone.ledger_transactions.get()
    ledger.reverse_record(posting, by=staff_member(), why="another contributor's")
    type(undone).objects.filter(pk=undone.pk).update(status="reversed", reversed_at=timezone.now())
    first.instalments.filter(number=1).update(paid_minor=0)
    now = report_of(NOW.date(), timezone.now().date())["promises"]

    assert march()["promises"][0]["outstanding_minor"] == 300
    assert [(row["paid_minor"], row["outstanding_minor"]) for row in now] == [(0, 800), (400, 500)]


def test_a_schedule_that_was_changed_since_is_not_made_up(db):
    promise = promised_gift((500, 300))
    ledger.post_write_off(promise, 300, on=APRIL.date(), by=staff_member(), why="they said so")
    promise.instalments.filter(number=2).update(written_off_minor=300)

    [row] = march()["promises"]

    assert (row["outstanding_minor"], row["written_off_minor"], row["instalments"]) == (800, 0, [])
    [row] = report_of(dt.date(2026, 4, 1), dt.date(2026, 4, 30))["promises"]
    assert (row["outstanding_minor"], row["instalments"]) == (500, [{"due_on": "2026-03-01", "outstanding_minor": 500}])


# Receipts and rates


def test_receipts_are_told_by_series_with_those_that_were_voided(db):
    with time_machine.travel(NOW):
        last = [receipted(donation("succeeded")) for _turn in range(3)][-1]
    type(last).objects.filter(pk=last.pk).update(voided_at=APRIL, void_reason="refunded")

    code = last.entity.code
    assert march()["receipts"] == [
        {"entity": code, "year": 2026, "issued": 3, "first": 1, "last": 3, "voided": []},
    ]
    assert report_of(dt.date(2026, 4, 1), dt.date(2026, 4, 30))["receipts"] == [
        {"entity": code, "year": 2026, "issued": 0, "first": None, "last": None, "voided": [last.number]},
    ]


def test_rates_are_those_that_stripe_applied_and_that_were_published_by_then(db):
    for rate in ("0.0066410000", "0.0067"):
        booked(amount_minor=3000, currency="JPY", moved=balance_transaction(1992, exchange_rate=Decimal(rate)))
    for day, units in (("2026-02-15", "150.5"), ("2026-04-01", "160")):
        ExchangeRate.objects.create(currency="JPY", units_per_usd=units, valid_from=day, source="UN rates")

    assert march()["rates"] == {
        "applied": [{"of": "JPY", "into": "USD", "count": 2, "lowest": "0.006641", "highest": "0.0067"}],
        "published": [
            {"currency": "JPY", "units_per_usd": "150.5", "valid_from": "2026-02-15", "source": "UN rates"},
        ],
    }


# What is still open


@pytest.fixture
def one_open_of_each(db):
    donation("processing", created_at=NOW)
    donation("processing", created_at=APRIL)
    donation("quarantined", created_at=NOW)
    gift = booked(receipt=False)
    refund(gift, 100, "pending", created_at=NOW)
    dispute(gift, 100, "needs_response")
    payout(5, "in_transit", reconciled_at=None)
    gift.receipt_orders.create(cause="donation:1", created_at=NOW)
    StripeEvent.objects.create(stripe_event_id="evt_1", payload="{}", source="poll", happened_at=NOW)
    ledger.post_suspense(None, 900, "USD", balance_transaction(900))
    run = ReconciliationRun.objects.create(since=NOW, until=NOW, ended_at=NOW, missing_here=1, failure="no answer")
    run.findings.create(kind="missing-here", stripe_id="txn_1", what="a charge")
    statement = bank_account().statements.create(
        file_name="a.csv", digest="0" * 64, format="csv", imported_by=staff_member()
    )
    for position, day in enumerate((NOW, APRIL), 1):
        statement.lines.create(
            position=position, booked_on=day.date(), amount_minor=-70, currency="USD", fingerprint=str(position) * 64
        )
    gone = offline_donation(status="reversed", reason="it bounced", reversed_for="mistake")
    stale = statement.lines.create(
        position=3, booked_on=NOW.date(), amount_minor=gone.amount_minor, currency="USD", fingerprint="3" * 64,
        status="matched",
    )  # fmt: skip
    stale.matches.create(amount_minor=gone.amount_minor, donation=gone, matched_by=staff_member())
    return statement


def test_everything_that_began_by_the_last_day_and_has_not_ended_is_listed_once(
    one_open_of_each, django_assert_num_queries
):
    with django_assert_num_queries(1):
        found = still_open.still_open(MARCH[1])

    assert {heap.name for heap in found} == {heap.name for heap in still_open.heaps(MARCH[1])}
    assert {heap.count for heap in found} == {1}
    [bank] = [heap for heap in march()["open"] if heap["what"] == "bank-lines"]
    line = one_open_of_each.lines.get(position=1)
    assert bank["listed"] == [{"reference": str(line.pk), "day": "2026-03-01", "currency": "USD", "amount_minor": -70}]
    assert march()["open"][0] == {
        "what": "suspense", "count": 1,
        "listed": [{"reference": "USD", "day": None, "currency": "USD", "amount_minor": 900}],
    }  # fmt: skip


def test_what_ended_since_is_no_change_and_what_came_since_is_one(one_open_of_each):
    before = march()
    one_open_of_each.lines.filter(position=1).update(status="ignored", ignored_for="a test")

    assert changed_parts(before, march()) == []

    donation("processing", created_at=NOW)
    assert changed_parts(before, march()) == ["open"]


def test_a_long_heap_is_counted_whole_and_listed_in_part(db, monkeypatch):
    monkeypatch.setattr(still_open, "LISTED", 2)
    for _turn in range(3):
        donation("processing", created_at=NOW)
    before = march()

    [heap] = before["open"]
    assert (heap["count"], len(heap["listed"])) == (3, 2)
    assert changed_parts(before, march()) == []
    donation("processing", created_at=NOW)
    assert changed_parts(before, march()) == ["open"]


def test_another_thing_of_a_kind_that_was_open_is_a_change(db):
    first = donation("processing", created_at=NOW)
    before = march()
    type(first).objects.filter(pk=first.pk).update(status="failed", failure_code="x")

    donation("processing", created_at=NOW)

    assert changed_parts(before, march()) == ["open"]


def test_a_report_asks_the_same_number_of_questions_for_one_gift_and_for_many(db, django_assert_max_num_queries):
    for number in (1, 20):
        for _turn in range(number):
            booked()
            promised_gift((500, 300))
            donation("processing", created_at=NOW)
        with django_assert_max_num_queries(10):
            march()
