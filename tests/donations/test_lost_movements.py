"""Nobody heard of it for longer than Stripe keeps events: its balance still tells what moved."""

import datetime as dt

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from donations import lost_movements, sweeping
from donations.books import findings
from donations.models import Dispute, Donation, LedgerTransaction, MonthlyGift, Payout, Refund, StripeEvent
from tests.donations.money_desk import charge_of

pytestmark = pytest.mark.django_db
AWAY = dt.timedelta(days=75)


def booked():
    rows = LedgerTransaction.objects.exclude(stripe_balance_transaction_id=None)
    return sorted(rows.values_list("stripe_balance_transaction_id", flat=True))


def moved(sandbox):
    return sorted(each["id"] for each in sandbox.control("truth")["balance_transactions"])


def recover(days=90):
    now = timezone.now()
    return lost_movements.recover_movements(now - dt.timedelta(days=days), now + dt.timedelta(minutes=1))


def test_all_that_moved_is_booked_once_from_the_balance(sandbox, dora_gives):
    once, refunded, disputed, monthly = (dora_gives(interval=each) for each in ("once", "once", "once", "month"))
    for gift in (once, refunded, disputed, monthly):
        sandbox.pay(gift)
    sandbox.control("refunds", {"charge": charge_of(sandbox, refunded), "amount": 500})
    sandbox.control("disputes", {"charge": charge_of(sandbox, disputed), "kind": "chargeback"})
    sandbox.settle(3 * 86_400)
    sandbox.control("adjustments", {"type": "stripe_fee", "amount": -20})
    with time_machine.travel(timezone.now() + dt.timedelta(days=3)):
        first = recover()
        second = recover()

    assert (first.lost, first.booked, first.left) == (len(moved(sandbox)), len(moved(sandbox)) - 1, 1)
    assert (second.lost, second.booked) == (1, 0)
    assert set(Donation.objects.values_list("status", flat=True)) == {"succeeded"}
    assert (Refund.objects.count(), Dispute.objects.count(), MonthlyGift.objects.count()) == (1, 1, 1)
    assert StripeEvent.objects.count() == 0
    assert findings() == []


def test_a_payout_is_booked_with_all_that_it_takes_along(sandbox, dora_gives):
    sandbox.pay(dora_gives())
    sandbox.settle(3 * 86_400)
    sandbox.control("payouts", {"pay_out": True, "arrive": True})

    with time_machine.travel(timezone.now() + dt.timedelta(days=3)):
        found = recover()

    assert booked() == moved(sandbox)
    assert found.left == 0
    assert Payout.objects.get().reconciled_at
    assert findings() == []


def test_who_was_away_for_longer_than_stripe_keeps_events_misses_no_charge(sandbox, dora_gives, worker, caplog):
    monthly = dora_gives(interval="month")
    sandbox.pay(monthly)
    worker()
    late = dora_gives(email="nadia@example.org")
    sandbox.pay(late)
    sandbox.control("clock", {"event_days": 30})
    sandbox.control("clock", {"advance_months": 1})
    sandbox.control("clock", {"advance_seconds": int(AWAY.total_seconds()) - 31 * 86_400})

    with time_machine.travel(timezone.now() + AWAY):
        # The web server was back before the worker.
        StripeEvent.objects.create(stripe_event_id="evt_1", type="x", payload="{}", happened_at=timezone.now())
        sweeping.recover_events()
        worker()

    assert "is longer than Stripe keeps them" in caplog.text
    assert booked() == moved(sandbox)
    late.refresh_from_db()
    assert late.status == "succeeded"
    assert findings() == []


def test_the_command_says_what_it_booked_and_what_is_left(sandbox, dora_gives, capsys):
    sandbox.pay(dora_gives())
    sandbox.settle(2)

    with time_machine.travel(timezone.now() + dt.timedelta(minutes=1)):
        call_command("recover_movements")
        call_command("recover_movements", "--days", "1")

    assert capsys.readouterr().out.splitlines() == [
        "1 movements in Stripe's list: 1 were in no book, 1 of them are booked now, 0 wait for their payout or for a "
        "person.",
        "1 movements in Stripe's list: 0 were in no book, 0 of them are booked now, 0 wait for their payout or for a "
        "person.",
    ]


def test_what_cannot_be_booked_stops_nothing_else(sandbox, dora_gives, monkeypatch, caplog):
    good, bad = dora_gives(), dora_gives(email="nadia@example.org")
    for gift in (good, bad):
        sandbox.pay(gift)
    wrong = charge_of(sandbox, bad)

    def odd(movement):
        if movement.source_id == wrong:
            raise ValueError("odd")
        return book(movement)

    book = lost_movements.book_movement
    monkeypatch.setattr(lost_movements, "book_movement", odd)

    assert recover().left == 1
    assert f"of {wrong} cannot be booked" in caplog.text
    assert sorted(Donation.objects.values_list("status", flat=True)) == ["pending", "succeeded"]


def test_what_stripe_says_nothing_of_is_left(sandbox, dora_gives, caplog):
    sandbox.pay(dora_gives())
    sandbox.fault(path="/v1/charges/*", status=404)

    assert recover().left == 1
    assert "Stripe has nothing to say of ch_" in caplog.text


@pytest.mark.parametrize("path", ["/v1/balance_transactions", "/v1/charges/*"])
def test_while_stripe_is_down_it_says_so(sandbox, dora_gives, path):
    sandbox.pay(dora_gives())
    sandbox.fault(path=path, status=503, times=2)

    with (
        time_machine.travel(timezone.now() + dt.timedelta(minutes=1)),
        pytest.raises(CommandError, match="cannot be read"),
    ):
        call_command("recover_movements")


def test_days_count_from_one():
    with pytest.raises(CommandError, match="from 1"):
        call_command("recover_movements", "--days", "0")
