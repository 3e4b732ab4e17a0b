"""Commands that bring events back, and the one that tries a key."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from blueheart.trail.models import Entry
from donations import jobs
from donations.models import Donation, StripeEvent
from tests.donations.conftest import typed

pytestmark = pytest.mark.usefixtures("db")


def event(number=1, status="shelved", **changes):
    fields = {
        "stripe_event_id": f"evt_{number}",
        "type": "account.updated",
        "payload": "{}",
        "source": "webhook",
        "status": status,
        "reason": "because",
        "next_attempt_at": None,
    }
    return StripeEvent.objects.create(**fields | changes)


def due():
    return sorted(StripeEvent.objects.filter(status="received").values_list("stripe_event_id", flat=True))


def test_shelved_events_are_put_back(capsys):
    event(1)
    event(2, "ignored")

    call_command("replay_events", "--shelved")

    assert due() == ["evt_1"]
    assert capsys.readouterr().out == "1 events are due again.\n"
    assert Entry.objects.get().action == "stripe-event.processed-again"


def test_events_of_a_type_or_by_id_are_put_back():
    event(1)
    event(2, "processed", type="invoice.paid")
    event(3, "ignored")

    call_command("replay_events", "--type", "invoice.paid")
    call_command("replay_events", "evt_3")

    assert due() == ["evt_2", "evt_3"]


def test_replay_wants_to_know_which():
    with pytest.raises(CommandError, match="Say which events"):
        call_command("replay_events")


def test_events_that_no_webhook_brought_are_recovered_once(client, sandbox, capsys):
    client.post("/en/donate/", typed())
    sandbox.pay(Donation.objects.get())

    call_command("recover_events")
    first = StripeEvent.objects.count()
    call_command("recover_events", "--days", "1")

    assert first > 3
    assert StripeEvent.objects.count() == first
    assert set(StripeEvent.objects.values_list("source", flat=True)) == {"recovery"}
    assert f"{first} events in Stripe's list, 0 of them were new." in capsys.readouterr().out
    jobs.process_events(limit=100)
    assert Donation.objects.get().status == "succeeded"


def test_recovering_while_stripe_is_down_says_so(sandbox):
    sandbox.fault(path="/v1/events", status=503, times=2)

    with pytest.raises(CommandError, match="cannot be read"):
        call_command("recover_events")


@pytest.mark.parametrize("days", ["0", "31"])
def test_recovering_goes_back_thirty_days(days):
    with pytest.raises(CommandError, match="30 days"):
        call_command("recover_events", "--days", days)


def test_a_key_is_tried_out_and_nothing_is_kept(sandbox, capsys):
    call_command("check_sandbox")

    said = capsys.readouterr().out
    assert said.count("ok ") == 7
    assert "The donor's journey works with this key." in said
    assert (Donation.objects.count(), StripeEvent.objects.count()) == (0, 0)


@pytest.mark.parametrize("key", ["", "sk_live_1234567890", "rk_live_1", "pk_test_1"])
def test_a_key_that_is_no_test_key_is_refused(settings, key):
    settings.STRIPE_SECRET_KEY = key

    with pytest.raises(CommandError, match="test key"):
        call_command("check_sandbox")


def test_a_key_that_stripe_refuses_is_said_at_the_first_step(sandbox, capsys):
    sandbox.fault(path="/v1/checkout/sessions", status=401)

    with pytest.raises(CommandError, match="a gift of 2500 USD, its pay page"):
        call_command("check_sandbox")
    assert capsys.readouterr().out.count("failed") == 1


def test_events_are_polled_only_without_a_webhook(client, sandbox, settings):
    client.post("/en/donate/", typed())
    assert jobs.poll_events() == 0

    settings.STRIPE_WEBHOOK_SECRETS = []
    first = jobs.poll_events()

    assert first == StripeEvent.objects.count() > 0
    assert jobs.poll_events() == 0
    assert set(StripeEvent.objects.values_list("source", flat=True)) == {"poll"}
    settings.STRIPE_SECRET_KEY = ""
    assert jobs.poll_events() == 0


def test_polling_asks_from_the_newest_event_on(client, sandbox, settings):
    settings.STRIPE_WEBHOOK_SECRETS = []
    client.post("/en/donate/", typed())
    jobs.poll_events()
    newest = StripeEvent.objects.latest("happened_at").happened_at

    jobs.poll_events()

    asked = sandbox.requests("/v1/events")[-1]["params"]["created"]["gte"]
    assert int(asked) == int(newest.timestamp()) - 600


def test_polling_finds_the_present_behind_an_event_of_a_test_clock(client, sandbox, settings):
    settings.STRIPE_WEBHOOK_SECRETS = []
    event(1, happened_at=timezone.now() + dt.timedelta(days=60))
    client.post("/en/donate/", typed())
    sandbox.pay(Donation.objects.get())

    assert jobs.poll_events() > 3


def test_polling_while_stripe_is_down_waits_for_the_next_turn(sandbox, settings):
    settings.STRIPE_WEBHOOK_SECRETS = []
    sandbox.fault(path="/v1/events", status="reset", times=2)

    assert jobs.poll_events() == 0
