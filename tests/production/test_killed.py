"""A minute of people, while the replica, Redis, a web server and a worker are killed: slower, and nothing is lost."""

import functools
import json
import os
import re
import signal
import time
from collections import Counter
from dataclasses import dataclass

import pytest

from tests.faults.site.people import Dora
from tests.faults.site.resting import SHELVED, UNFINISHED, on_the_way
from tests.production.crowd import Crowd, Seen, Visitor
from tests.production.phases import CALM, Phases, is_good
from tests.production.programs import DATABASE

SECONDS = float(os.environ.get("PRODUCTION_SECONDS", "60"))
WARM_UP_SECONDS = SECONDS / 4  # web servers that have just started make each page for the first time
CALM_SHARE, AWAY_SHARE, BACK_SHARE = 0.2, 0.15, 0.05
REST_SECONDS = 20 * 60  # what a killed worker held is taken by another after its lease
SUCCEEDED = "SELECT count(*) FROM donations_donation WHERE status = 'succeeded'"
RETRIED = re.compile(r" app=\d+, \d+")
STALE = re.compile(r" app=5\d\d\S* cache=STALE ")


@dataclass
class Minute:
    """What happened: everybody's answers, and from when until when somebody was dying."""

    crowd: Crowd
    phases: Phases
    dying: dict[str, tuple[float, float]]
    asked: int = 0
    cached: int = 0

    @property
    def broken(self) -> list[Seen]:
        return [seen for seen in self.crowd.seen if not is_good(seen)]


@pytest.fixture(scope="module")
def minute(site, pytestconfig) -> Minute:
    """It happens once, and ends when nothing waits any more; what was seen is printed."""
    crowd = Crowd(site)
    minute = Minute(crowd, Phases([]), {})
    with crowd.at_work():
        time.sleep(WARM_UP_SECONDS)
        before = asked_of_the_replica(site)
        minute.phases.last(CALM, SECONDS * CALM_SHARE)
        minute.asked = asked_of_the_replica(site) - before
        minute.cached = site.asked_of_the_cache()
        for victim in (site.server.replica, site.redis, site.webs[0], site.jobs[0]):
            began = time.monotonic()
            site.take_away(victim)
            minute.dying[victim.name] = began, time.monotonic()
            minute.phases.last(f"{victim.name} is killed", SECONDS * AWAY_SHARE)
            site.bring_back(victim)
            is_back = functools.partial(site.is_well_again, victim)
            minute.phases.last(f"{victim.name} comes back", SECONDS * BACK_SHARE, until=is_back)
    site.wait_until(site.is_up, seconds=300, what="all of it answers")
    site.wait_until(lambda: is_at_rest(site), seconds=REST_SECONDS, what="all is booked and mailed")
    with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        print(said(site, minute), flush=True)  # noqa: T201  it is what the run is for
    return minute


def test_every_read_is_answered(minute):
    """Whatever died: a visitor who asks once is shown the page."""
    assert [seen for seen in minute.broken if seen.is_read] == []


def test_only_who_was_in_the_hands_of_the_web_server_that_died_presses_again(site, minute):
    """A form that had been sent to it may have counted: nginx does not send it twice, the person may."""
    acts = [seen for seen in minute.broken if not seen.is_read]
    began, ended = minute.dying[site.webs[0].name]

    assert [seen for seen in acts if seen.began > ended or seen.ended < began] == []


def test_every_gift_is_booked_once(site, minute):
    crowd = minute.crowd
    sessions = site.control("truth?only=checkout_sessions")["checkout_sessions"]
    paid = sorted(each["id"] for each in sessions if each["payment_status"] == "paid")
    booked = site.ask("SELECT stripe_checkout_session_id FROM donations_donation WHERE status = 'succeeded'")
    moved = site.control("truth?only=balance_transactions")["balance_transactions"]
    in_the_books = site.ask(
        "SELECT stripe_balance_transaction_id FROM donations_ledgertransaction"
        " WHERE stripe_balance_transaction_id IS NOT NULL"
    )

    assert {dora.session for dora in crowd.paid} <= set(paid)
    assert len({dora.session for dora in crowd.paid}) == len(crowd.paid) > 0
    assert sorted(booked) == [(each,) for each in paid]
    assert sorted(in_the_books) == sorted((each["id"],) for each in moved)


