"""Money goes back: by one person of the staff, by two, from Stripe's dashboard; and sometimes it comes back."""

import contextlib
import itertools

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from blueheart.trail.models import Entry
from donations import gateway, jobs
from donations.books import findings
from donations.models import GivingCurrency, ReceiptOrder, Refund, RefundRequest, StripeEvent
from donations.services import refunds_at_stripe
from donations.services.fulfilment import book_checkout, look_at_checkout
from donations.services.refund_requests import ask_for_refund_by_donor, decline_request, grant_request
from donations.services.refunds import (
    RefundError,
    approve_refund,
    ask_refund,
    decline_refund,
    refundable,
    try_refund_again,
)
from tests.donations.factories import donation
from tests.donations.money_desk import ada, bea, charge_of, collected, entries, mails, member, pays, refreshed, sums

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def alone():
    """Ada may refund up to 100 dollars by herself."""
    GivingCurrency.objects.filter(currency="USD").update(second_person_from_minor=10_000)
    return ada()


def asked(gift, amount_minor, by, **more):
    return ask_refund(gift, amount_minor=amount_minor, why="given twice", by=by, **more)


def sent(refund):
    jobs.send_refunds()
    return refreshed(refund)


def due_again():
    Refund.objects.exclude(next_attempt_at=None).update(next_attempt_at=timezone.now(), leased_until=None)


def test_refunds_of_parts_are_sent_once_and_booked_once(sandbox, worker, alone):
    gift = collected(sandbox, worker)

    first = asked(gift, 1000, alone, public_id="abcdefghjkmn")
    again = asked(gift, 1000, alone, public_id="abcdefghjkmn")
    assert (first, first.status, refundable(gift).left_minor) == (again, "approved", 1500)
    assert sent(first).status == "succeeded"
    worker()
    second = sent(asked(gift, 1500, alone))
    worker()

    assert (first.source, first.next_attempt_at, second.status) == ("staff", None, "succeeded")
    assert [entries(refund=each) for each in (first, second)] == [
        [("STRIPE_BALANCE", "USD", -1000), ("REFUNDS", "USD", 1000)],
        [("STRIPE_BALANCE", "USD", -1500), ("REFUNDS", "USD", 1500)],
    ]
    assert len(sandbox.requests("/v1/refunds", "POST")) == 2
    assert mails() == ["refund-made", "refund-made"]
    assert set(ReceiptOrder.objects.filter(donation=gift).values_list("cause", flat=True)) == {
        f"donation:{gift.pk}",
        f"refund:{first.pk}:succeeded",
        f"refund:{second.pk}:succeeded",
    }
    assert findings() == []
    with pytest.raises(RefundError, match="Only US"):
        asked(gift, 1, alone)


@pytest.mark.parametrize(("currency", "amount_minor"), [("JPY", 3000), ("KWD", 7500), ("EUR", 2599)])
def test_a_refund_in_any_currency_goes_back_as_it_came(sandbox, worker, currency, amount_minor):
    gift = collected(sandbox, worker, amount_minor, currency)
    GivingCurrency.objects.filter(currency=currency).update(second_person_from_minor=10**9)

    refund = sent(asked(gift, amount_minor, ada()))

    assert refund.status == "succeeded"
    assert sums("REFUNDS", "DONATION_INCOME", donation=gift) == {
        ("REFUNDS", currency): amount_minor,
        ("DONATION_INCOME", currency): -amount_minor,
    }
    jobs.close_windows()
    assert findings() == []


def test_above_the_limit_somebody_else_approves_and_cut_small_it_is_above_it_too(sandbox, worker, alone):
    gift = collected(sandbox, worker, 20_000)
    assert asked(gift, 9_000, alone).status == "approved"

    refund = asked(gift, 1_000, alone)
    assert (refund.status, refund.next_attempt_at) == ("waiting", None)
    assert mails() == ["alert-refund-waiting"] * 1
    for wrong, says in [(alone, "another person"), (member("cy"), "may not approve")]:
        with pytest.raises(RefundError, match=says):
            approve_refund(refund, by=wrong)

    approved = approve_refund(refund, by=bea())

    assert (approved.status, approved.approved_by.username) == ("approved", "bea")
    with pytest.raises(RefundError, match="does not wait"):
        approve_refund(refund, by=approved.approved_by)
    jobs.send_refunds()
    assert list(Refund.objects.values_list("status", flat=True)) == ["succeeded", "succeeded"]
    assert list(Entry.objects.filter(target_id=str(refund.pk)).values_list("action", "actor__username")) == [
        ("refund.approved", "bea"),
        ("refund.asked", "ada"),
    ]


