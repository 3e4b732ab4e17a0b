"""What each kind of event makes us do, and what happens where one overtakes what it rests on."""

import random

import pytest

from blueheart.post.models import Message
from donations import jobs
from donations.books import findings
from donations.models import Donation, MonthlyGift, Refund, StripeEvent
from donations.reactions import REACTIONS
from tests.donations.money_desk import charge_of, pays, refreshed, sums

pytestmark = pytest.mark.usefixtures("db")

# The list; `invoice.upcoming` and the words about monthly gifts have their own stories.
WANTED = {
    "checkout.session.completed", "checkout.session.expired", "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed", "payment_intent.payment_failed",
    "charge.refunded", "refund.created", "refund.updated", "refund.failed",
    "charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed", "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated", "radar.early_fraud_warning.created",
    "invoice.paid", "invoice.payment_failed", "invoice.payment_action_required", "invoice.upcoming",
    "customer.subscription.updated", "customer.subscription.deleted", "customer.subscription.paused",
    "payout.paid", "payout.failed", "payout.reconciliation_completed",
}  # fmt: skip
# Beside it: older names of the same, the first word about a payout, and what Stripe says late.
MORE = {
    "charge.updated", "charge.refund.updated", "radar.early_fraud_warning.updated", "payout.created", "payout.updated",
    "payout.canceled", "customer.subscription.resumed", "invoice.marked_uncollectible", "invoice.voided",
}  # fmt: skip


def hint(kind, about):
    number = StripeEvent.objects.count()
    return StripeEvent.objects.create(
        stripe_event_id=f"evt_{number}", type=kind, stripe_object_id=about, payload="{}", source="webhook"
    )


def ends(*hints):
    while jobs.process_events():
        pass
    return [refreshed(each).status for each in hints]


def test_every_event_of_stripes_story_has_its_reaction():
    assert set(REACTIONS) == WANTED | MORE


def test_anything_else_is_acknowledged_and_listed_as_ignored():
    other = hint("charge.succeeded", "ch_1")

    assert ends(other) == ["ignored"]
    assert refreshed(other).reason == "nothing is done on charge.succeeded"


def test_a_card_that_is_declined_leaves_the_page_open_and_says_why(sandbox):
    gift = pays(sandbox, card="4000000000000002")
    payment = sandbox.api(f"checkout/sessions/{gift.stripe_checkout_session_id}")["payment_intent"]

    assert ends(hint("payment_intent.payment_failed", payment)) == ["processed"]
    assert (refreshed(gift).status, gift.failure_code) == ("pending", "generic_decline")

    sandbox.pay(gift)
    ends(hint("checkout.session.completed", gift.stripe_checkout_session_id))
    assert (refreshed(gift).status, gift.failure_code) == ("succeeded", "")


def test_a_payment_that_carries_our_mark_without_a_donation_is_shelved(sandbox):
    gift = pays(sandbox)
    charge = charge_of(sandbox, gift)
    session = sandbox.api(f"checkout/sessions/{gift.stripe_checkout_session_id}")
    sandbox.control("refunds", {"charge": charge, "amount": 100})
    lost = "zzzzzzzzzzzz"
    sandbox.api(f"payment_intents/{session['payment_intent']}", "POST", {"metadata[donation]": lost})

    hints = [hint("payment_intent.payment_failed", session["payment_intent"]), hint("charge.refunded", charge)]

    assert ends(*hints) == ["shelved", "shelved"]
    assert "carries our mark, but what it belongs to is not here" in refreshed(hints[0]).reason


def test_what_overtakes_the_fee_of_its_gift_waits_for_it(sandbox):
    sandbox.control("clock", {"settle_seconds": 3600})
    gift = pays(sandbox, settled=False)
    charge = charge_of(sandbox, gift)
    warned = sandbox.control("fraud_warnings", {"charge": charge})
    waits = hint("radar.early_fraud_warning.created", warned["id"])

    assert ends(waits) == ["received"]
    assert "Stripe has not said yet what it kept" in refreshed(waits).reason

    sandbox.settle(3600)
    StripeEvent.objects.update(next_attempt_at=waits.received_at)
    assert ends(waits, hint("charge.updated", charge)) == ["processed", "ignored"]
    assert (refreshed(gift).status, gift.fraud_warnings.count()) == ("succeeded", 1)


def test_a_refund_of_a_month_overtakes_its_charge(sandbox, dora_gives, worker, settings):
    """The charges of monthly gifts carry no mark of ours: their invoices lead to the gift."""
    first = dora_gives(interval="month")
    sandbox.pay(first)
    worker()
    sandbox.control("clock", {"advance_months": 1})
    sandbox.settle()
    renewal = [each for each in sandbox.control("truth")["charges"] if each["status"] == "succeeded"][-1]
    sandbox.control("refunds", {"charge": renewal["id"], "amount": 500})

    assert ends(hint("charge.refunded", renewal["id"])) == ["processed"]

    second = Donation.objects.exclude(pk=first.pk).get()
    assert (second.status, Refund.objects.get().donation, Refund.objects.get().amount_minor) == (
        "succeeded",
        second,
        500,
    )
    worker()
    assert findings() == []


def test_a_charge_that_failed_overtakes_the_beginning_of_its_monthly_gift(sandbox, dora_gives):
    sandbox.pay(dora_gives(interval="month"), card="4000000000000341")
    sandbox.control("clock", {"advance_months": 1})
    (invoice,) = [each for each in sandbox.control("truth")["invoices"] if each["status"] == "open"]

    assert ends(hint("invoice.payment_failed", invoice["id"])) == ["processed"]

    gift = MonthlyGift.objects.get()
    assert (gift.failing_invoice_id, Donation.objects.get().status) == (invoice["id"], "succeeded")
    assert Message.objects.filter(kind="charge-failed", subject_id=gift.pk).count() == 1


def test_hints_about_refunds_shuffled_and_repeated_come_to_the_same(sandbox):
    """One failed, one was made in its place: whichever is heard of first, the books end the same."""
    for seed in range(6):
        gift = pays(sandbox)
        charge = charge_of(sandbox, gift)
        failed = sandbox.control("refunds", {"charge": charge, "amount": 2500})["id"]
        sandbox.control("refunds", {"refund": failed, "outcome": "failed"})
        made = sandbox.control("refunds", {"charge": charge, "amount": 2000})["id"]
        told = [
            ("checkout.session.completed", gift.stripe_checkout_session_id), ("charge.refunded", charge),
            ("refund.created", failed), ("refund.failed", failed), ("refund.created", made),
            ("charge.refunded", charge), ("charge.refund.updated", failed), ("refund.updated", made),
        ]  # fmt: skip
        random.Random(seed).shuffle(told)

        hints = [hint(*each) for each in told]

        assert set(ends(*hints)) == {"processed"}
        assert sums("REFUNDS", donation=gift) == {("REFUNDS", "USD"): 2000}
        assert sorted(gift.refunds.values_list("status", flat=True)) == ["failed", "succeeded"]
    jobs.close_windows()
    assert findings() == []
