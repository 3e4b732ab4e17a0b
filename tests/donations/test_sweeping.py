"""What stands still is asked about again, as if the lost event had come."""

import datetime as dt
import logging

import pytest
import time_machine
from django.utils import timezone

from blueheart.post.models import Message
from donations import gateway, jobs, sweeping
from donations.books import findings
from donations.models import Dispute, Donation, MonthlyGift, Payout, ReconciliationRun, Refund, StripeEvent
from donations.services.fulfilment import fulfil_checkout
from donations.services.recovery import recover_events
from tests.donations.factories import donation

pytestmark = pytest.mark.usefixtures("db")
LONG_AGO = dt.timedelta(days=20)


def age(rows, **fields):
    rows.update(**{name: timezone.now() - LONG_AGO for name in fields or {"created_at": 0}})


def charge_of(gift):
    gift.refresh_from_db()
    return gateway.retrieve_payment(gift.stripe_payment_intent_id).charge_id


def test_gifts_whose_events_were_lost_are_brought_forward_by_the_sweep(sandbox, dora_gives):
    paid, left, young = dora_gives(), dora_gives(), dora_gives()
    monthly = dora_gives(interval="month")
    waiting = dora_gives()
    sandbox.pay(paid)
    sandbox.pay(monthly)
    sandbox.control("expire", {"session": left.stripe_checkout_session_id})
    sandbox.control("clock", {"settle_seconds": 900})
    sandbox.pay(waiting, settled=False)
    fulfil_checkout(waiting.stripe_checkout_session_id)
    sandbox.settle(900)
    age(Donation.objects.exclude(pk=young.pk))

    assert sweeping.sweep() == 4

    statuses = dict(Donation.objects.values_list("pk", "status"))
    assert statuses == {paid.pk: "succeeded", left.pk: "expired", young.pk: "pending", monthly.pk: "succeeded",
                        waiting.pk: "succeeded"}  # fmt: skip
    assert sweeping.sweep() == 0
    assert StripeEvent.objects.count() == 0


def test_refunds_disputes_payouts_and_monthly_gifts_that_went_quiet_are_asked_about(sandbox, dora_gives, worker):
    refunded, disputed, monthly = dora_gives(), dora_gives(), dora_gives(interval="month")
    for gift in (refunded, disputed, monthly):
        sandbox.pay(gift)
    worker()
    back = sandbox.control("refunds", {"charge": charge_of(refunded), "amount": 500, "state": "pending"})
    claim = sandbox.control("disputes", {"charge": charge_of(disputed), "kind": "chargeback"})
    sandbox.settle(3 * 86_400)
    paid_out = sandbox.control("payouts", {"pay_out": True})["payout"]
    worker()
    sandbox.control("refunds", {"refund": back["id"], "outcome": "succeeded"})
    sandbox.control("disputes", {"dispute": claim["id"], "outcome": "lost"})
    sandbox.control("payouts", {"payout": paid_out["id"], "outcome": "paid"})
    sandbox.api(f"subscriptions/{MonthlyGift.objects.get().stripe_subscription_id}", "DELETE")
    sandbox.settle(3 * 86_400)
    age(Refund.objects)
    age(Dispute.objects, status_as_of=0)
    age(Payout.objects, arrives_on=0, status_as_of=0)
    age(MonthlyGift.objects, status_as_of=0)
    known = StripeEvent.objects.count()

    sweeping.sweep()

    assert Refund.objects.get().status == "succeeded"
    assert Dispute.objects.get().status == "lost"
    assert Payout.objects.get().status == "paid"
    assert Payout.objects.get().reconciled_at
    assert MonthlyGift.objects.get().status == "canceled"
    assert StripeEvent.objects.count() == known
    assert [str(finding) for finding in findings() if finding.check != "I9"] == []


def test_a_sweep_ends_when_stripe_is_away_and_leaves_what_stripe_does_not_know(sandbox, dora_gives, caplog):
    stranger, gift = donation(stripe_checkout_session_id="cs_test_nobody"), dora_gives()
    age(Donation.objects)
    sandbox.fault(path="/v1/checkout/sessions/*", status=503, times=2)

    assert sweeping.sweep() == 0
    assert "stuck checkouts: Stripe cannot be asked" in caplog.text
    sandbox.control("expire", {"session": gift.stripe_checkout_session_id})
    assert sweeping.sweep() == 2
    assert "Stripe has nothing to say of cs_test_nobody" in caplog.text
    stranger.refresh_from_db()
    gift.refresh_from_db()
    assert (stranger.status, gift.status) == ("pending", "expired")