def test_a_second_person_says_no_and_nothing_is_sent(sandbox, worker):
    GivingCurrency.objects.filter(currency="USD").update(second_person_from_minor=20_000)
    gift = collected(sandbox, worker, 20_000)
    refund = asked(gift, 20_000, ada())
    second = bea()
    with pytest.raises(RefundError, match="say why"):
        decline_refund(refund, by=second, why=" ")

    decline_refund(refund, by=second, why="it is a gift")
    jobs.send_refunds()

    assert (refreshed(refund).status, refund.reason) == ("declined", "it is a gift")
    assert sandbox.requests("/v1/refunds", "POST") == []
    assert refundable(gift).left_minor == 20_000


@pytest.mark.parametrize("amount_minor", [0, -1, 2501])
def test_an_amount_that_cannot_be_refunded_is_refused(sandbox, worker, alone, amount_minor):
    gift = collected(sandbox, worker)

    with pytest.raises(RefundError):
        asked(gift, amount_minor, alone)


def test_what_was_never_collected_cannot_be_refunded(alone):
    with pytest.raises(RefundError, match="hold no money"):
        asked(donation("pending"), 100, alone)


def test_a_refund_made_in_the_dashboard_gets_a_row_and_limits_ours(sandbox, worker, alone):
    gift = collected(sandbox, worker)
    waiting = asked(gift, 1000, alone)
    sandbox.control("refunds", {"payment_intent": gift.stripe_payment_intent_id, "amount": 2000})

    worker()

    elsewhere = Refund.objects.get(source="stripe")
    assert (elsewhere.status, elsewhere.amount_minor, elsewhere.requested_by) == ("succeeded", 2000, None)
    assert entries(refund=elsewhere) == [("STRIPE_BALANCE", "USD", -2000), ("REFUNDS", "USD", 2000)]
    # Stripe refuses ours; staff hear of it and call it off.
    assert (sent(waiting).status, waiting.refusals) == ("approved", 1)
    assert waiting.shelved_at
    assert "Stripe refuses it" in waiting.reason
    assert mails() == ["alert-refund-stuck", "refund-made"]
    refunds_at_stripe.call_off_refund(waiting, by=alone, why="the dashboard was quicker")
    assert (refreshed(waiting).status, waiting.shelved_at) == ("canceled", None)
    assert refundable(gift).left_minor == 500
    assert findings() == []


def test_a_refund_that_stripe_refused_is_tried_again_under_a_key_of_its_own(sandbox, worker, alone):
    gift = collected(sandbox, worker)
    refund = asked(gift, 1000, alone)
    sandbox.fault(method="POST", path="/v1/refunds", status=500, stored=True)
    assert sent(refund).shelved_at

    try_refund_again(refund, by=alone, why="Stripe is well again")

    assert sent(refund).status == "succeeded"
    keys = {each["idempotency_key"] for each in sandbox.requests("/v1/refunds", "POST")}
    assert keys == {f"refund-{refund.public_id}", f"refund-{refund.public_id}-1"}
    with pytest.raises(RefundError, match="not set aside"):
        try_refund_again(refund, by=alone, why="")


def test_a_refund_waits_while_stripe_cannot_say_what_was_refunded(sandbox, worker, alone):
    gift = collected(sandbox, worker)
    refund = asked(gift, 1000, alone)
    sandbox.fault(method="GET", path="/v1/refunds", status=500, times=2)

    assert (sent(refund).shelved_at, refund.refusals) == (None, 0)
    due_again()
    jobs.send_refunds()

    assert refreshed(refund).status == "succeeded"


@pytest.mark.parametrize(("status", "then"), [("reset", "again"), (500, "again"), (500, "call off")])
def test_a_refund_whose_answer_got_lost_is_found_and_not_made_twice(sandbox, worker, alone, status, then):
    gift = collected(sandbox, worker)
    refund = asked(gift, 1000, alone)
    sandbox.fault(method="POST", path="/v1/refunds", status=status, after_effect=True, times=2)
    assert sent(refund).status == "approved"

    if then == "call off":
        with pytest.raises(RefundError, match="made this refund meanwhile"):
            refunds_at_stripe.call_off_refund(refund, by=alone, why="it hangs")
    else:
        if refund.shelved_at:
            try_refund_again(refund, by=alone, why="Stripe is well again")
        due_again()
        jobs.send_refunds()

    assert refreshed(refund).status == "succeeded"
    assert Refund.objects.count() == 1
    assert sandbox.api(f"charges/{charge_of(sandbox, gift)}")["amount_refunded"] == 1000
    worker()
    assert findings() == []


