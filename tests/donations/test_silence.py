"""While Stripe is silent, donors who wait for it do not keep all others from the site."""

import threading

import pytest
import stripe

from donations.gateway import GatewayError, client

WAIT = 10


class Answer:
    last_response = stripe.StripeResponse('{"id": "cs_test_1"}', 200, {})


def silent():
    raise stripe.APIConnectionError("timed out")


@pytest.fixture(autouse=True)
def stripe_was_silent(monkeypatch):
    monkeypatch.setattr(client, "_silence", client._Silence())
    monkeypatch.setattr(client, "TIMEOUT_SECONDS", 0)
    with pytest.raises(GatewayError):
        client.call(silent)


def test_one_call_goes_on_asking_and_the_others_fail_at_once():
    asking, may_answer, answers = threading.Event(), threading.Event(), []

    def slow():
        asking.set()
        may_answer.wait(WAIT)
        return Answer()

    patient = threading.Thread(target=lambda: answers.append(client.call(slow)))
    patient.start()
    asking.wait(WAIT)
    with pytest.raises(GatewayError, match="another call waits"):
        client.call(Answer)
    may_answer.set()
    patient.join(WAIT)

    assert answers == [{"id": "cs_test_1"}]
    assert client._silence.until == 0
    assert client.call(Answer) == {"id": "cs_test_1"}


def test_a_second_silence_leaves_the_turn_to_the_next():
    with pytest.raises(GatewayError, match="APIConnectionError"):
        client.call(silent)

    assert client.call(Answer) == {"id": "cs_test_1"}
