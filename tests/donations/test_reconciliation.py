"""The books beside Stripe's list: equal, or exactly what differs."""

import datetime as dt
import os
import re
import time

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from donations import gateway, ledger
from donations.books import findings
from donations.models import Donation, LedgerTransaction, Payout, ReconciliationFinding, ReconciliationRun, StripeEvent
from donations.services.reconciliation import days, reconcile
from tests.donations.stripes_list import book_all, pay_at_once, read
from tests.donations.true_books import check_now, past_the_guards
from tests.office.factories import desk_of

pytestmark = pytest.mark.usefixtures("db")
NOW = dt.timedelta(seconds=1)
# `make reconciliation` asks for ten thousand (BUDGETS.md P12).
PAYMENTS = int(os.environ.get("RECONCILED_PAYMENTS", "600"))


def soon():
    return timezone.now() + NOW


def run(**how):
    return reconcile(**{"since": timezone.now() - dt.timedelta(days=30), "until": soon()} | how)


def found():
    return sorted(ReconciliationFinding.objects.values_list("kind", "stripe_id"))


def test_one_missing_one_extra_one_changed_are_exactly_what_is_found(sandbox, capsys):
    paid = pay_at_once(sandbox, PAYMENTS)
    booked = book_all(paid)
    check_now()
    assert reconcile(since=timezone.now() - dt.timedelta(days=30)).found == 0
    [gone, changed] = [booked[place].stripe_balance_transaction_id for place in (7, 301)]
    sandbox.control("tamper", {"delete": gone})
    altered = sandbox.control("tamper", {"alter": changed, "fields": {"fee": 1, "net": paid[301][1]["amount"] - 1}})
    extra = sandbox.control("tamper", {"add": {"currencies": ["eur"], "days": 0}})["id"]

    begun = time.perf_counter()
    with pytest.raises(CommandError, match="3 findings") as stopped:
        call_command("reconcile_stripe", "--days", "30", "--until", soon().isoformat(), "--verbose")
    seconds = time.perf_counter() - begun

    last = ReconciliationRun.objects.first()
    assert (last.missing_here, last.missing_there, last.different, last.compared) == (1, 1, 1, PAYMENTS)
    assert found() == sorted([("missing-there", gone), ("different", changed), ("missing-here", extra)])
    assert stopped.value.returncode == 1
    said = capsys.readouterr().out
    assert f"different     {changed}  gross {altered['amount']}, fee 1, net {altered['net']} USD" in said
    assert ReconciliationFinding.objects.get(kind="different").donation == booked[301].donation
    assert seconds < 60


def test_the_whole_story_of_money_is_equal_and_every_part_of_it_is_looked_at(client, sandbox, dora_gives, worker):
    gifts = [
        dora_gives(),
        dora_gives(currency="JPY", shown_currency="JPY", preset="3000"),
        dora_gives(interval="month"),
    ]
    for gift in gifts:
        sandbox.pay(gift)
    worker()
    charge = gateway.retrieve_payment(Donation.objects.get(pk=gifts[0].pk).stripe_payment_intent_id).charge_id
    yen = gateway.retrieve_payment(Donation.objects.get(pk=gifts[1].pk).stripe_payment_intent_id).charge_id
    back = sandbox.control("refunds", {"charge": charge, "amount": 500})
    worker()
    sandbox.control("refunds", {"refund": back["id"], "outcome": "failed"})
    lost = sandbox.control("disputes", {"charge": yen, "kind": "chargeback"})
    worker()
    sandbox.control("disputes", {"dispute": lost["id"], "outcome": "won"})
    sandbox.control("adjustments", {"type": "stripe_fee", "amount": -200})
    worker()
    assert (run().found, ReconciliationRun.objects.first().waiting) == (0, 1)  # the fee waits for its payout
    sandbox.settle(3 * 86_400)
    paid_out = sandbox.control("payouts", {"pay_out": True, "arrive": True})["payout"]
    sandbox.settle(3 * 86_400)
    worker()

    last = run(until=timezone.now() + dt.timedelta(days=8))

    assert list(ReconciliationFinding.objects.values_list("kind", "stripe_id", "what")) == []
    assert (last.found, last.waiting, last.failure) == (0, 0, "")
    assert last.compared == LedgerTransaction.objects.count() + Payout.objects.count()
    assert Payout.objects.get().stripe_payout_id == paid_out["id"]
    assert set(LedgerTransaction.objects.values_list("purpose", flat=True)) == {
        "donation", "refund", "refund-failure", "dispute", "dispute-reversal", "stripe-fee", "payout",
    }  # fmt: skip
    assert [str(finding) for finding in findings()] == []


