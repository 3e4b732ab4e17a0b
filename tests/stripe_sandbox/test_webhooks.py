"""Webhooks: signed, repeated, kept over a restart."""

import json

import pytest
import stripe

from tests.stripe_sandbox.desk import SECRET, Receiver, Running, eventually


def test_an_event_is_signed_as_stripe_signs(sandbox, receiver):
    customer = sandbox.v1.customers.create({"name": "Dora"})
    assert eventually(lambda: receiver.types() == ["customer.created"])
    body, headers = receiver.raw[0]
    assert body.startswith(b'{\n  "id": "evt_')
    assert headers["User-Agent"].startswith("Stripe/1.0")
    assert json.loads(body)["data"]["object"]["id"] == customer.id
    assert json.loads(body)["pending_webhooks"] == 1
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(body, headers["Stripe-Signature"], "whsec_another")
    assert eventually(lambda: sandbox.v1.events.list().data[0].pending_webhooks == 0)


def test_a_refused_event_comes_again(sandbox, receiver):
    receiver.refuse = 1
    sandbox.v1.customers.create({"name": "Dora"})
    assert eventually(lambda: sandbox.control("deliveries?state=pending")["deliveries"][:1] != [])
    assert [each.type for each in sandbox.v1.events.list({"delivery_success": False}).data] == ["customer.created"]
    assert eventually(lambda: receiver.types() == ["customer.created"])
    assert eventually(lambda: sandbox.control("deliveries")["deliveries"][0]["state"] == "delivered")
    found = sandbox.control("deliveries")["deliveries"][0]
    assert (found["attempts"], found["last_status"]) == (2, 200)
    assert len(sandbox.v1.events.list({"delivery_success": True}).data) == 1


def test_paused_deliveries_wait(sandbox, receiver):
    sandbox.control("deliveries", {"pause": True})
    sandbox.v1.customers.create({"name": "Dora"})
    assert not eventually(lambda: receiver.events, seconds=0.4)
    sandbox.control("deliveries", {"pause": False})
    assert eventually(lambda: receiver.types() == ["customer.created"])


def test_events_sent_again_in_copies_shuffled_and_in_parallel(sandbox, receiver):
    sandbox.control("deliveries", {"pause": True})
    for number in range(10):
        sandbox.v1.customers.create({"name": f"Dora {number}"})
    told = sandbox.control("deliveries", {"redeliver": "all", "copies": 5, "shuffle": True, "parallel": 8})
    assert (told["sent"], told["delivered"], told["failed"]) == (50, 50, 0)
    assert len(receiver.events) == 50
    assert len({event.id for event in receiver.events}) == 10


def test_old_events_are_no_longer_listed(sandbox):
    sandbox.v1.customers.create({"name": "Dora"})
    sandbox.control("clock", {"advance_seconds": 31 * 86_400, "event_days": 30})
    sandbox.v1.customers.create({"name": "Sam"})
    assert [each.data.object.name for each in sandbox.v1.events.list().data] == ["Sam"]
    sandbox.control("clock", {"event_days": 0})
    assert len(sandbox.v1.events.list().data) == 2


def test_several_endpoints_each_get_what_they_asked_for(sandbox, receiver):
    second = Receiver()
    hook = sandbox.v1.webhook_endpoints.create({"url": second.url, "enabled_events": ["product.created"]})
    sandbox.v1.customers.create({"name": "Dora"})
    sandbox.v1.products.create({"name": "Gift"})
    assert eventually(lambda: sorted(receiver.types()) == ["customer.created", "product.created"])
    deliveries = sandbox.control("deliveries")["deliveries"]
    assert [each["type"] for each in deliveries if each["endpoint_id"] == hook.id] == ["product.created"]
    sandbox.v1.webhook_endpoints.delete(hook.id)
    second.close()


def test_undelivered_events_survive_a_kill(tmp_path, receiver):
    options = ("--state-dir", str(tmp_path), "--webhook-url", receiver.url, "--webhook-secret", SECRET)
    running = Running(*options)
    running.control("deliveries", {"pause": True})
    running.v1.customers.create({"name": "Dora"})
    running.process.kill()
    running.stop()
    assert receiver.events == []

    running = Running(*options)

    assert eventually(lambda: receiver.types() == ["customer.created"])
    running.stop()
