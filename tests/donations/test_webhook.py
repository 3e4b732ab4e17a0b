"""Where Stripe knocks, and Mallory too."""

import json
import time
from unittest.mock import patch

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import UnreadablePostError

from donations import jobs, reactions
from donations.models import StripeEvent
from donations.services.inbox import process_again
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


def test_a_damaged_event_that_we_have_learnt_to_read_becomes_what_it_is(deliver):
    deliver(EVENT)
    StripeEvent.objects.update(
        stripe_event_id="damaged_1", type="", status="shelved", reason="odd", next_attempt_at=None
    )

    process_again(StripeEvent.objects.all(), why="by hand")

    event = StripeEvent.objects.get()
    assert (event.stripe_event_id, event.type, event.status) == ("evt_1", EVENT["type"], "received")
    assert event.stripe_object_id == "cs_test_1"


def test_a_damaged_event_that_also_came_whole_says_so(deliver):
    deliver(EVENT)
    deliver(b"[]")
    StripeEvent.objects.filter(type="").update(payload=json.dumps(EVENT))

    process_again(StripeEvent.objects.filter(type=""), why="by hand")
    jobs.process_events()

    damaged = StripeEvent.objects.get(type="")
    assert (damaged.status, damaged.reason) == ("shelved", "it is evt_1, which came in whole, too")


@pytest.mark.parametrize("version", ["2020-08-27", "2026-10-28.endive", None])
def test_an_event_of_another_api_version_is_worked_on_and_says_so(deliver, version):
    deliver(EVENT | {"api_version": version, "type": "payout.updated", "data": {"object": {"id": "po_1"}}})
    with patch.dict(reactions.REACTIONS, {"payout.updated": lambda _object_id: lambda: reactions.DONE}):
        jobs.process_events()

    event = StripeEvent.objects.get()
    assert event.status == "processed"
    assert ("only its ids were used" in event.reason) == (version == "2020-08-27")


@pytest.mark.parametrize(
    ("length", "status"), [("", 411), ("-1", 411), ("٣", 411), ("9" * 5000, 413), (str(256 * 1024 + 1), 413)]
)
def test_a_body_that_does_not_say_how_long_it_is_is_not_read(client, db, length, status):
    answer = client.generic("POST", "/stripe/webhook/", b"{}", CONTENT_LENGTH=length)

    assert (answer.status_code, StripeEvent.objects.count()) == (status, 0)


def test_a_body_that_breaks_off_is_no_error_of_ours(client, db, monkeypatch):
    def broken(_request):
        raise UnreadablePostError

    monkeypatch.setattr(WSGIRequest, "body", property(broken))

    assert client.post("/stripe/webhook/", b"{}", content_type="application/json").status_code == 400


@pytest.mark.parametrize("place", [0, 1])
def test_any_of_several_secrets_signs(deliver, settings, place):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_old", "whsec_new"]

    assert deliver(EVENT, secret=settings.STRIPE_WEBHOOK_SECRETS[place]).status_code == 200


def test_a_body_above_256_kb_is_refused(deliver):
    answer = deliver(EVENT | {"more": "x" * 256 * 1024})

    assert (answer.status_code, StripeEvent.objects.count()) == (413, 0)


def test_only_post_is_answered(client, db):
    assert client.get("/stripe/webhook/").status_code == 405


def test_the_webhook_sets_no_cookie(deliver):
    assert not deliver(EVENT).cookies