def test_every_pledge_is_counted_once(site, minute):
    emails = sorted(sam.email for sam in minute.crowd.pledged)
    found = site.ask(
        "SELECT email, status, is_counted FROM pledges_pledge WHERE email = ANY(%s) ORDER BY email", emails
    )

    assert found == [(email, "confirmed", True) for email in emails]
    assert emails


def test_every_mail_came_once(site, minute):
    """But for one that the killed worker may have held in its hand: that comes again by its own Message-ID."""
    times = site.mail.times()
    people = Counter(mail.to for mail in {mail.message_id: mail for mail in site.mail.mails()}.values())
    wanted = [person.email for person in (*minute.crowd.paid, *minute.crowd.pledged)]

    assert site.ask("SELECT count(*) FROM post_message WHERE status = 'sent'") == [(len(times),)]
    assert times.total() - len(times) <= 1
    assert {email: people[email] for email in wanted} == dict.fromkeys(wanted, 1)


def test_replica_is_asked_and_has_all_of_it_in_the_end(site, minute):
    site.wait_until(site.server.has_caught_up, seconds=300, what="the replica has caught up")

    assert minute.asked > 0
    assert site.server.ask_replica(SUCCEEDED) == site.ask(SUCCEEDED)


def test_cache_is_asked_and_nobody_misses_it(site, minute):
    """It came back with nothing in it; what it held is made anew."""
    assert minute.cached > 0
    assert "</urlset>" in site.get("/sitemap.xml")


def test_the_books_the_counts_and_the_trail_are_true(site, minute):
    """check_books beside Stripe, recount_books, recount_pledges, check_audit; and nothing was laid aside."""
    assert site.ask(SHELVED) == []
    assert json.loads(site.run("examining", timeout=900)) == []


def test_a_donor_finds_the_portal_as_it_was(site, minute):
    """After all that the whole way once more."""
    dora = Dora(site, browser=Visitor(site)).gives()
    booked = f"{SUCCEEDED} AND stripe_checkout_session_id = %s"

    site.wait_until(lambda: site.ask(booked, dora.session) == [(1,)], seconds=300, what="the gift is booked")


def asked_of_the_replica(site) -> int:
    """How many transactions of the portal's database it has had."""
    [(transactions,)] = site.server.ask_replica("SELECT xact_commit FROM pg_stat_database WHERE datname = %s", DATABASE)
    return int(transactions)


def is_at_rest(site) -> bool:
    return not on_the_way(site) and not site.ask(UNFINISHED)


def said(site, minute: Minute) -> str:
    """Figures of the whole run, and each answer that was not a good one."""
    crowd = minute.crowd
    reads = sum(seen.is_read for seen in crowd.seen)
    os.kill(site.nginx.running.pid, signal.SIGUSR1)  # it writes what it held back
    time.sleep(2)
    log = site.access_log.read_text()
    lines = [
        "",
        minute.phases.table(crowd.seen),
        f"{reads} reads and {len(crowd.seen) - reads} acts; {len(crowd.paid)} gifts paid, {len(crowd.pledged)} pledges",
        f"statuses {dict(sorted(Counter(seen.status for seen in crowd.seen).items()))}",
        f"nginx asked another web server {len(RETRIED.findall(log))} times, and showed what it kept because none "
        f"answered {len(STALE.findall(log))} times",
        f"the replica had {minute.asked} transactions in the calm phase, and Redis was asked {minute.cached} "
        "times until it was killed",
        *(f"not answered well: {seen}" for seen in minute.broken),
    ]
    return "\n".join(lines)
