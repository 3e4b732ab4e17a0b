"""No webhook comes for hours, days, a month, a season: all that happened is booked in the end, once."""

import contextlib
import json
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.length import IS_FULL
from tests.faults.results import SEED, note
from tests.faults.site.people import Dora, again
from tests.faults.site.resting import NEVER, SHELVED, UNFINISHED, Clock
from tests.faults.site.running import Site, running_site

HOUR, DAY = 3600, 24 * 3600
GAPS = {"2 hours": 2 * HOUR, "4 days": 4 * DAY, "29 days": 29 * DAY}
TAKEN = list(GAPS) if IS_FULL else [random.Random(f"{SEED}:lost").choice(list(GAPS))]
BEYOND = 75 * DAY
ALSO = ("retries", "command") if IS_FULL else (random.Random(f"{SEED}:also").choice(["retries", "command"]),)
GIFTS = 6 if IS_FULL else 2
EFFECTS = """
SELECT (SELECT count(*) FROM donations_ledgertransaction), (SELECT count(*) FROM donations_ledgerentry),
    (SELECT count(*) FROM donations_receipt), (SELECT count(*) FROM post_message),
    (SELECT count(*) FROM donations_stripeevent)
"""


@pytest.fixture(scope="module")
def site(own_server):
    with running_site(own_server, own_clock=True, stripe_too=True) as site:
        site.control("clock", {"event_days": 30})
        site.run("desk", "make_staff", "ada")
        yield site


def happens(site: Site) -> list[Dora]:
    """Gifts of which nobody comes back to the page of thanks, and a refund in Stripe's dashboard."""
    doras = []
    for _gift in range(GIFTS):
        dora = Dora(site)
        again(dora.opens_form, {200}, site)
        again(dora.sends_form, {302}, site)
        dora.pays()
        doras.append(dora)
    charges = site.control("truth?only=charges")["charges"]
    site.control("refunds", {"charge": charges[-1]["id"], "amount": 500})
    return doras


def is_all_booked(site: Site) -> bool:
    moved = site.control("truth?only=balance_transactions")["balance_transactions"]
    booked = site.ask(
        "SELECT stripe_balance_transaction_id FROM donations_ledgertransaction"
        " WHERE stripe_balance_transaction_id IS NOT NULL"
    )
    return sorted(booked) == sorted((each["id"],) for each in moved)


def comes_to_rest(site: Site) -> None:
    Clock(site, lambda: NEVER).until(lambda: not site.ask(UNFINISHED), "everything is done")


def is_told_once(site: Site, doras: list[Dora]) -> None:
    """Each of them is thanked once, and no mail went twice."""
    comes_to_rest(site)
    thanked = site.ask(
        "SELECT count(*) FROM post_message WHERE kind = 'donation-received' AND subject_id IN"
        " (SELECT id FROM donations_donation WHERE stripe_checkout_session_id = ANY(%s))",
        [dora.session for dora in doras],
    )
    assert thanked == [(len(doras),)]
    assert {dora.email for dora in doras} <= {mail.to for mail in site.mail.mails()}
    assert set(site.mail.times().values()) == {1}
    assert site.ask(SHELVED) == []


def is_as_it_was(site: Site, before: list[tuple]) -> None:
    comes_to_rest(site)
    assert site.ask(EFFECTS) == before
    assert json.loads(site.run("examining")) == []


@contextlib.contextmanager
def without_workers(site: Site) -> Iterator[None]:
    """The workers are away; they begin anew at the end."""
    jobs, site.jobs = site.jobs, []
    for job in jobs:
        job.stop()
    try:
        yield
    finally:
        site.jobs = jobs
        site.tend()


@pytest.mark.parametrize("gap", TAKEN)
def test_what_no_webhook_brought_is_recovered_from_the_list_of_events(site, gap):
    """By the hourly job of a worker that comes back: that Stripe repeats nothing makes no difference."""
    earlier = site.ask("SELECT count(*) FROM donations_stripeevent WHERE source = 'recovery'")[0][0]
    site.control("deliveries", {"drop": 1, "for_good": True})
    with without_workers(site):
        doras = happens(site)
        site.later(GAPS[gap])
    site.control("deliveries", {"faults": None})

    site.wait_until(lambda: is_all_booked(site), seconds=120, what="everything is booked")
    is_told_once(site, doras)
    fetched = site.ask("SELECT count(*) FROM donations_stripeevent WHERE source = 'recovery'")[0][0] - earlier
    assert fetched > GIFTS
    before = site.ask(EFFECTS)
    assert " 0 of them were new" in site.manage("recover_events")
    is_as_it_was(site, before)
    note(
        f"6 no webhook for {gap}",
        "The hourly job fetched Stripe's list of events: all is booked and mailed once; a second time changed nothing.",
        gifts=GIFTS, events_from_the_list=fetched,
    )  # fmt: skip


