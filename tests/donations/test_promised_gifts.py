"""Promised gifts: what was said, in which instalments, and what staff change of it. Each act stands in the books."""

import datetime as dt
import uuid

import pytest
from django.db import connection

from blueheart.trail.models import Entry
from donations import books
from donations.instalments import Planned, in_equal_parts, planned, standing
from donations.models import LedgerEntry, PromisedGift
from donations.services import promise_payments, promised_gifts
from donations.services.promised_gifts import PromiseError
from tests.donations.factories import TODAY, contributor, staff_member

DAYS = [TODAY, TODAY.replace(year=TODAY.year + 1), TODAY.replace(year=TODAY.year + 2)]


def plan(*amounts):
    return [Planned(amount, day) for amount, day in zip(amounts, DAYS, strict=False)]


def promise(*amounts, currency="USD", **changes):
    fields = {
        "contributor": changes.pop("contributor", None) or contributor(),
        "amount_minor": sum(amounts),
        "currency": currency,
        "promised_on": TODAY,
        "instalments": plan(*amounts),
        "by": staff_member(),
    }
    return promised_gifts.record_promised_gift(**fields | changes)


def pay(promised_gift, amount_minor, **changes):
    fields = {
        "contributor": promised_gift.contributor,
        "method": "bank",
        "amount_minor": amount_minor,
        "currency": promised_gift.currency,
        "received_on": TODAY,
        "by": staff_member(),
    }
    return promise_payments.record_payment(**fields | changes)


def change(act, promised_gift, **given):
    return getattr(promised_gifts, act)(promised_gift, **{"by": staff_member(), "why": "they wrote to us"} | given)


def rows(promised_gift, *fields):
    return list(
        promised_gift.instalments.order_by("number").values_list(*(fields or ("amount_minor",)), flat=not fields)
    )


def balances():
    """What stands on each account, as {(account, currency): sum}."""
    sums = {}
    for account, currency, amount_minor in LedgerEntry.objects.values_list("account", "currency", "amount_minor"):
        sums[account, currency] = sums.get((account, currency), 0) + amount_minor
    return {key: total for key, total in sums.items() if total}


