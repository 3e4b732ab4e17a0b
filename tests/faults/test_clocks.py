"""A portal whose clock is wrong, and a signing secret that is rolled: what is refused now is fetched later."""

import datetime as dt
import json
import random
import time
import urllib.error
import urllib.request

import pytest

from donations.signatures import WINDOW_SECONDS, sign
from tests.faults.length import IS_FULL
from tests.faults.results import SEED, note
from tests.faults.site.people import Dora, Sam, again
from tests.faults.site.resting import NEVER, SHELVED, UNFINISHED, Clock
from tests.faults.site.running import KEY, SECRET, Site, running_site

MINUTE, DAY = 60, 24 * 3600
NEXT_SECRET = "whsec_" + "e" * 32
FOREIGN_SECRET = "whsec_" + "d" * 32
# In the order of the day: a clock that is set back would find its own work in the future.
OFFSETS = {
    "10 minutes slow": -10 * MINUTE, "4 minutes slow": -4 * MINUTE, "4 minutes fast": 4 * MINUTE,
    "6 minutes fast": 6 * MINUTE, "a day fast": DAY,
}  # fmt: skip
CLOSE = dt.timedelta(minutes=2)  # how far apart two moments of one story are, on a slow machine


def sample() -> list[str]:
    """All; in a short run one that is refused and one that is taken."""
    if IS_FULL:
        return list(OFFSETS)
    chance = random.Random(f"{SEED}:clocks")
    refused, taken = [
        [name for name, offset in OFFSETS.items() if (abs(offset) > WINDOW_SECONDS) is is_far]
        for is_far in (True, False)
    ]
    return [name for name in OFFSETS if name in (chance.choice(refused), chance.choice(taken))]


@pytest.fixture(scope="module")
def site(own_server):
    settings = {"STRIPE_WEBHOOK_SECRETS": f"{SECRET},{NEXT_SECRET}"}
    with running_site(own_server, own_clock=True, settings=settings) as site:
        yield site


def is_off_by(site: Site, seconds: int) -> None:
    """The portal's clock beside Stripe's, which is right."""
    site.offset = seconds
    unfinished = site.clock.with_suffix(".new")
    unfinished.write_text(f"{seconds:+d}")
    unfinished.rename(site.clock)
    time.sleep(1.1)  # until every process has looked


def webhooks_of(site: Site, after: int) -> list[dict]:
    """What Stripe sent after that delivery."""
    return [each for each in site.control("deliveries")["deliveries"] if each["id"] > after]


def newest_delivery(site: Site) -> int:
    return max((each["id"] for each in site.control("deliveries")["deliveries"]), default=0)


def begins(site: Site) -> Dora:
    dora = Dora(site)
    again(dora.opens_form, {200}, site)
    again(dora.sends_form, {302}, site)
    return dora


def gift(site: Site, dora: Dora) -> tuple[str, dt.datetime | None]:
    """Its state, and when it was collected."""
    sql = "SELECT status, succeeded_at FROM donations_donation WHERE stripe_checkout_session_id = %s"
    return site.ask(sql, dora.session)[0]


def comes_to_rest(site: Site) -> None:
    Clock(site, lambda: NEVER).until(lambda: not site.ask(UNFINISHED), "everything is done")


def right_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.mark.parametrize("name", sample())
def test_beside_a_wrong_clock_nothing_is_lost(site, name):
    offset = OFFSETS[name]
    is_off_by(site, offset)
    before, known = newest_delivery(site), site.ask("SELECT count(*) FROM donations_stripeevent")[0][0]
    dora = begins(site)
    dora.pays()
    site.wait_until(
        lambda: (found := webhooks_of(site, before)) and all(each["last_status"] for each in found),
        seconds=30, what="Stripe has sent its webhooks",
    )  # fmt: skip
    told = {each["last_status"] for each in webhooks_of(site, before)}

    if abs(offset) > WINDOW_SECONDS:
        assert told == {400}
        assert site.ask("SELECT count(*) FROM donations_stripeevent") == [(known,)]
        assert gift(site, dora)[0] == "pending"
        assert " 0 of them were new" not in site.manage("recover_events")
    else:
        assert told == {200}
    site.wait_until(lambda: gift(site, dora)[0] == "succeeded", seconds=60, what="the gift is booked")
    comes_to_rest(site)
    again(dora.lands, {200}, site)

    # Money has Stripe's time, what we write ourselves has ours.
    assert abs(gift(site, dora)[1] - right_now()) < CLOSE
    (written,) = site.ask(
        "SELECT r.issued_at FROM donations_receipt r JOIN donations_donation d ON d.id = r.donation_id"
        " WHERE d.stripe_checkout_session_id = %s", dora.session,
    )  # fmt: skip
    assert abs(written[0] - right_now() - dt.timedelta(seconds=offset)) < CLOSE
    assert len(site.mail.mails(dora.email)) == 1
    sam = Sam(site).pledges()
    assert site.ask("SELECT status FROM pledges_pledge WHERE email = %s", sam.email) == [("confirmed",)]
    assert site.ask(SHELVED) == []
    note(
        f"7 a clock that is {name}",
        "Webhooks were refused with 400 and fetched from the list of events, once."
        if told == {400}
        else "Webhooks were taken.",
        seconds=offset, webhooks=len(webhooks_of(site, before)),
    )  # fmt: skip


