"""The shelf of Stripe's events: what each means, processed again or ignored for good, always with a reason."""

import json

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.utils import timezone

from blueheart.trail.models import Entry
from donations.books import inbox
from donations.models import StripeEvent
from tests.donations.factories import donation
from tests.office.factories import StaffFactory, desk_of

LIST = "/staff/donations/stripeevent/"


@pytest.fixture
def desk(db):
    return desk_of(StaffFactory(username="ada"))


def shelved(number: int = 1, reason: str = "Stripe cannot be asked: timeout", **changes) -> StripeEvent:
    fields = {
        "stripe_event_id": f"evt_{number}", "type": "payment_intent.succeeded", "payload": "{}", "source": "webhook",
        "status": "shelved", "reason": reason, "shelved_at": timezone.now(), "next_attempt_at": None, "tries": 12,
    }  # fmt: skip
    return StripeEvent.objects.create(**fields | changes)


def decide(desk, event: StripeEvent, act: str, why: str = ""):
    return desk.post(f"{LIST}{event.pk}/decide/", {"act": act, "why": why}, follow=True).content.decode()


def test_page_of_an_event_says_what_to_do_and_leads_to_what_it_touched(desk):
    gift = donation("succeeded")
    body = {"data": {"object": {"id": "ch_1", "payment_intent": gift.stripe_payment_intent_id}}}
    event = shelved(stripe_object_id="ch_1", payload=json.dumps(body))

    page = desk.get(f"{LIST}{event.pk}/change/").content.decode()

    assert "Stripe was away at every try." in page
    assert f'<a href="/staff/donations/donation/{gift.pk}/change/">' in page
    assert "&quot;payment_intent&quot;" in page


def test_event_is_processed_again_with_a_note(desk):
    event = shelved()

    decide(desk, event, "again", why="Stripe is back")

    event.refresh_from_db()
    assert (event.status, event.tries, event.shelved_at) == ("received", 0, None)
    assert Entry.objects.get(action="stripe-event.processed-again").why == "Stripe is back"
    assert "Stripe is back" in desk.get(f"{LIST}{event.pk}/change/").content.decode()


def test_event_is_ignored_for_good_with_a_reason_only(desk):
    event = shelved()

    assert "Write why. Nothing was changed." in decide(desk, event, "ignore")
    decide(desk, event, "ignore", why="of our old shop")

    event.refresh_from_db()
    assert (event.status, event.shelved_at, event.next_attempt_at) == ("ignored", None, None)
    assert event.reason == "staff ignore it: of our old shop\nit was shelved: Stripe cannot be asked: timeout"
    assert Entry.objects.get(action="stripe-event.ignored-for-good").why == "of our old shop"


def test_many_are_processed_again_or_ignored_from_the_list(desk):
    events = [shelved(1), shelved(2), shelved(3)]
    chosen = {"_selected_action": [event.pk for event in events[:2]]}

    page = desk.post(LIST, {"action": "ignore_for_good", **chosen}, follow=True).content.decode()
    assert "Write why. Nothing was changed." in page
    desk.post(LIST, {"action": "ignore_for_good", "note": "not ours", **chosen})
    desk.post(LIST, {"action": "process_again", "note": "again", "_selected_action": [events[2].pk]})

    assert list(StripeEvent.objects.order_by("pk").values_list("status", flat=True)) == [
        "ignored",
        "ignored",
        "received",
    ]
    whys = Entry.objects.filter(action__startswith="stripe-event.", why__gt="").order_by("pk")
    assert list(whys.values_list("why", flat=True)) == ["not ours", "not ours", "again"]


def test_only_what_is_shelved_is_ignored(desk):
    event = shelved(status="processed", reason="", shelved_at=None)

    desk.post(LIST, {"action": "ignore_for_good", "note": "not ours", "_selected_action": [event.pk]})

    event.refresh_from_db()
    assert event.status == "processed"


def test_every_verified_event_still_ends_with_a_reason(desk):
    decide(desk, shelved(), "ignore", why="not ours")

    for check in inbox.CHECKS:
        with connection.cursor() as cursor:
            cursor.execute(check.query)
            assert cursor.fetchall() == []


def test_who_may_only_look_decides_nothing(db):
    reader = StaffFactory(username="reader", is_superuser=False)
    reader.user_permissions.add(Permission.objects.get(codename="view_stripeevent"))
    desk, event = desk_of(reader), shelved()

    assert desk.post(f"{LIST}{event.pk}/decide/", {"act": "ignore", "why": "x"}).status_code == 403
    assert "/decide/" not in desk.get(f"{LIST}{event.pk}/change/").content.decode()