@pytest.mark.skipif("retries" not in ALSO, reason="another seed's, and the full run's")
def test_recovering_several_times_at_once_during_stripes_own_retries_changes_nothing(site):
    site.control("deliveries", {"pause": True})
    doras = happens(site)
    site.later(2 * HOUR)
    with ThreadPoolExecutor(3) as pool:
        commands = [pool.submit(site.manage, "recover_events") for _copy in range(2)]
        site.control("deliveries", {"pause": False})
        told = pool.submit(site.control, "deliveries", {"redeliver": "all", "repeat": 2, "shuffle": True, "seed": SEED})
        said = [command.result() for command in commands]
        repeated = told.result()

    site.wait_until(lambda: is_all_booked(site), seconds=120, what="everything is booked")
    is_told_once(site, doras)
    assert all("events in Stripe's list" in each for each in said)
    is_as_it_was(site, site.ask(EFFECTS))
    note(
        "6 recovery during Stripe's retries",
        "recover_events twice at once, while Stripe sent everything twice and out of order: each effect once.",
        gifts=GIFTS, deliveries=repeated["delivered"],
    )  # fmt: skip


@pytest.mark.skipif("command" not in ALSO, reason="another seed's, and the full run's")
def test_a_gift_that_only_the_balance_knows_is_booked_by_the_command(site):
    """Everybody was there, but the webhook was not, and the hourly job saw nothing for want of a key, say."""
    with without_workers(site):
        site.control("deliveries", {"drop": 1, "for_good": True})
        doras = happens(site)
        site.later(31 * DAY)
        said = [site.manage("recover_movements", "--days", "40") for _turn in range(2)]

    site.control("deliveries", {"faults": None})
    moved = GIFTS + 1
    assert f": {moved} were in no book, {moved} of them are booked now, 0 wait" in said[0]
    assert ": 0 were in no book" in said[1]
    assert is_all_booked(site)
    is_told_once(site, doras)
    is_as_it_was(site, site.ask(EFFECTS))
    note(
        "6 recovered from the balance by command", "recover_movements said how many it booked; then none were left.",
        days=31, movements=moved,
    )  # fmt: skip


def test_what_is_older_than_stripes_events_is_booked_from_its_balance_and_it_says_so(site):
    monthly = Dora(site, interval="month").gives()
    site.wait_until(lambda: is_all_booked(site), seconds=60, what="the first month is booked")
    comes_to_rest(site)
    site.control("deliveries", {"drop": 1, "for_good": True})
    with without_workers(site):
        doras = happens(site)
        site.later(BEYOND)
        site.control("payouts", {"pay_out": True, "arrive": True})
    site.control("deliveries", {"faults": None})

    site.wait_until(lambda: is_all_booked(site), seconds=120, what="everything is booked")
    is_told_once(site, doras)
    (months,) = site.ask(
        "SELECT count(*) FROM donations_donation d JOIN donations_donor p ON p.id = d.donor_id"
        " WHERE p.email = %s AND d.status = 'succeeded'", monthly.email,
    )  # fmt: skip
    assert months[0] >= 1 + BEYOND // (31 * DAY)
    assert "which is longer than Stripe keeps them" in "".join(job.log.read_text() for job in site.jobs)
    before = site.ask(EFFECTS)
    said = site.manage("recover_movements", "--days", str(BEYOND // DAY + 10))
    assert " 0 were in no book" in said
    is_as_it_was(site, before)
    note(
        "6 away for longer than Stripe keeps events",
        "The worker booked what moved Stripe's balance and said so in its log; a second time changed nothing.",
        days=BEYOND // DAY, gifts=GIFTS, months_of_a_monthly_gift=months[0], recover_movements=said.strip(),
    )  # fmt: skip
