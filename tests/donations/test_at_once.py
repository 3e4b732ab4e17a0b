"""Many at the same moment, on a database that really commits."""

import dataclasses
import json
import random
import threading
import time
import uuid

from django.db import connections, transaction
from django.db.models import Count
from django.test import Client

from blueheart.post.models import Message
from donations import gateway, jobs
from donations.books import findings
from donations.models import Donation, LedgerEntry, LedgerTransaction, MonthlyGift, StripeEvent
from donations.services import Wish, checkout, fulfil_checkout, start_donation
from tests.donations.conftest import typed
from tests.donations.crowd import all_events, at_once, deliver, drain
from tests.donations.factories import donor


def test_two_hundred_events_five_times_each_shuffled_eight_at_once_have_each_effect_once(committed_db, sandbox, site):
    gifts = [typed(preset="2500"), typed(interval="month", preset="1000"),
             typed(currency="JPY", shown_currency="JPY", preset="3000"),
             typed(currency="KWD", shown_currency="KWD", preset="3000")]  # fmt: skip
    client = Client()
    while not (events := all_events(sandbox)) or len(events) < 200:
        made = Donation.objects.count()  # by several donors: one address begins twenty gifts in a day
        wish = gifts[made % 4] | {"form_token": str(uuid.uuid4()), "email": f"dora{made % 5}@example.org"}
        assert client.post("/en/donate/", wish, REMOTE_ADDR=f"10.0.0.{made}").status_code == 302
        sandbox.pay(Donation.objects.latest("pk"))
    paid = Donation.objects.count()
    deliveries = [json.dumps(event).encode() for event in events] * 5
    random.Random(7).shuffle(deliveries)
    stop = threading.Event()
    workers = [threading.Thread(target=drain, args=(stop,)) for _worker in range(3)]
    for worker in workers:
        worker.start()

    statuses = at_once(lambda body: deliver(site, body), deliveries)
    stop.set()
    for worker in workers:
        worker.join(120)

    assert len(events) >= 200
    assert set(statuses) == {200}
    assert StripeEvent.objects.count() == len(events)
    assert not StripeEvent.objects.filter(status__in=["received", "shelved"]).exists()
    assert Donation.objects.filter(status="succeeded").count() == paid
    assert LedgerTransaction.objects.count() == paid
    assert MonthlyGift.objects.count() == Donation.objects.filter(interval="month").count()
    assert Message.objects.filter(kind="donation-received").count() == paid
    credited = {each["id"]: each for each in sandbox.control("truth")["balance_transactions"]}
    for booked in LedgerTransaction.objects.all():
        entries = LedgerEntry.objects.filter(transaction=booked)
        net = entries.get(account="STRIPE_BALANCE").amount_minor
        assert net == credited.pop(booked.stripe_balance_transaction_id)["net"]
    assert credited == {}
    assert findings() == []


def test_landing_twice_and_the_event_at_the_same_moment_book_once(committed_db, sandbox):
    for interval in ("once", "month"):
        for _story in range(5):
            Client().post("/en/donate/", typed(interval=interval))
            donation = Donation.objects.latest("pk")
            sandbox.pay(donation)
            StripeEvent.objects.create(
                stripe_event_id=f"evt_{donation.pk}",
                type="checkout.session.completed",
                stripe_object_id=donation.stripe_checkout_session_id,
                payload="{}",
                source="webhook",
            )
            gate = threading.Barrier(3)

            def act(turn, donation=donation, gate=gate):
                gate.wait()
                if turn == "worker":
                    jobs.process_events()
                else:
                    fulfil_checkout(donation.stripe_checkout_session_id)

            at_once(act, ["land", "land", "worker"])

    while jobs.issue_receipts():
        pass
    jobs.close_windows()
    assert Donation.objects.filter(status="succeeded").count() == 10
    assert LedgerTransaction.objects.count() == 10
    assert MonthlyGift.objects.count() == 5
    assert Message.objects.count() == 10
    assert findings() == []


def test_one_form_posted_twenty_times_at_once_has_one_pay_page(committed_db, sandbox):
    fields = typed()

    answers = at_once(lambda _turn: Client().post("/en/donate/", fields), range(20), threads=20)

    assert [answer.status_code for answer in answers] == [302] * 20
    assert len({answer.url for answer in answers}) == 1
    assert (Donation.objects.count(), len(sandbox.sessions())) == (1, 1)