def true():
    """Everything that COMMIT and the nightly check look at."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert books.findings() == []


def test_equal_parts_leave_the_remainder_to_the_last():
    assert in_equal_parts(100_00, "USD", 3) == [3333, 3333, 3334]
    assert in_equal_parts(1000, "JPY", 3) == [333, 333, 334]
    assert in_equal_parts(100_00, "ISK", 3) == [3300, 3300, 3400]
    with pytest.raises(ValueError, match="cannot be cut"):
        in_equal_parts(2, "USD", 3)


@pytest.mark.parametrize(
    ("first", "every", "days"),
    [
        ("2026-01-31", "month", ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]),
        ("2026-06-30", "quarter", ["2026-06-30", "2026-09-30", "2026-12-31", "2027-03-31"]),
        ("2026-11-30", "quarter", ["2026-11-30", "2027-02-28", "2027-05-31", "2027-08-31"]),
        ("2027-02-28", "year", ["2027-02-28", "2028-02-29", "2029-02-28", "2030-02-28"]),
        ("2026-01-30", "month", ["2026-01-30", "2026-02-28", "2026-03-30", "2026-04-30"]),
        ("2026-11-15", "month", ["2026-11-15", "2026-12-15", "2027-01-15", "2027-02-15"]),
    ],
)
def test_instalments_that_are_generated_meet_the_ends_of_months(first, every, days):
    made = planned(4000, "USD", number=4, first_due_on=dt.date.fromisoformat(first), every=every)
    assert [each.due_on.isoformat() for each in made] == days


def test_a_promise_is_receivable_and_noted(db):
    gift = promise(400_00, 300_00, 300_00)
    assert rows(gift, "number", "amount_minor", "due_on") == [
        (1, 40000, DAYS[0]), (2, 30000, DAYS[1]), (3, 30000, DAYS[2]),
    ]  # fmt: skip
    assert balances() == {("PROMISED_GIFTS_RECEIVABLE", "USD"): 100_000, ("PROMISED_GIFT_INCOME", "USD"): -100_000}
    assert list(gift.changes.values_list("kind", "amount_minor")) == [("recorded", 100_000)]
    assert Entry.objects.get(action="promised-gift.recorded").target_id == str(gift.pk)
    true()


def test_single_instalment(db):
    """CiviCRM: a promise of one instalment had a schedule of none, or of two."""
    made = planned(100_000, "USD", number=1, first_due_on=TODAY, every="year")
    gift = promise(100_000, instalments=made)
    assert rows(gift, "number", "amount_minor", "due_on") == [(1, 100_000, TODAY)]
    assert standing(gift.instalments.all(), TODAY).next_due == gift.instalments.get()
    pay(gift, 100_000)
    gift.refresh_from_db()
    assert gift.status == "closed"
    assert standing(gift.instalments.all(), TODAY).next_due is None
    true()


def test_a_form_that_is_sent_twice_records_one_promise(db):
    token, giver = uuid.uuid4(), contributor()
    assert promise(500, form_token=token, contributor=giver) == promise(500, form_token=token, contributor=giver)
    assert PromisedGift.objects.count() == 1


def test_another_promise_in_a_form_that_recorded_one_is_refused_not_forgotten(db):
    token, giver = uuid.uuid4(), contributor()
    first = promise(500, form_token=token, contributor=giver)
    with pytest.raises(PromiseError, match="another promise already"):
        promise(700, form_token=token, contributor=giver)
    change("change_amount", first, amount_minor=700)
    assert promise(500, form_token=token, contributor=giver) == first


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"amount_minor": 0, "instalments": []}, "no amount that can be promised"),
        ({"currency": "XXX"}, "no amount that can be promised"),
        ({"instalments": []}, "between 1 and 120"),
        ({"instalments": plan(900)}, "is missing"),
        ({"instalments": plan(900, 200)}, "too much"),
        ({"instalments": plan(1100, -100)}, "more than nothing"),
        ({"promised_on": dt.date(2999, 1, 1)}, "not come yet"),
        ({"promised_on": dt.date(206, 3, 1)}, "before the year 2000"),
    ],
)
def test_a_promise_that_makes_no_sense_is_refused(db, wrong, says):
    with pytest.raises(PromiseError, match=says):
        promise(1000, **wrong)
    assert not PromisedGift.objects.exists()


def test_amount_edited_midway(db):
    """CiviCRM: what had been paid was forgotten, or the instalments no longer were the promise."""
    gift = promise(300_00, 300_00, 400_00)
    pay(gift, 400_00)
    change("change_amount", gift, amount_minor=1300_01)
    # Outstanding were 0, 200 and 400; 900.01 are spread in that proportion, the remainder on the last.
    assert rows(gift, "amount_minor", "paid_minor") == [(30000, 30000), (40000, 10000), (60001, 0)]
    change("change_amount", gift, amount_minor=700_00)
    assert rows(gift, "amount_minor", "paid_minor") == [(30000, 30000), (19999, 10000), (20001, 0)]
    assert list(gift.changes.filter(kind="amount").values_list("amount_minor", flat=True)) == [-60001, 30001]
    assert balances()["PROMISED_GIFTS_RECEIVABLE", "USD"] == 300_00
    true()


def test_an_amount_never_comes_to_less_than_what_is_settled(db):
    gift = promise(300_00, 300_00, 400_00)
    pay(gift, 400_00)
    change("write_off", gift, instalment=gift.instalments.get(number=3))
    with pytest.raises(PromiseError, match=r"\$800.00 of it is settled"):
        change("change_amount", gift, amount_minor=799_99)
    change("change_amount", gift, amount_minor=800_00)
    gift.refresh_from_db()
    assert (gift.status, rows(gift)) == ("closed", [30000, 10000, 40000])
    true()


def test_an_instalment_that_comes_to_nothing_goes(db):
    gift = promise(300_00, 300_00, 400_00)
    pay(gift, 300_00)
    change("change_amount", gift, amount_minor=300_00)
    gift.refresh_from_db()
    assert (gift.status, rows(gift)) == ("closed", [30000])
    true()


def test_more_than_a_promise_that_was_fulfilled_is_a_new_instalment(db):
    gift = promise(300_00)
    pay(gift, 300_00)
    with pytest.raises(PromiseError, match="when the difference is due"):
        change("change_amount", gift, amount_minor=500_00)
    change("change_amount", gift, amount_minor=500_00, due_on=DAYS[2])
    gift.refresh_from_db()
    assert (gift.status, rows(gift, "amount_minor", "due_on")) == ("open", [(30000, TODAY), (20000, DAYS[2])])
    true()


def test_other_days_are_for_what_is_outstanding(db):
    gift = promise(300_00, 300_00, 400_00)
    pay(gift, 400_00)
    first = dt.date(2027, 1, 31)
    change("change_schedule", gift, instalments=planned(600_00, "USD", number=4, first_due_on=first, every="month"))
    assert rows(gift, "amount_minor", "paid_minor") == [
        (30000, 30000), (15000, 0), (15000, 0), (10000, 10000), (15000, 0), (15000, 0),
    ]  # fmt: skip
    assert rows(gift, "number") == [(number,) for number in range(1, 7)]
    assert balances()["PROMISED_GIFTS_RECEIVABLE", "USD"] == 600_00
    true()
    with pytest.raises(PromiseError, match="is missing"):
        change("change_schedule", gift, instalments=plan(599_99))
    change("change_schedule", gift, instalments=[Planned(600_00, dt.date(2028, 1, 1))])
    assert rows(gift) == [30000, 10000, 60000]
    true()


def test_an_instalment_with_a_reversed_payment_stays_for_the_books(db):
    gift = promise(300_00, 300_00)
    promise_payments.reverse_payment(pay(gift, 600_00), by=staff_member(), why="it bounced")
    with pytest.raises(PromiseError, match="has to stay"):
        change("change_schedule", gift, instalments=plan(600_00))
    change("change_schedule", gift, instalments=plan(500_00, 50_00, 50_00))
    assert rows(gift) == [50000, 5000, 5000]
    true()


def test_an_instalment_is_written_off_and_the_loss_is_booked(db):
    gift = promise(300_00, 700_00)
    pay(gift, 100_00)
    change("write_off", gift, instalment=gift.instalments.get(number=1))
    gift.refresh_from_db()
    assert (gift.status, rows(gift, "paid_minor", "written_off_minor")) == ("open", [(10000, 20000), (0, 0)])
    assert balances() == {
        ("BANK", "USD"): 100_00, ("PROMISED_GIFTS_RECEIVABLE", "USD"): 700_00,
        ("PROMISED_GIFT_INCOME", "USD"): -1000_00, ("WRITE_OFFS", "USD"): 200_00,
    }  # fmt: skip
    true()


def test_cancelled_and_written_off(db):
    """CiviCRM: a cancelled pledge went on being owed, and one written off counted as paid."""
    gift = promise(300_00, 300_00, 400_00)
    pay(gift, 350_00)
    change("write_off", gift, instalment=gift.instalments.get(number=2))
    change("cancel", gift)
    gift.refresh_from_db()
    assert gift.status == "closed"
    assert rows(gift, "paid_minor", "written_off_minor", "cancelled_minor") == [
        (30000, 0, 0), (5000, 25000, 0), (0, 0, 40000),
    ]  # fmt: skip
    assert balances() == {
        ("BANK", "USD"): 350_00, ("PROMISED_GIFT_INCOME", "USD"): -600_00, ("WRITE_OFFS", "USD"): 250_00,
    }  # fmt: skip
    assert list(gift.changes.values_list("kind", "amount_minor")) == [
        ("cancelled", -40000), ("written-off", -25000), ("recorded", 100_000),
    ]  # fmt: skip
    for act in ("write_off", "cancel"):
        with pytest.raises(PromiseError, match="Nothing is outstanding"):
            change(act, gift)
    true()


def test_a_promise_of_which_nothing_came_is_cancelled(db):
    gift = promise(300_00, 300_00)
    change("cancel", gift)
    gift.refresh_from_db()
    assert (gift.status, balances()) == ("cancelled", {})
    with pytest.raises(PromiseError, match="was cancelled"):
        change("change_amount", gift, amount_minor=700_00)
    true()


@pytest.mark.parametrize(
    ("act", "given"),
    [
        ("change_amount", {"amount_minor": 800_00}),
        ("change_schedule", {"instalments": plan(200_00, 200_00, 200_00)}),
        ("write_off", {}),
        ("cancel", {}),
    ],
)
def test_a_form_that_is_sent_twice_changes_once(db, act, given):
    gift, token = promise(300_00, 300_00), uuid.uuid4()
    change(act, gift, form_token=token, **given)
    before = balances(), gift.changes.count()
    change(act, gift, form_token=token, **given)
    assert (balances(), gift.changes.count()) == before
    with pytest.raises(PromiseError, match="say why"):
        change(act, gift, **given | {"why": " "})
    true()


def test_next_due_while_overdue(db):
    """CiviCRM: the overdue instalment was shown as the next one, and the next one was forgotten."""
    gift = promise(300_00, 300_00, 400_00)
    late = TODAY + dt.timedelta(days=40)
    pay(gift, 100_00)
    now = standing(gift.instalments.all(), late)
    assert (now.overdue_minor, now.overdue_since) == (20000, TODAY)
    assert (now.next_due.number, now.next_due.due_on) == (2, DAYS[1])
    assert (now.paid_minor, now.outstanding_minor) == (10000, 90000)
    on_the_day = standing(gift.instalments.all(), TODAY)
    assert (on_the_day.overdue_minor, on_the_day.next_due.number) == (0, 1)
