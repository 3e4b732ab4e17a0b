"""Ninety days later: what Stripe told of Dora's gift is let go, and nothing that rests on it notices."""

import datetime as dt
import json

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from blueheart.site_settings.models import SiteSetting
from donations.admin.event_reading import rows_of
from donations.books import findings
from donations.models import LedgerTransaction, StripeEvent
from donations.services import old_events
from donations.services.event_bodies import essence
from donations.services.inbox import process_again
from tests.donations.conftest import books

pytestmark = pytest.mark.django_db


def event(number: int = 1, *, days_old: int = 91, **changes) -> StripeEvent:
    fields = {
        "stripe_event_id": f"evt_{number}", "type": "charge.succeeded", "payload": json.dumps({"id": f"evt_{number}"}),
        "source": "webhook", "status": "processed", "next_attempt_at": None,
        "received_at": timezone.now() - dt.timedelta(days=days_old),
    }  # fmt: skip
    return StripeEvent.objects.create(**fields | changes)


def cut() -> set[str]:
    return set(StripeEvent.objects.exclude(minimised_at=None).values_list("stripe_event_id", flat=True))


def test_nothing_that_rests_on_old_events_notices(dora_gives, worker, sandbox):
    gift = dora_gives()
    sandbox.pay(gift)
    worker()
    gift.refresh_from_db()
    before, known = books(), StripeEvent.objects.count()
    told = {row.pk: rows_of(row) for row in StripeEvent.objects.all()}

    with time_machine.travel(timezone.now() + dt.timedelta(days=91)):
        whole = sum(map(len, StripeEvent.objects.values_list("payload", flat=True)))
        assert (old_events.due().count(), old_events.minimise(), old_events.minimise()) == (known, known, 0)
        left = list(StripeEvent.objects.values_list("payload", flat=True))
        assert sum(map(len, left)) < whole / 3
        assert all(json.loads(body)["data"]["object"].keys() <= {"id", "object", "payment_intent"} for body in left)
        assert {row.pk: rows_of(row) for row in StripeEvent.objects.all()} == told  # staff find them as before

        call_command("check_books", "--stripe")
        process_again(StripeEvent.objects.all(), why="a try")
        worker()
        call_command("recover_events", days=30)
        worker()

    assert (books(), StripeEvent.objects.count()) == (before, known)
    assert set(StripeEvent.objects.values_list("status", flat=True)) <= set(StripeEvent.ENDED)
    assert LedgerTransaction.objects.count() == 1
    assert list(findings()) == []


def test_what_is_young_or_waits_for_somebody_stays_whole():
    event(1, days_old=89)
    event(2, status="shelved", reason="Stripe cannot be asked", shelved_at=timezone.now())
    event(3, status="received", next_attempt_at=timezone.now())
    event(4)
    event(5, status="ignored", reason="not used")

    assert old_events.minimise() == 2
    assert cut() == {"evt_4", "evt_5"}
    assert StripeEvent.objects.get(stripe_event_id="evt_1").payload == '{"id": "evt_1"}'


def test_staff_may_keep_them_for_longer():
    SiteSetting.objects.create(key="gifts-event-days", value=365)
    event(1, days_old=364)
    event(2, days_old=366)

    assert old_events.minimise() == 1
    assert cut() == {"evt_2"}


def test_they_go_some_hundred_at_a_time(monkeypatch):
    monkeypatch.setattr(old_events, "AT_ONCE", 2)
    for number in range(5):
        event(number)

    assert old_events.minimise() == 5


def test_a_damaged_one_of_long_ago_says_why_it_cannot_be_read():
    event(1, type="", payload="no JSON", status="ignored", reason="staff ignore it: of our old shop")
    assert old_events.minimise() == 1

    process_again(StripeEvent.objects.all(), why="a try")

    row = StripeEvent.objects.get()
    assert row.payload == ""
    assert row.reason.startswith("what it told was let go on ")


@pytest.mark.parametrize("body", ["", "[]", '{"data": 1}', '{"data": {"object": null}}', "[" * 100_000])
def test_of_a_body_that_is_no_event_nothing_stays(body):
    assert essence(body) == ""