def test_a_refund_that_was_called_off_and_made_all_the_same_gets_another_row(sandbox, worker, alone):
    gift = collected(sandbox, worker)
    refund = asked(gift, 1000, alone)
    refunds_at_stripe.call_off_refund(refund, by=alone, why="a mistake")
    gateway.create_refund(
        payment_intent_id=gift.stripe_payment_intent_id, amount_minor=1000, refund=refund.public_id, reason="",
        idempotency_key="late",
    )  # fmt: skip

    worker()

    assert list(Refund.objects.order_by("pk").values_list("status", "source")) == [
        ("canceled", "staff"),
        ("succeeded", "stripe"),
    ]
    assert findings() == []


def test_a_refund_that_fails_comes_back_and_all_hear_of_it(sandbox, worker, alone):
    gift = collected(sandbox, worker)
    refund = sent(asked(gift, 2500, alone))
    before = StripeEvent.objects.count()
    sandbox.control("refunds", {"refund": refund.stripe_refund_id, "outcome": "failed"})
    worker()

    assert (refreshed(refund).status, refund.failure_code) == ("failed", "expired_or_canceled_card")
    assert sums("REFUNDS", "STRIPE_BALANCE", refund=refund) == {}
    assert mails() == ["alert-refund-stuck", "refund-failed", "refund-made"]
    assert refundable(gift).left_minor == 2500
    # It is given again; what we hear of the first is old news then, in whatever order.
    second = sent(asked(gift, 2500, alone))
    for event in StripeEvent.objects.order_by("-pk")[: StripeEvent.objects.count() - before]:
        event.requeue()
    worker()
    assert (refreshed(refund).status, refreshed(second).status) == ("failed", "succeeded")
    assert findings() == []


def test_a_refund_in_place_of_one_that_failed_is_heard_of_first(sandbox, worker, alone):
    gift = collected(sandbox, worker)
    failed = sent(asked(gift, 2500, alone))
    sandbox.control("refunds", {"refund": failed.stripe_refund_id, "outcome": "failed"})
    made = sandbox.control("refunds", {"payment_intent": gift.stripe_payment_intent_id, "amount": 2000})
    StripeEvent.objects.create(
        stripe_event_id="evt_1", type="refund.created", stripe_object_id=made["id"], payload="{}", source="webhook"
    )

    jobs.process_events()

    assert refreshed(failed).status == "failed"
    assert Refund.objects.get(source="stripe").status == "succeeded"
    assert sums("REFUNDS", donation=gift) == {("REFUNDS", "USD"): 2000}


@pytest.mark.parametrize("start", ["pending", "insufficient_funds", "requires_action"])
def test_refunds_under_way_go_on_when_their_time_has_come(sandbox, worker, alone, start):
    gift = collected(sandbox, worker)
    sandbox.control("refunds", {"next": start})
    refund = sent(asked(gift, 2500, alone))
    assert refund.status == ("requires_action" if start == "requires_action" else "pending")
    assert bool(entries(refund=refund)) == (start != "insufficient_funds")
    assert mails() == []

    sandbox.control("refunds", {"refund": refund.stripe_refund_id, "outcome": "succeeded"})
    worker()

    assert (refreshed(refund).status, mails()) == ("succeeded", ["refund-made"])
    assert sums("REFUNDS", refund=refund) == {("REFUNDS", "USD"): 2500}
    assert findings() == []


def test_a_refund_under_way_is_called_off_at_stripe(sandbox, worker, alone):
    gift = collected(sandbox, worker)
    sandbox.control("refunds", {"next": "requires_action"})
    refund = sent(asked(gift, 2500, alone))

    sandbox.api(f"refunds/{refund.stripe_refund_id}/cancel", "POST", {"expand[]": "charge"})
    worker()

    assert (refreshed(refund).status, mails()) == ("canceled", ["alert-refund-stuck", "refund-failed"])
    assert sums("REFUNDS", refund=refund) == {}
    assert findings() == []


def test_a_refund_that_overtakes_its_gift_brings_it_along(sandbox, settings, alone):
    gift = pays(sandbox)
    charge = charge_of(sandbox, gift)
    sandbox.control("refunds", {"charge": charge, "amount": 700})
    StripeEvent.objects.create(
        stripe_event_id="evt_first", type="charge.refunded", stripe_object_id=charge, payload="{}", source="webhook"
    )

    jobs.process_events()

    assert (refreshed(gift).status, Refund.objects.get().status) == ("succeeded", "succeeded")
    assert StripeEvent.objects.get().status == "processed"
    jobs.close_windows()
    assert findings() == []