def test_events_of_the_last_hours_are_recovered_page_by_page(sandbox, dora_gives, monkeypatch, caplog):
    sandbox.pay(dora_gives())
    monkeypatch.setattr("donations.services.recovery.AT_ONCE", 2)

    new = sweeping.recover_events()

    assert new == StripeEvent.objects.count() > 4
    assert "were not brought by its webhook" in caplog.text
    assert sweeping.recover_events() == 0
    while jobs.process_events():
        pass
    assert Donation.objects.get().status == "succeeded"


def test_after_days_away_all_is_fetched_that_happened_meanwhile(sandbox, dora_gives):
    sandbox.pay(dora_gives())
    long_ago = timezone.now() - dt.timedelta(days=3)
    StripeEvent.objects.create(
        stripe_event_id="evt_1", type="x", payload="{}", happened_at=long_ago, received_at=long_ago
    )
    sandbox.control("clock", {"advance_seconds": 5 * 60 * 60})

    with time_machine.travel(timezone.now() + dt.timedelta(hours=5)):
        assert sweeping.recover_events() > 4
    assert sweeping.recover_events() == 0


def test_a_portal_that_has_heard_nothing_yet_fetches_all_that_stripe_kept(sandbox, dora_gives):
    sandbox.pay(dora_gives())
    sandbox.control("clock", {"advance_seconds": 29 * 86_400})

    with time_machine.travel(timezone.now() + dt.timedelta(days=29)):
        assert sweeping.recover_events() > 4


def test_what_was_read_stays_when_stripe_goes_away_in_between(sandbox, dora_gives, monkeypatch):
    monkeypatch.setattr("donations.services.recovery.AT_ONCE", 2)
    monkeypatch.setattr("donations.gateway.client.PER_PAGE", 2)
    sandbox.pay(dora_gives())
    sandbox.fault(path="/v1/events", status=503, nth=2, times=2)
    since = timezone.now() - dt.timedelta(hours=1)

    with pytest.raises(gateway.GatewayError):
        recover_events(since)

    assert StripeEvent.objects.count() == 2
    assert recover_events(since).new == StripeEvent.objects.count() - 2


def test_jobs_that_need_stripe_rest_without_a_key(settings):
    settings.STRIPE_SECRET_KEY = ""

    assert (sweeping.sweep(), sweeping.recover_events(), sweeping.reconcile_stripe()) == (0, 0, 0)
    assert ReconciliationRun.objects.count() == 0


def test_the_nightly_comparison_shouts(sandbox, dora_gives, caplog, monkeypatch):
    monkeypatch.setattr("donations.services.reconciliation.SETTLING", -dt.timedelta(seconds=1))
    sandbox.pay(dora_gives())

    assert sweeping.reconcile_stripe() == 1
    assert "the books and Stripe differ: missing-here txn_" in caplog.text
    sandbox.fault(path="/v1/balance_transactions", status=503, times=2)
    assert sweeping.reconcile_stripe() == 0
    assert "could not be compared" in caplog.text


def test_mail_that_does_not_leave_is_shouted_about(caplog):
    caplog.set_level(logging.ERROR)
    soon = timezone.now() + dt.timedelta(days=3)
    for cause, changes in {
        "old": {}, "failing": {"tries": 3, "next_attempt_at": soon}, "for later": {"next_attempt_at": soon},
        "sent": {"status": "sent", "next_attempt_at": None},
    }.items():  # fmt: skip
        Message.objects.create(kind="x", cause=cause, subject_id=1, language="en", **changes)
    age(Message.objects)
    Message.objects.filter(cause="old").update(next_attempt_at=timezone.now() - LONG_AGO)
    Message.objects.create(kind="x", cause="young", subject_id=1, language="en")

    assert sweeping.unsent_mail() == 2
    assert "2 mails have waited for more than an hour" in caplog.text