def test_a_link_that_was_mailed_by_a_wrong_clock_is_good_when_it_is_right_again(site):
    is_off_by(site, -10 * MINUTE)
    sam = Sam(site)
    again(sam.opens_form, {200}, site)
    time.sleep(2.1)  # faster than this nobody fills in the form
    again(sam.sends_form, {302}, site)
    site.wait_until(sam.link, seconds=60, what="the mail to Sam")
    dora = begins(site)
    is_off_by(site, 0)

    again(sam.confirms, {200, 302}, site)
    dora.pays()
    site.wait_until(lambda: gift(site, dora)[0] == "succeeded", seconds=60, what="the gift is booked")

    assert site.ask("SELECT status FROM pledges_pledge WHERE email = %s", sam.email) == [("confirmed",)]
    site.control("deliveries", {"redeliver": "all"})  # what the wrong clock had refused, and all else again
    comes_to_rest(site)
    assert site.ask(SHELVED) == []
    assert json.loads(site.run("examining")) == []


def unheard_events(site: Site) -> list[bytes]:
    """Events that no webhook brought, for a story to bring."""
    request = urllib.request.Request(
        f"{site.sandbox_url}/v1/events?limit=100", headers={"Authorization": f"Bearer {KEY}"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        listed = json.load(answer)["data"]
    known = {key for (key,) in site.ask("SELECT stripe_event_id FROM donations_stripeevent")}
    return [json.dumps(event).encode() for event in listed if event["id"] not in known]


def deliver(site: Site, body: bytes, *secrets: str) -> int:
    """As Stripe does, with a signature by each of the secrets."""
    moment = int(time.time())
    signatures = ",".join(f"v1={sign(body, secret, moment)}" for secret in secrets)
    request = urllib.request.Request(
        f"{site.url}/stripe/webhook/", body,
        {"Content-Type": "application/json", "Stripe-Signature": f"t={moment},{signatures}"},
    )  # fmt: skip
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_secret_is_rolled_and_no_webhook_is_refused(site):
    is_off_by(site, 0)
    site.control("deliveries", {"drop": 1, "for_good": True})
    doras = [begins(site) for _gift in range(3)]
    for dora in doras:
        dora.pays()
    old, new, both, *rest = unheard_events(site)

    assert deliver(site, rest[0], FOREIGN_SECRET) == 400
    assert [deliver(site, old, SECRET), deliver(site, new, NEXT_SECRET)] == [200, 200]
    assert [deliver(site, both, SECRET, NEXT_SECRET), deliver(site, rest[0], NEXT_SECRET, SECRET)] == [200, 200]
    site.web.stop()
    site.web.environment["STRIPE_WEBHOOK_SECRETS"] = NEXT_SECRET
    site.tend()
    site.wait_until(site.is_up, seconds=60, what="the portal answers with the new secret alone")
    assert deliver(site, rest[1], SECRET) == 400
    # Stripe signs with both until the old one has expired.
    assert {deliver(site, body, SECRET, NEXT_SECRET) for body in rest[1:]} == {200}

    site.wait_until(
        lambda: {gift(site, dora)[0] for dora in doras} == {"succeeded"}, seconds=60, what="the gifts are booked"
    )
    comes_to_rest(site)
    assert unheard_events(site) == []
    assert site.ask(SHELVED) == []
    assert json.loads(site.run("examining")) == []
    note(
        "7 a secret is rolled",
        "Signed by the old one, by the new one or by both: taken while both are set; then by the new one alone.",
        webhooks=3 + len(rest),
    )  # fmt: skip
