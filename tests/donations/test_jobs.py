"""Events that go wrong do not stop the others, and end with a reason."""

import pytest
import stripe

from donations import gateway, jobs, reactions
from donations.models import Donor, StripeEvent

pytestmark = pytest.mark.usefixtures("db")


def event(number, type="checkout.session.completed", object_id="cs_test_1"):
    return StripeEvent.objects.create(
        stripe_event_id=f"evt_{number}", type=type, stripe_object_id=object_id, payload="{}", source="webhook"
    )


def outcome():
    return list(StripeEvent.objects.order_by("stripe_event_id").values_list("status", "tries", "reason"))


def test_an_event_about_something_that_stripe_does_not_know_is_shelved(sandbox):
    event(1)

    jobs.process_events()

    assert outcome() == [("shelved", 1, "Stripe has nothing of it for us: InvalidRequestError 404 resource_missing")]


def test_an_event_that_breaks_us_does_not_stop_the_others(sandbox, monkeypatch):
    def broken(_object_id):
        raise ZeroDivisionError

    monkeypatch.setitem(reactions.REACTIONS, "checkout.session.completed", broken)
    event(1)
    event(2, type="account.updated")

    jobs.process_events()

    assert outcome() == [
        ("received", 1, "ZeroDivisionError while it was booked"),
        ("ignored", 1, "nothing is done on account.updated"),
    ]


def test_an_event_that_always_breaks_us_is_shelved_in_the_end(sandbox, monkeypatch):
    monkeypatch.setitem(reactions.REACTIONS, "checkout.session.completed", lambda _object_id: 1 / 0)
    event(1)

    for _try in range(10):
        StripeEvent.objects.filter(status="received").update(next_attempt_at="2000-01-01T00:00Z")
        jobs.process_events()

    assert outcome() == [("shelved", 8, "ZeroDivisionError while it was booked")]


def test_a_live_object_is_refused_wherever_it_comes_from():
    live = '{"object": "checkout.session", "id": "cs_live_1", "livemode": true}'

    with pytest.raises(gateway.LiveModeError):
        gateway.client.call(lambda: stripe.StripeResponse(live, 200, {}))


def test_an_id_asks_for_that_object_and_nothing_else(sandbox):
    odd = "cs_test_1?expand[]=line_items&/../../balance"

    with pytest.raises(gateway.GatewayMissingError):
        gateway.retrieve_session(odd)
    [asked] = sandbox.requests("checkout")
    assert asked["path"].count("/") == 4
    assert "line_items" not in str(asked["params"])


@pytest.mark.parametrize(
    "changed", [{"leased_until": "2126-01-01T00:00Z"}, {"status": "processed", "next_attempt_at": None}]
)
def test_what_another_worker_holds_or_has_ended_meanwhile_is_not_booked(monkeypatch, changed):
    late = event(1)

    def react(_event):
        StripeEvent.objects.filter(pk=late.pk).update(**changed)
        return book

    def book():
        Donor.objects.create(email="dora@example.org", name="Dora Donor", language="en")
        return reactions.DONE

    monkeypatch.setattr(jobs, "react", react)
    jobs.process_events()

    assert not Donor.objects.exists()
    late.refresh_from_db()
    assert late.status == changed.get("status", "received")


def test_events_are_claimed_without_their_long_payloads(django_assert_num_queries):
    event(1)

    [claimed] = StripeEvent.objects.claim(limit=1)

    assert claimed.get_deferred_fields() == {"payload"}


def test_booking_a_gift_asks_the_database_little(sandbox, dora_gives, django_assert_max_num_queries):
    gift = dora_gives()
    sandbox.pay(gift)
    event(1, object_id=gift.stripe_checkout_session_id)

    # To claim: four. To book: the gift, its new state, the ledger, the receipt's order, the event's end, savepoints.
    with django_assert_max_num_queries(4 + 5 + 2):
        jobs.process_events()

    assert outcome() == [("processed", 1, "")]


def test_an_event_without_an_object_to_look_at_is_shelved(sandbox):
    event(1, object_id="")

    jobs.process_events()

    assert outcome() == [("shelved", 1, "it names no object to look at")]


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1", "pk_test_1"])
def test_a_key_that_is_not_for_tests_is_never_used(settings, key):
    settings.STRIPE_SECRET_KEY = key
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"  # were it used, nobody would hear it

    with pytest.raises(gateway.LiveModeError):
        gateway.retrieve_session("cs_test_1")
