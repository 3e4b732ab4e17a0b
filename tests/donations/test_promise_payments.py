"""What contributors pay: partial, too much, late, for several instalments, in another currency, reversed."""

import datetime as dt
import threading
import uuid
from decimal import Decimal

import pytest
from django.db import connection, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from blueheart.post.models import Message
from blueheart.trail.models import Entry
from donations.instalments import Planned, planned
from donations.models import ClosedPeriod, ExchangeRate, Instalment, LedgerTransaction, PromisedGift, PromisePayment
from donations.services.promise_payments import (
    Allocation,
    PaymentError,
    Settles,
    record_payment,
    reverse_payment,
    suggest_allocation,
)
from donations.services.promised_gifts import PromiseError
from tests.donations.factories import TODAY, contributor, staff_member
from tests.donations.test_promised_gifts import DAYS, balances, change, pay, promise, rows, true


def parts(payment):
    return [
        (part.instalment and part.instalment.number, part.received_minor, part.amount_minor)
        for part in payment.parts.select_related("instalment")
    ]


def rate(currency, units_per_usd):
    return ExchangeRate.objects.create(
        currency=currency, units_per_usd=Decimal(units_per_usd), valid_from=TODAY, source="test"
    )


def test_one_payment_over_three_instalments(db):
    """CiviCRM: one payment closed one instalment, and the others stayed due."""
    gift = promise(300_00, 300_00, 400_00)
    payment = pay(gift, 750_00)
    assert parts(payment) == [(1, 30000, 30000), (2, 30000, 30000), (3, 15000, 15000)]
    assert rows(gift, "paid_minor") == [(30000,), (30000,), (15000,)]
    assert balances() == {
        ("BANK", "USD"): 750_00, ("PROMISED_GIFTS_RECEIVABLE", "USD"): 250_00,
        ("PROMISED_GIFT_INCOME", "USD"): -1000_00,
    }  # fmt: skip
    assert Entry.objects.get(action="promise-payment.recorded").target_id == str(payment.pk)
    true()


def test_paying_less(db):
    """CiviCRM: a payment below the instalment closed it, or changed what was promised."""
    gift = promise(300_00, 300_00)
    pay(gift, 100_00)
    pay(gift, 150_00)
    gift.refresh_from_db()
    assert (gift.status, gift.amount_minor) == ("open", 600_00)
    assert rows(gift, "amount_minor", "paid_minor") == [(30000, 25000), (30000, 0)]
    true()


def test_paying_more(db):
    """CiviCRM: what was too much vanished, or made an instalment of its own."""
    gift = promise(300_00, 300_00)
    over = pay(gift, 400_00)
    assert parts(over) == [(1, 30000, 30000), (2, 10000, 10000)]
    beyond = pay(gift, 250_00)
    assert parts(beyond) == [(2, 20000, 20000), (None, 5000, 5000)]
    gift.refresh_from_db()
    assert (gift.status, gift.amount_minor, rows(gift)) == ("closed", 600_00, [30000, 30000])
    assert balances() == {("BANK", "USD"): 650_00, ("PROMISED_GIFT_INCOME", "USD"): -650_00}
    true()


def test_money_of_a_contributor_without_a_promise_goes_beyond_all(db):
    payment = record_payment(
        contributor=contributor(), method="cheque", amount_minor=5000, currency="EUR", received_on=TODAY,
        by=staff_member(),
    )  # fmt: skip
    assert parts(payment) == [(None, 5000, 5000)]
    assert balances() == {("BANK", "EUR"): 5000, ("PROMISED_GIFT_INCOME", "EUR"): -5000}
    true()


def test_a_late_payment_settles_the_oldest_instalments_of_several_promises(db):
    giver = contributor()
    old = promise(300_00, 300_00, contributor=giver)
    young = promise(200_00, contributor=giver, instalments=[Planned(200_00, TODAY + dt.timedelta(days=1))])
    payment = pay(old, 600_00)
    assert [(part.instalment.promised_gift_id, part.amount_minor) for part in payment.parts.all()] == [
        (old.pk, 30000), (young.pk, 20000), (old.pk, 10000),
    ]  # fmt: skip
    young.refresh_from_db()
    assert young.status == "closed"
    true()


def test_staff_may_say_themselves_what_a_payment_settles(db):
    gift = promise(300_00, 300_00)
    payment = pay(gift, 350_00, allocations=[Allocation(gift.instalments.get(number=2), 300_00, 300_00)])
    assert parts(payment) == [(2, 30000, 30000), (None, 5000, 5000)]
    assert rows(gift, "paid_minor") == [(0,), (30000,)]
    true()