def test_one_form_with_two_amounts_posted_at_once_leaves_one_page_open(committed_db, sandbox):
    token = str(uuid.uuid4())
    wishes = [typed(form_token=token, preset=preset) for preset in ("1000", "5000")] * 6
    Client().post("/en/donate/", typed(form_token=token, preset="10000"))

    at_once(lambda wish: Client().post("/en/donate/", wish), wishes)

    open_pages = [session for session in sandbox.sessions() if session["status"] == "open"]
    assert len(open_pages) == 1
    pending = Donation.objects.get(status="pending")
    assert pending.stripe_checkout_session_id == open_pages[0]["id"]


def test_donors_of_one_address_at_once_are_one(committed_db, sandbox):
    at_once(lambda _turn: Client().post("/en/donate/", typed()), range(8))

    assert Donation.objects.values("donor").annotate(number=Count("pk")).get()["number"] == 8


def test_stripe_is_asked_outside_any_transaction(committed_db, sandbox, monkeypatch):
    seen = []
    answer = gateway.client._answer  # every request passes here

    def watched(ask, **options):
        seen.append(transaction.get_connection().in_atomic_block)
        return answer(ask, **options)

    monkeypatch.setattr(gateway.client, "_answer", watched)
    Client().post("/en/donate/", typed(interval="month"))
    donation = Donation.objects.get()
    sandbox.pay(donation)
    for event in all_events(sandbox):
        StripeEvent.objects.create(
            stripe_event_id=event["id"], type=event["type"], stripe_object_id=event["data"]["object"].get("id") or "",
            payload="{}", source="webhook",
        )  # fmt: skip
    jobs.process_events(limit=100)

    assert len(seen) > 5
    assert set(seen) == {False}


def test_a_worker_that_lost_its_lease_books_nothing(committed_db, sandbox):
    Client().post("/en/donate/", typed())
    donation = Donation.objects.get()
    sandbox.pay(donation)
    StripeEvent.objects.create(
        stripe_event_id="evt_1", type="checkout.session.completed",
        stripe_object_id=donation.stripe_checkout_session_id, payload="{}", source="webhook",
    )  # fmt: skip
    (slow,) = StripeEvent.objects.claim(limit=1)
    StripeEvent.objects.update(leased_until="2000-01-01T00:00Z")
    jobs.process_events()
    before = StripeEvent.objects.values().get()

    jobs._process(slow)

    assert StripeEvent.objects.values().get() == before
    assert LedgerTransaction.objects.count() == 1


def test_a_form_dropped_while_stripe_was_making_its_page_closes_it(committed_db, sandbox, monkeypatch):
    create = gateway.create_session

    def overtaken(*args, **kwargs):
        session = create(*args, **kwargs)
        Donation.objects.update(status="expired", reason="replaced by another wish of the same form")
        return session

    monkeypatch.setattr(gateway, "create_session", overtaken)
    page = Client().post("/en/donate/", typed())

    assert page.status_code == 200
    assert "The payment page of this form is closed" in page.content.decode()
    assert [session["status"] for session in sandbox.sessions()] == ["expired"]


def test_a_second_post_waits_for_the_page_that_the_first_is_making(committed_db, sandbox):
    sandbox.fault(path="/v1/checkout/sessions", status="stall", seconds=2.5, after_effect=True)
    fields = typed()

    def post(turn):
        time.sleep(turn)
        return Client().post("/en/donate/", fields)

    first, second = at_once(post, [0, 0.5])

    assert (first.status_code, second.status_code) == (302, 302)
    assert first.url == second.url
    assert 409 in [request["status"] for request in sandbox.requests("/v1/checkout/sessions", "POST")]
    assert len(sandbox.sessions()) == 1


def test_a_later_wish_sees_the_earlier_one_of_its_form_that_is_being_written(committed_db, sandbox):
    donor("dora@example.org")
    token, written, go_on = uuid.uuid4(), threading.Event(), threading.Event()
    first = Wish(5000, "USD", "once", None, "dora@example.org", "", "", False, "en")
    second = dataclasses.replace(first, amount_minor=1000)

    def write_slowly():
        with transaction.atomic():
            checkout._record(first, checkout._Form(token, "").own_token)
            written.set()
            go_on.wait(10)
        connections.close_all()

    def post():
        start_donation(second, form_token=token, address="127.0.0.1")
        connections.close_all()

    writer, poster = threading.Thread(target=write_slowly), threading.Thread(target=post)
    writer.start()
    written.wait(10)
    poster.start()
    time.sleep(0.5)
    go_on.set()
    writer.join()
    poster.join()

    assert list(Donation.objects.order_by("amount_minor").values_list("amount_minor", "status")) == [
        (1000, "pending"),
        (5000, "expired"),
    ]
