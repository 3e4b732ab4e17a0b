"""Where Stripe knocks, and Mallory too."""

import json
import time

import pytest

from donations import jobs
from donations.models import StripeEvent
from donations.signatures import sign
from tests.donations.conftest import SECRET

EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "api_version": "2026-10-28.endive",
    "created": 1_790_000_000,
    "livemode": False,
    "data": {"object": {"id": "cs_test_1", "object": "checkout.session", "livemode": False}},
}


@pytest.fixture
def deliver(client, db, settings):
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]

    def deliver(body, *, secret=SECRET, moment=None, **headers):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        moment = moment or int(time.time())
        headers = {"Stripe-Signature": f"t={moment},v1={sign(body, secret, moment)}"} | headers
        return client.post("/stripe/webhook/", body, content_type="application/json", headers=headers)

    return deliver


def test_an_event_is_stored_as_it_came(deliver):
    assert deliver(EVENT).status_code == 200

    event = StripeEvent.objects.get()
    assert (event.stripe_event_id, event.type, event.stripe_object_id) == ("evt_1", EVENT["type"], "cs_test_1")
    assert (event.status, event.source, event.livemode) == ("received", "webhook", False)
    assert json.loads(event.payload) == EVENT


def test_an_event_delivered_again_is_the_same_row(deliver):
    assert [deliver(EVENT).status_code for _time in range(3)] == [200, 200, 200]

    assert StripeEvent.objects.count() == 1


def test_storing_an_event_is_one_query(deliver, django_assert_num_queries):
    deliver(EVENT)

    with django_assert_num_queries(1):
        deliver(EVENT | {"id": "evt_2"})


@pytest.mark.parametrize(
    "wrong", [{"secret": "whsec_other"}, {"moment": 1}, {"moment": int(time.time()) + 3600}, {"Stripe-Signature": ""}]
)
def test_a_bad_signature_is_answered_400_and_leaves_no_row(deliver, wrong):
    answer = deliver(EVENT, **wrong)

    assert (answer.status_code, StripeEvent.objects.count()) == (400, 0)


def test_without_a_secret_of_ours_nothing_is_taken(deliver, settings):
    settings.STRIPE_WEBHOOK_SECRETS = []

    assert (deliver(EVENT, secret="").status_code, StripeEvent.objects.count()) == (400, 0)


@pytest.mark.parametrize(
    "live",
    [EVENT | {"livemode": True}, EVENT | {"data": {"object": {"id": "cs_live_1", "livemode": True}}}],
)
def test_a_live_event_is_refused_and_leaves_no_row(deliver, live):
    answer = deliver(live)

    assert (answer.status_code, StripeEvent.objects.count()) == (400, 0)


ODD = {
    "no JSON": b"\xff\xfe{",
    "a NUL": b"\x00",
    "a list": b"[]",
    "a number": b"7",
    "nothing": b"",
    "deep": b"[" * 100_000,
    "a long number": b'{"id": ' + b"9" * 5000 + b"}",
    "no event": {"object": "charge", "id": "ch_1", "livemode": False},
    "no livemode": {key: value for key, value in EVENT.items() if key != "livemode"},
    "no id": {key: value for key, value in EVENT.items() if key != "id"},
    "an id that is none": EVENT | {"id": ["evt_1"]},
    "an endless id": EVENT | {"id": "evt_" + "1" * 300},
    "a NUL in the id": EVENT | {"id": "evt_\x00"},
    "half a character in the type": EVENT | {"type": "\ud800"},
    "no type": EVENT | {"type": ""},
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_a_signed_but_odd_body_is_shelved_with_its_reason(deliver, body):
    assert [deliver(body).status_code for _time in range(2)] == [200, 200]

    event = StripeEvent.objects.get()
    assert event.status == "shelved"
    assert event.reason
    assert event.stripe_event_id.startswith("damaged_")


@pytest.mark.parametrize("data", [None, [], {"object": None}, {"object": "cs_test_1"}, {"object": {"id": None}}])
def test_an_event_about_nothing_is_stored_and_ends_by_itself(deliver, data):
    deliver(EVENT | {"data": data, "created": "long ago", "type": "account.updated"})

    jobs.process_events()

    assert StripeEvent.objects.values_list("status", "reason").get() == (
        "ignored",
        "nothing is done on account.updated",
    )


def test_a_damaged_event_processed_again_keeps_its_reason(deliver):
    deliver(b"[]")
    StripeEvent.objects.get().requeue()

    jobs.process_events()

    assert StripeEvent.objects.values_list("status", "reason").get() == ("shelved", "the body is no object")


def test_a_body_above_256_kb_is_refused(deliver):
    answer = deliver(EVENT | {"more": "x" * 256 * 1024})

    assert (answer.status_code, StripeEvent.objects.count()) == (413, 0)


def test_only_post_is_answered(client, db):
    assert client.get("/stripe/webhook/").status_code == 405


def test_the_webhook_sets_no_cookie(deliver):
    assert not deliver(EVENT).cookies
