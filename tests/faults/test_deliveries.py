"""Ten thousand deliveries, a thousand races, a hundred posts: each effect once."""

import json
import random
import threading
import uuid

from django.test import Client

from blueheart.post.models import Message
from donations import jobs
from donations.books import findings
from donations.models import Donation, LedgerTransaction, StripeEvent
from donations.services import fulfil_checkout
from tests.donations.conftest import typed
from tests.donations.crowd import all_events, at_once, deliver, drain
from tests.faults.length import LENGTH
from tests.faults.results import note

COPIES, WORKERS, PAIRS_AT_ONCE = 10, 3, 8
WISHES = (
    {"preset": "2500"},
    {"preset": "1000", "interval": "month"},
    {"preset": "3000", "currency": "JPY", "shown_currency": "JPY"},
    {"preset": "3000", "currency": "KWD", "shown_currency": "KWD"},
)


def give(number):
    """One of the wishes, from a network and a person of its own."""
    address = f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"
    wish = typed(email=f"dora{number}@example.org", **WISHES[number % len(WISHES)])
    answer = Client().post("/en/donate/", wish, REMOTE_ADDR=address)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return Donation.objects.get(checkout_url=answer.url)


def test_ten_thousand_deliveries_of_a_thousand_events_have_a_thousand_effects(committed_db, sandbox, site):
    events, number = [], 0
    while len(events) < LENGTH.events:
        for _gift in range(20):
            sandbox.pay(give(number))
            number += 1
        events = all_events(sandbox)
    deliveries = [json.dumps(event).encode() for event in events] * COPIES
    random.Random(11).shuffle(deliveries)
    stop = threading.Event()
    workers = [threading.Thread(target=drain, args=(stop,)) for _worker in range(WORKERS)]
    for worker in workers:
        worker.start()

    statuses = at_once(lambda body: deliver(site, body), deliveries)
    stop.set()
    for worker in workers:
        worker.join(300)

    assert set(statuses) == {200}
    assert StripeEvent.objects.count() == len(events)
    assert not StripeEvent.objects.filter(status__in=["received", "shelved"]).exists()
    assert Donation.objects.filter(status="succeeded").count() == LedgerTransaction.objects.count() == number
    assert Message.objects.filter(kind="donation-received").count() == number
    moved = sandbox.control("truth?only=balance_transactions")["balance_transactions"]
    booked = LedgerTransaction.objects.filter(entries__account="STRIPE_BALANCE")
    assert dict(booked.values_list("stripe_balance_transaction_id", "entries__amount_minor")) == {
        each["id"]: each["net"] for each in moved
    }
    assert findings() == []
    note(
        "1 deliveries, four kinds of gift", "Every answer was 200, every event had its effect once, to the minor unit.",
        deliveries=len(deliveries), events=len(events), gifts=number,
    )  # fmt: skip


def test_a_thousand_landings_race_a_thousand_webhooks(committed_db, sandbox):
    donations = [give(number) for number in range(LENGTH.pairs)]
    for donation in donations:
        sandbox.pay(donation, settled=False)
    sandbox.settle(0)
    gates = {donation.pk: threading.Barrier(2) for donation in donations}

    def act(turn):
        donation, who = turn
        gates[donation.pk].wait(60)
        if who == "donor":
            fulfil_checkout(donation.stripe_checkout_session_id)
            return
        event = StripeEvent.objects.create(
            stripe_event_id=f"evt_{donation.pk}", type="checkout.session.completed",
            stripe_object_id=donation.stripe_checkout_session_id, payload="{}", source="webhook",
        )  # fmt: skip
        jobs.process_events(limit=1)
        event.refresh_from_db()

    at_once(act, [(donation, who) for donation in donations for who in ("donor", "webhook")], threads=PAIRS_AT_ONCE)
    while jobs.process_events(limit=100) + jobs.issue_receipts(limit=100):
        pass
    jobs.close_windows()

    assert Donation.objects.filter(status="succeeded").count() == LENGTH.pairs
    assert LedgerTransaction.objects.count() == LENGTH.pairs
    assert Message.objects.filter(kind="donation-received").count() == LENGTH.pairs
    assert findings() == []
    note("2 landing and webhook at once", "Each gift was booked and thanked for once.", pairs=LENGTH.pairs)


def test_a_hundred_posts_of_one_form_have_one_session(committed_db, sandbox):
    browser = Client()
    browser.get("/en/donate/")
    fields, cookies = typed(form_token=str(uuid.uuid4())), browser.cookies

    def post(_turn):
        client = Client()
        client.cookies = cookies
        return client.post("/en/donate/", fields)

    answers = at_once(post, range(LENGTH.posts), threads=25)

    assert {answer.status_code for answer in answers} == {302}
    assert len({answer.url for answer in answers}) == 1
    assert (Donation.objects.count(), len(sandbox.sessions())) == (1, 1)
    note("2 one form posted at once", "All posts led to one pay page.", posts=LENGTH.posts, pay_pages=1)