def test_a_payment_that_was_set_aside_stands_in_suspense_and_is_refunded_from_there(sandbox, worker, alone):
    sandbox.control("clock", {"settle_seconds": 60})
    gift = pays(sandbox, 2600, "JPY", agreed=(2500, "USD"), settled=False)
    book_checkout(look_at_checkout(gift.stripe_checkout_session_id))
    assert (refreshed(gift).status, entries(donation=gift)) == ("quarantined", [])
    with pytest.raises(RefundError, match="hold no money"):
        asked(gift, 100, alone)

    sandbox.settle(60)
    worker()
    worker()
    book_checkout(look_at_checkout(gift.stripe_checkout_session_id))
    assert sums("SUSPENSE", "DONATION_INCOME", donation=gift) == {("SUSPENSE", "JPY"): -2600}

    assert (refundable(gift).received_minor, refundable(gift).currency) == (2600, "JPY")
    GivingCurrency.objects.filter(currency="JPY").update(second_person_from_minor=10_000)
    refund = sent(asked(gift, 2600, alone))
    assert refund.status == "succeeded"
    assert sums("SUSPENSE", "REFUNDS", donation=gift) == {}
    assert ReceiptOrder.objects.count() == 0
    assert findings() == []


def test_a_donor_asks_and_is_answered(sandbox, worker, alone):
    gift = collected(sandbox, worker, 30_000)
    wish = ask_for_refund_by_donor(gift, amount_minor=2000, words="a slip of the finger")
    assert ask_for_refund_by_donor(gift, amount_minor=2000, words="again") == wish
    assert mails() == ["alert-refund-request", "refund-asked"]
    with pytest.raises(RefundError, match="mailed to the donor"):
        decline_request(wish, by=alone, answer="")

    decline_request(wish, by=alone, answer="It was a year ago.")
    assert (refreshed(wish).status, wish.refund) == ("declined", None)
    assert mails()[-1] == "refund-declined"
    with pytest.raises(RefundError, match="decided already"):
        grant_request(wish, by=alone)

    # A second wish is granted; above the limit the donor hears of it once a second person has approved.
    wish = ask_for_refund_by_donor(gift, amount_minor=30_000, words="")
    second = bea()
    refund = grant_request(wish, by=alone)
    assert (refund.status, refund.source, "refund-granted" in mails()) == ("waiting", "donor", False)
    decline_refund(refund, by=second, why="ask again")
    assert (refreshed(wish).status, wish.refund) == ("open", None)
    refund = grant_request(wish, by=alone, amount_minor=25_000, answer="A part of it.")
    approve_refund(refund, by=second)
    assert "refund-granted" in mails()
    assert sent(refund).status == "succeeded"
    assert (refreshed(wish).status, wish.refund) == ("granted", refund)
    assert RefundRequest.objects.count() == 2
    assert findings() == []


def test_refunds_move_along_the_graph_only():
    gift = donation("succeeded", amount_minor=10_000)
    for before, after in itertools.permutations(Refund.Status, 2):
        refund = Refund.objects.create(
            donation=gift, amount_minor=1, currency="USD", status=before, source="stripe",
            stripe_refund_id=f"re_{before}_{after}", next_attempt_at=due(before),
        )  # fmt: skip
        allowed = refund.may_become(after)
        refusal = contextlib.nullcontext() if allowed else pytest.raises(DatabaseError, match="cannot go from")
        with refusal, transaction.atomic():
            Refund.objects.filter(pk=refund.pk).update(status=after, next_attempt_at=due(after))


def due(status):
    return timezone.now() if status == "approved" else None


@pytest.mark.parametrize("change", ["amount_minor = 2", "currency = 'EUR'", "public_id = 'x'"])
def test_what_a_refund_is_about_never_changes(change):
    gift = donation("succeeded")
    Refund.objects.create(
        donation=gift, amount_minor=1, currency="USD", status="pending", source="stripe", stripe_refund_id="re_1",
        next_attempt_at=None,
    )  # fmt: skip

    with pytest.raises(DatabaseError, match="never changes"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE donations_refund SET {change}")


def test_refunds_at_stripe_are_never_more_than_the_charge():
    gift = donation("succeeded")
    fields = {"donation": gift, "currency": "USD", "status": "pending", "source": "stripe", "next_attempt_at": None}
    Refund.objects.create(amount_minor=2500, stripe_refund_id="re_1", **fields)

    with pytest.raises(DatabaseError, match="more than the"), transaction.atomic():
        Refund.objects.create(amount_minor=1, stripe_refund_id="re_2", **fields)