def test_currency_other_than_the_promises(db):
    """CiviCRM: euros were counted as the dollars that had been promised."""
    gift = promise(300_00, 300_00)
    payment = pay(gift, 400_00, currency="EUR", settles=Settles(450_00, "USD"))
    assert parts(payment) == [(1, 26666, 30000), (2, 13334, 15000)]
    assert balances() == {
        ("BANK", "EUR"): 400_00, ("CURRENCY_EXCHANGE", "EUR"): -400_00,
        ("CURRENCY_EXCHANGE", "USD"): 450_00, ("PROMISED_GIFTS_RECEIVABLE", "USD"): 150_00,
        ("PROMISED_GIFT_INCOME", "USD"): -600_00,
    }  # fmt: skip
    over = pay(gift, 200_00, currency="EUR", settles=Settles(200_00, "USD"))
    assert parts(over) == [(2, 15000, 15000), (None, 5000, 5000)]
    assert balances()["PROMISED_GIFT_INCOME", "EUR"] == -50_00
    true()


def test_the_un_rate_says_what_a_foreign_payment_settles(db):
    gift = promise(300_00, 300_00)
    with pytest.raises(PaymentError, match="no UN rate from JPY to USD"):
        pay(gift, 45_000, currency="JPY")
    rate("JPY", "150")
    assert parts(pay(gift, 45_000, currency="JPY")) == [(1, 45000, 30000)]
    own = promise(1000, contributor=gift.contributor, currency="JPY")
    assert parts(pay(own, 1500, currency="JPY")) == [(1, 1000, 1000), (None, 500, 500)]
    true()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"amount_minor": 0}, "no amount that can be paid"),
        ({"currency": "XXX"}, "no amount that can be paid"),
        ({"method": "stripe"}, "bank, cheque or cash"),
        ({"method": "in-kind"}, "bank, cheque or cash"),
        ({"received_on": dt.date(2999, 1, 1)}, "not come yet"),
        ({"received_on": dt.date(206, 3, 1)}, "before the year 2000"),
        ({"currency": "EUR", "settles": Settles(0, "USD")}, "state what the payment settles"),
        ({"currency": "EUR", "amount_minor": 1, "settles": Settles(600_00, "USD")}, "comes to nothing"),
    ],
)
def test_a_payment_that_makes_no_sense_is_refused(db, wrong, says):
    gift = promise(300_00, 300_00)
    with pytest.raises(PaymentError, match=says):
        pay(gift, **{"amount_minor": 100_00} | wrong)
    assert not PromisePayment.objects.exists()


def test_an_allocation_that_makes_no_sense_is_refused(db):
    gift, foreign = promise(300_00, 300_00), promise(300_00, contributor=contributor("Somebody else"))
    first = gift.instalments.get(number=1)
    for allocations, says in [
        ([Allocation(first, 300_01, 300_01)], "than is outstanding"),
        ([Allocation(first, 100_00, 200_00)], "settles just that"),
        ([Allocation(first, 100_00, 100_00)] * 2, "named twice"),
        ([Allocation(first, 0, 0)], "comes to nothing"),
        ([Allocation(foreign.instalments.get(), 100_00, 100_00)], "another contributor"),
        ([Allocation(row, 300_00, 300_00) for row in gift.instalments.all()], "than was received"),
    ]:
        with pytest.raises(PaymentError, match=says):
            pay(gift, 500_00, allocations=allocations)
    assert not PromisePayment.objects.exists()


def test_a_reversed_payment_is_outstanding_again(db):
    giver = contributor()
    gift, other = promise(300_00, 300_00, contributor=giver), promise(200_00, contributor=giver)
    payment = pay(gift, 900_00)
    before = LedgerTransaction.objects.count()
    reverse_payment(payment, by=staff_member(), why="the cheque bounced")
    reverse_payment(payment, by=staff_member(), why="pressed twice")
    assert LedgerTransaction.objects.count() == before + 1
    assert balances() == {("PROMISED_GIFTS_RECEIVABLE", "USD"): 800_00, ("PROMISED_GIFT_INCOME", "USD"): -800_00}
    assert set(PromisedGift.objects.values_list("status", flat=True)) == {"open"}
    assert rows(gift, "paid_minor") + rows(other, "paid_minor") == [(0,), (0,), (0,)]
    true()


def test_a_reversal_after_other_days_were_agreed_leaves_each_instalment_true(db):
    gift = promise(300_00, 300_00)
    payment = pay(gift, 400_00)
    change("change_schedule", gift, instalments=[Planned(200_00, DAYS[2])])
    assert rows(gift) == [30000, 10000, 20000]
    change("cancel", gift)
    with pytest.raises(PaymentError, match="say why"):
        reverse_payment(payment, by=staff_member(), why=" ")
    reverse_payment(payment, by=staff_member(), why="it bounced")
    gift.refresh_from_db()
    assert (gift.status, rows(gift, "paid_minor", "cancelled_minor")) == ("open", [(0, 0), (0, 0), (0, 20000)])
    assert balances()["PROMISED_GIFTS_RECEIVABLE", "USD"] == 400_00
    true()


