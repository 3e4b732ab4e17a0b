"""Thousands of deliveries, hundreds of races and posts against the portal's own processes: each effect once."""

import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.length import LENGTH
from tests.faults.results import SEED, note
from tests.faults.site.people import Answer, Dora, again
from tests.faults.site.resting import NEVER, SHELVED, UNFINISHED, Clock
from tests.faults.site.running import running_site
from tests.faults.site.webhooks import Webhooks

COPIES, AT_ONCE, POSTS_AT_ONCE = 10, 8, 25
COMPLETED = "checkout.session.completed"


@pytest.fixture(scope="module")
def site(own_server):
    with running_site(own_server) as site:
        yield site


@pytest.fixture(scope="module")
def webhooks(site):
    return Webhooks(site)


def at_once(act, turns, threads=AT_ONCE):
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(act, turns))


def begin(site) -> Dora:
    """A donor who has paid and has not come back yet."""
    dora = Dora(site)
    again(dora.opens_form, {200}, site)
    again(dora.sends_form, {302}, site)
    site.control("pay", {"session": dora.session, "email": dora.email})
    return dora


def is_told_once(site, webhooks, doras) -> None:
    """Each gift is booked, receipted and thanked for once."""
    Clock(site, lambda: NEVER).until(lambda: not site.ask(UNFINISHED), "everything is done")
    sessions = tuple(dora.session for dora in doras)
    about = f"FROM donations_donation WHERE stripe_checkout_session_id IN {sessions}"
    assert site.ask(f"SELECT count(*) {about} AND status = 'succeeded'") == [(len(doras),)]
    moved = site.control("truth?only=balance_transactions")["balance_transactions"]
    booked = site.ask("SELECT stripe_balance_transaction_id FROM donations_ledgertransaction")
    assert sorted(booked) == sorted((each["id"],) for each in moved)
    thanked = (
        f"SELECT count(*) FROM post_message WHERE kind = 'donation-received' AND subject_id IN (SELECT id {about})"
    )
    assert site.ask(thanked) == [(len(doras),)]
    assert site.ask(SHELVED) == []
    assert json.loads(site.run("examining")) == []


def test_each_of_many_deliveries_is_taken_and_each_event_has_its_effect_once(site, webhooks):
    doras, events = [], {}
    while len(events) < LENGTH.events:
        doras += at_once(lambda _number: begin(site), range(20))
        site.control("clock", {"advance_seconds": 0})
        events = webhooks.events()
    deliveries = [(key, body) for key, body in events.items() for _copy in range(COPIES)]
    random.Random(SEED).shuffle(deliveries)

    statuses = at_once(lambda delivery: webhooks.deliver(*delivery), deliveries)

    assert set(statuses) == {200}
    stored = site.ask("SELECT stripe_event_id FROM donations_stripeevent")
    assert sorted(stored) == sorted((key,) for key in events)
    is_told_once(site, webhooks, doras)
    note(
        "1 deliveries to the processes", "Every answer was 200, every event was stored and had its effect once.",
        deliveries=len(deliveries), at_once=AT_ONCE, events=len(events), gifts=len(doras),
    )  # fmt: skip


def test_landing_and_webhook_come_at_the_same_moment(site, webhooks):
    doras = at_once(lambda _number: begin(site), range(LENGTH.pairs))
    site.control("clock", {"advance_seconds": 0})
    events = webhooks.events()
    told = {key: json.loads(body) for key, body in events.items()}
    of_session = {each["data"]["object"]["id"]: key for key, each in told.items() if each["type"] == COMPLETED}
    gates = {dora.session: threading.Barrier(2) for dora in doras}

    def act(turn):
        dora, who = turn
        gates[dora.session].wait(60)
        if who == "donor":
            return dora.lands().status
        event_id = of_session[dora.session]
        return webhooks.deliver(event_id, events[event_id])

    answers = at_once(act, [(dora, who) for dora in doras for who in ("donor", "webhook")])
    webhooks.deliver_what_is_left()

    assert set(answers) == {200}
    is_told_once(site, webhooks, doras)
    note(
        "2 landing and webhook at once, in the processes", "Both were answered, each gift was booked once.",
        pairs=len(doras),
    )  # fmt: skip


def test_one_form_is_one_pay_page_however_it_is_sent(site, webhooks):
    """Clicked often, sent from a second tab, sent again after the back button; then with another amount in it."""
    dora = Dora(site)
    again(dora.opens_form, {200}, site)

    answers: list[Answer] = at_once(lambda _post: dora.sends_form(), range(LENGTH.posts), POSTS_AT_ONCE)
    answers.append(dora.sends_form())
    dora.form |= {"preset": "5000"}
    other = dora.sends_form()

    assert {answer.status for answer in answers} == {302}
    (url,) = {answer.url for answer in answers}
    sessions = site.control("truth?only=checkout_sessions")["checkout_sessions"]
    mine = [each for each in sessions if each["customer_email"] == dora.email]
    assert [(each["amount_total"], each["status"]) for each in mine] == [(2500, "expired"), (5000, "open")]
    assert mine[0]["id"] in url
    assert mine[1]["id"] in other.url
    note(
        "2 one form sent again and again", "All posts led to one pay page; with another amount that one was closed.",
        posts=len(answers), at_once=POSTS_AT_ONCE, pay_pages=1,
    )  # fmt: skip
