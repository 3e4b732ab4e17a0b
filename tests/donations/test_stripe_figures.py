"""What `/metrics` says of calls to Stripe and of its events: how many ended how, and how long Stripe took."""

import pytest
import stripe

from donations import jobs
from donations.gateway import GatewayError, client
from donations.models import StripeEvent
from tests.blueheart.figures_told import counted


class Answer:
    last_response = stripe.StripeResponse('{"id": "cs_test_1"}', 200, {})


@pytest.fixture(autouse=True)
def stripe_was_heard(monkeypatch):
    monkeypatch.setattr(client, "_silence", client._Silence())


def calls(raises):
    def ask():
        raise raises

    with pytest.raises(GatewayError):
        client.look(ask)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (stripe.APIConnectionError("timed out"), "failed"),
        (stripe.APIError("sorry", http_status=500), "failed"),
        (stripe.RateLimitError("slowly", http_status=429), "failed"),
        (stripe.InvalidRequestError("no", "amount", http_status=400), "refused"),
        (stripe.InvalidRequestError("no such payment", "id", http_status=404), "refused"),
        (stripe.IdempotencyError("under way", http_status=409), "busy"),
    ],
)
def test_a_call_that_fails_is_counted_by_what_became_of_it(error, outcome):
    with counted("blueheart_stripe_call_seconds_count") as more:
        calls(error)

    assert more == {("outcome", outcome): 1}


def test_a_call_that_was_held_back_is_none_that_stripe_answered(monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0)
    calls(stripe.APIConnectionError("timed out"))
    client._silence.turn.acquire()
    with counted("blueheart_stripe_call_seconds_count") as more, pytest.raises(GatewayError):
        client.call(Answer)

    assert more == {("outcome", "held"): 1}


def test_a_gift_is_a_call_of_the_web_server_and_an_event_of_the_worker(db, sandbox, dora_gives):
    with counted("blueheart_stripe_call_seconds_count") as called:
        gift = dora_gives()
    sandbox.pay(gift)
    for number, (kind, object_id) in enumerate(
        [
            ("checkout.session.completed", gift.stripe_checkout_session_id),
            ("account.updated", "acct_1"),
            ("checkout.session.completed", "cs_test_unknown"),
        ]
    ):
        StripeEvent.objects.create(
            stripe_event_id=f"evt_{number}", type=kind, stripe_object_id=object_id, payload="{}", source="webhook"
        )
    with counted("blueheart_worker_events_total") as booked:
        jobs.process_events()

    assert called == {("outcome", "answered"): 1}
    assert booked == {("outcome", "processed"): 1, ("outcome", "ignored"): 1, ("outcome", "shelved"): 1}


def test_an_event_that_stripe_cannot_be_asked_about_is_put_off(db, sandbox, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    StripeEvent.objects.create(
        stripe_event_id="evt_1",
        type="checkout.session.completed",
        stripe_object_id="cs_test_1",
        payload="{}",
        source="webhook",
    )
    with counted("blueheart_worker_events_total") as booked:
        jobs.process_events()

    assert booked == {("outcome", "later"): 1}