def test_what_differs_is_said_in_full(sandbox):
    paid = pay_at_once(sandbox, 6, days=1)
    booked = book_all(paid)
    ids = [each.stripe_balance_transaction_id for each in booked]
    sandbox.control("tamper", {"alter": ids[0], "fields": {"currency": "eur"}})
    sandbox.control("tamper", {"alter": ids[1], "fields": {"type": "adjustment"}})  # its category stays: no finding
    sandbox.control("tamper", {"alter": ids[2], "fields": {"net": 1}})
    sandbox.control("tamper", {"alter": ids[3], "fields": {"created": paid[3][1]["created"] - 5 * 86_400}})

    last = run()

    assert (last.missing_here, last.missing_there, last.different) == (0, 0, 3)
    said = dict(ReconciliationFinding.objects.values_list("stripe_id", "what"))
    assert set(said) == {ids[0], ids[2], ids[3]}
    assert "EUR" in said[ids[0]]
    assert "do not add up" in said[ids[2]]
    assert f"transaction {booked[3].pk} says" in said[ids[3]]


def test_a_second_posting_another_currency_and_another_rate_are_found(sandbox):
    paid = pay_at_once(sandbox, 3, days=1)
    booked = book_all(paid)
    check_now()
    past_the_guards(
        f"UPDATE donations_ledgertransaction SET purpose = 'suspense' WHERE id = {booked[0].pk}",
        f"UPDATE donations_ledgerentry SET currency = 'CHF' WHERE currency = 'EUR' AND transaction_id = {booked[1].pk}",
        f"UPDATE donations_ledgertransaction SET exchange_rate = 2 WHERE id = {booked[2].pk}",
    )
    ledger.post_donation(booked[0].donation, read(paid[0][1]))

    run()

    said = dict(ReconciliationFinding.objects.values_list("stripe_id", "what"))
    assert "booked 2 times" in said[booked[0].stripe_balance_transaction_id]
    assert "CHF" in said[booked[1].stripe_balance_transaction_id]
    assert "exchanged at 0.00" in said[booked[2].stripe_balance_transaction_id]


def test_a_payment_that_is_processing_is_under_way_and_one_that_failed_is_a_finding(sandbox, dora_gives):
    gift = dora_gives()
    sandbox.pay(gift)
    payment = sandbox.control("truth")["payment_intents"][0]["id"]
    Donation.objects.filter(pk=gift.pk).update(status="processing", stripe_payment_intent_id=payment)

    assert (run().found, run().waiting) == (0, 1)
    Donation.objects.filter(pk=gift.pk).update(status="failed")
    assert (run().missing_here, ReconciliationFinding.objects.get().donation) == (1, gift)


def test_the_last_minutes_are_left_out(sandbox, dora_gives):
    sandbox.pay(dora_gives())

    assert reconcile().compared == 0
    assert run().missing_here == 1


def test_payouts_are_compared_by_amount_and_status(sandbox):
    book_all(pay_at_once(sandbox, 5))
    sandbox.settle(3 * 86_400)
    made = sandbox.control("payouts", {"pay_out": True})["payout"]
    later = timezone.now() + dt.timedelta(days=4)
    assert sorted(kind for kind, _id in found_by(until=later)) == ["missing-here", "missing-here"]
    ours = Payout.objects.create(
        stripe_payout_id=made["id"], amount_minor=made["amount"], currency="USD", status="paid",
        status_as_of=timezone.now(), arrives_on=timezone.now(), created_at=timezone.now(),
    )  # fmt: skip
    ledger.post_payout(ours, gateway.retrieve_payout(made["id"]).moved)
    assert found_by(until=later) == [("different", made["id"])]
    StripeEvent.objects.create(
        stripe_event_id="evt_1", type="payout.paid", payload="{}", source="webhook", stripe_object_id=made["id"]
    )
    assert found_by(until=later) == []
    Payout.objects.update(amount_minor=1)
    assert found_by(until=later) == [("different", made["id"])]
    Payout.objects.update(stripe_payout_id="po_of_ours_alone")
    assert found_by(until=later) == [("missing-here", made["id"]), ("missing-there", "po_of_ours_alone")]