def test_what_happened_on_closed_days_is_booked_on_the_first_open_one(db):
    ClosedPeriod.objects.create(closed_through=TODAY, closed_by=staff_member())
    payment = pay(promise(300_00), 300_00)
    booked = payment.ledger_transactions.get()
    assert (booked.happened_at.date(), booked.posted_on) == (TODAY, TODAY + dt.timedelta(days=1))
    true()


def test_a_form_that_is_sent_twice_records_one_payment(db):
    gift, token = promise(300_00), uuid.uuid4()
    assert pay(gift, 100_00, form_token=token) == pay(gift, 100_00, form_token=token)
    assert rows(gift, "paid_minor") == [(10000,)]
    assert Message.objects.filter(kind="promise-payment-received").count() == 1


@pytest.mark.parametrize(
    "changes", [{"amount_minor": 200_00}, {"received_on": TODAY - dt.timedelta(days=1)}, {"reference": "E2E-2"}]
)
def test_another_payment_in_a_form_that_recorded_one_is_refused_not_forgotten(db, changes):
    """Somebody goes back in the browser and types the next payment: it must not be taken for the first one."""
    gift, token = promise(300_00), uuid.uuid4()
    pay(gift, 100_00, form_token=token)
    with pytest.raises(PaymentError, match="another payment already"):
        pay(gift, changes.pop("amount_minor", 100_00), form_token=token, **changes)
    with pytest.raises(PaymentError, match="another payment already"):
        pay(promise(300_00, contributor=contributor(name="Institute")), 100_00, form_token=token)
    assert PromisePayment.objects.count() == 1


def test_a_suggestion_changes_nothing(db):
    gift = promise(300_00, 300_00)
    found = suggest_allocation(gift.contributor, 700_00, "USD", TODAY)
    assert [(each.instalment and each.instalment.number, each.amount_minor) for each in found] == [
        (1, 30000), (2, 30000), (None, 10000),
    ]  # fmt: skip
    assert rows(gift, "paid_minor") == [(0,), (0,)]


def test_two_payments_at_once_settle_no_instalment_twice(committed_db):
    gift, ada = promise(300_00, 300_00), staff_member()
    start, failed = threading.Barrier(4), []

    def teller():
        try:
            start.wait(10)
            pay(gift, 200_00, by=ada)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=teller) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    assert rows(gift, "paid_minor") == [(30000,), (30000,)]
    assert balances() == {("BANK", "USD"): 800_00, ("PROMISED_GIFT_INCOME", "USD"): -800_00}
    true()


AMOUNTS = st.integers(1, 5000)
ACTS = st.one_of(
    st.tuples(st.just("pay"), AMOUNTS, st.sampled_from(["USD", "EUR"])),
    st.tuples(st.just("reverse"), st.integers(0, 5)),
    st.tuples(st.just("amount"), AMOUNTS),
    st.tuples(st.just("schedule"), st.integers(1, 4)),
    st.tuples(st.just("write-off"), st.integers(1, 4)),
    st.tuples(st.just("cancel")),
)


def act_on(gift, act, *given):
    """One act of staff, as any may follow any other."""
    gift = PromisedGift.objects.get(pk=gift.pk)
    outstanding = sum(row.outstanding_minor for row in gift.instalments.all())
    if act == "pay":
        pay(gift, given[0], currency=given[1], settles=Settles(given[0], "USD") if given[1] == "EUR" else None)
    elif act == "reverse":
        booked = PromisePayment.objects.filter(status="booked").order_by("pk")
        for payment in booked[given[0] : given[0] + 1]:
            reverse_payment(payment, by=staff_member(), why="it bounced")
    elif act == "amount":
        change("change_amount", gift, amount_minor=given[0], due_on=DAYS[2])
    elif act == "schedule" and outstanding >= given[0]:
        plan = planned(outstanding, "USD", number=given[0], first_due_on=DAYS[0], every="month")
        change("change_schedule", gift, instalments=plan)
    elif act == "write-off":
        change("write_off", gift, instalment=gift.instalments.filter(number=given[0]).first())
    elif act == "cancel":
        change("cancel", gift)


class WhateverStaffDo(TestCase):
    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(first=st.lists(AMOUNTS, min_size=1, max_size=3), acts=st.lists(ACTS, min_size=3, max_size=9))
    def test_instalments_are_the_promise_and_the_books_are_true(self, first, acts):
        gift = promise(*first)
        for act in acts:
            try:
                act_on(gift, *act)
            except (PromiseError, PaymentError):
                continue
            gift.refresh_from_db()
            found = list(Instalment.objects.filter(promised_gift=gift))
            outstanding = sum(row.outstanding_minor for row in found)
            assert sum(row.amount_minor for row in found) == gift.amount_minor
            assert balances().get(("PROMISED_GIFTS_RECEIVABLE", "USD"), 0) == outstanding
            assert (gift.status == "open") == (outstanding > 0)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        true()