def found_by(**how):
    ReconciliationFinding.objects.all().delete()
    run(**how)
    return found()


def test_stripe_that_cannot_be_asked_is_no_finding_and_has_its_own_exit_code(sandbox):
    sandbox.fault(path="/v1/balance_transactions", status=503, times=2)

    with pytest.raises(CommandError, match="cannot be asked") as stopped:
        call_command("reconcile_stripe")

    assert stopped.value.returncode == 2
    assert ReconciliationRun.objects.get().failure
    assert ReconciliationRun.objects.get().ended_at


def test_equal_books_end_the_command_in_peace(sandbox, capsys):
    book_all(pay_at_once(sandbox, 3, days=1))

    three_days_ago = (timezone.now() - dt.timedelta(days=3)).date()
    call_command("reconcile_stripe", "--since", three_days_ago.isoformat(), "--until", soon().isoformat())

    assert "The books are what Stripe says." in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["--days", "0"], ["--days", "2", "--since", "2026-01-01"], ["--since", "yesterday"]])
def test_the_command_wants_a_period(wrong):
    with pytest.raises(CommandError):
        call_command("reconcile_stripe", *wrong)


def test_check_books_asks_stripe_when_told_to(sandbox, capsys):
    booked = book_all(pay_at_once(sandbox, 3, days=1))
    sandbox.control("tamper", {"delete": booked[1].stripe_balance_transaction_id})

    with pytest.raises(CommandError, match="findings"):
        call_command("check_books", "--stripe")

    said = capsys.readouterr().out
    assert "not true  I13  the Stripe part of the ledger is what Stripe says moved" in said
    assert f"missing-there {booked[1].stripe_balance_transaction_id}: booked as donation" in said


def test_days_are_cut_at_midnight_utc():
    since, until = (dt.datetime(2026, 3, day, hour, tzinfo=dt.UTC) for day, hour in ((1, 5), (3, 7)))

    assert [(begin.day, begin.hour, end.day, end.hour) for begin, end in days(since, until)] == [
        (3, 0, 3, 7), (2, 0, 3, 0), (1, 5, 2, 0),
    ]  # fmt: skip
    midnight = until.replace(hour=0)
    assert list(days(midnight - dt.timedelta(days=1), midnight)) == [(midnight - dt.timedelta(days=1), midnight)]
    assert list(days(until, since)) == []


# In the office


def test_the_last_runs_are_read_in_the_office_and_lead_to_what_they_found(client, sandbox):
    office = desk_of(User.objects.create_superuser("ada", "ada@example.org", "x"))
    runs, details = (reverse(f"admin:donations_reconciliation{name}_changelist") for name in ("run", "finding"))
    paid = pay_at_once(sandbox, 3, days=1)
    booked = book_all(paid)
    sandbox.control("tamper", {"delete": booked[1].stripe_balance_transaction_id})
    last = run()
    gift = booked[1].donation
    assert "The books and Stripe differ" in office.get(reverse("admin:index")).content.decode()

    page = office.get(reverse("admin:donations_reconciliationrun_change", args=[last.pk])).content.decode()
    [link] = re.findall(r'href="([^"]*run__id__exact=[^"]*)"', page)
    found_there = office.get(link).content.decode()

    assert reverse("admin:donations_donation_change", args=[gift.pk]) in found_there
    assert booked[1].stripe_balance_transaction_id in found_there
    assert "1 reconciliation" in office.get(runs, {"found": "newest"}).content.decode()
    ReconciliationRun.objects.create(since=last.since, until=last.until, ended_at=timezone.now())
    assert "0 reconciliations" in office.get(runs, {"found": "newest"}).content.decode()
    assert "1 reconciliation" in office.get(runs, {"found": "any"}).content.decode()
    counts = []
    for more in (0, 30):
        for number in range(more):
            ReconciliationFinding.objects.create(run=last, kind="different", stripe_id=f"txn_{number}", donation=gift)
            ReconciliationRun.objects.create(since=last.since, until=last.until)
        with CaptureQueriesContext(connection) as queries:
            office.get(details)
            office.get(runs)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 30
    assert office.get(reverse("admin:donations_reconciliationrun_add")).status_code == 403
