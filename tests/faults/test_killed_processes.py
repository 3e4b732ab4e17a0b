"""`kill -9` at each step that counts: everything is done in the end, once, within a quarter of an hour of the clock."""

import contextlib
import datetime as dt
import functools
import json
import random
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from tests.faults.length import IS_FULL, LENGTH
from tests.faults.results import SEED, note
from tests.faults.site import points
from tests.faults.site.people import Dora, Sam, again
from tests.faults.site.resting import NEVER, SHELVED, Clock
from tests.faults.site.running import Site, running_site

STRIKE_SECONDS = 60.0
TRIES = 200  # of a person, while the web server starts again


@pytest.fixture(scope="module")
def site(own_server):
    with running_site(own_server, own_clock=True, stripe_too=True) as site:
        site.run("desk", "make_staff", "ada")
        yield site


patient = functools.partial(again, tries=TRIES)


@dataclass
class Story:
    """Dora gives and Sam pledges at the same time; Ada gives a part of it back where the story needs that."""

    site: Site
    with_refund: bool = False
    point: str = ""
    killed_at: dt.datetime = NEVER
    dora: Dora = field(init=False)
    sam: Sam = field(init=False)
    clock: Clock = field(init=False)

    def __post_init__(self) -> None:
        self.dora, self.sam, self.clock = Dora(self.site), Sam(self.site), Clock(self.site, self._died_at)
        self._earlier = len(self.site.mail.mails())

    def _died_at(self) -> dt.datetime:
        """By the portal's clock, which is moved only after a death; a web process holds no row when it dies."""
        if self.point and points.STEP_OF[self.point].process == points.WEB:
            return NEVER
        struck = self.site.points / f"{self.point}.struck"
        if self.killed_at != NEVER or not self.point or not struck.exists():
            return self.killed_at
        died = dt.datetime.fromtimestamp(struck.stat().st_ctime, dt.UTC)
        self.killed_at = died + dt.timedelta(seconds=self.site.offset)
        return self.killed_at

    def happens(self) -> None:
        with ThreadPoolExecutor(2) as pool:
            for act in [pool.submit(self._dora_gives), pool.submit(self._sam_asks)]:
                act.result()
        self.clock.until(self.sam.link, f"the mail to {self.sam.email}")
        patient(self.sam.confirms, {200, 302}, self.site)
        if self.with_refund:
            self.clock.until(lambda: self._status() == ["succeeded"], "the gift is booked")
            self.site.run("desk", "refund", self.dora.session, "500")

    def _dora_gives(self) -> None:
        patient(self.dora.opens_form, {200}, self.site)
        patient(self.dora.sends_form, {302}, self.site)
        with self._webhooks_held_back() if "landing" in self.point else contextlib.nullcontext():
            self._dora_pays()
            patient(self.dora.lands, {200}, self.site)

    @contextlib.contextmanager
    def _webhooks_held_back(self) -> Iterator[None]:
        """So that they are not quicker than Dora, whose landing is what dies."""
        self.site.control("deliveries", {"pause": True})
        try:
            yield
        finally:
            self.site.control("deliveries", {"pause": False})

    def _dora_pays(self) -> None:
        """As a person at a page that broke: she looks whether it was paid before she pays."""
        deadline = time.monotonic() + 60
        while True:
            try:
                if self.session()["status"] == "open":
                    self.dora.pays()
                return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                assert time.monotonic() < deadline, self.site.last_words()
                self.site.tend()
                time.sleep(0.3)

    def _sam_asks(self) -> None:
        patient(self.sam.opens_form, {200}, self.site)
        time.sleep(2.1)  # faster than this nobody fills in the form
        patient(self.sam.sends_form, {302}, self.site)

    def session(self) -> dict:
        (session,) = self.sessions()
        return session

    def sessions(self) -> list[dict]:
        """What Stripe opened for Dora."""
        found = self.site.control("truth?only=checkout_sessions")["checkout_sessions"]
        return [each for each in found if each["customer_email"] == self.dora.email]

    def _status(self) -> list[str]:
        rows = self.site.ask(
            "SELECT d.status FROM donations_donation d JOIN donations_donor p ON p.id = d.donor_id WHERE p.email = %s",
            self.dora.email,
        )  # fmt: skip
        return [status for (status,) in rows]

    def is_told_once(self, *, doubled: Collection[int] = (0,)) -> None:
        """Each effect once, at Stripe, in our books and in the post; `doubled`: how many mails may have come again."""
        site = self.site
        assert site.ask(SHELVED) == []
        assert [each["payment_status"] for each in self.sessions()] == ["paid"]
        assert self._status() == ["succeeded"]
        refunds = site.control("truth?only=refunds")["refunds"]
        mine = [each for each in refunds if each["payment_intent"] == self.session()["payment_intent"]]
        assert [each["amount"] for each in mine] == [500] * self.with_refund
        moved = site.control("truth?only=balance_transactions")["balance_transactions"]
        booked = site.ask(
            "SELECT stripe_balance_transaction_id FROM donations_ledgertransaction"
            " WHERE stripe_balance_transaction_id IS NOT NULL"
        )
        assert sorted(booked) == sorted((each["id"],) for each in moved)
        pledges = site.ask("SELECT status, is_counted FROM pledges_pledge WHERE email = %s", self.sam.email)
        assert pledges == [("confirmed", True)]
        self._is_mailed_once(doubled=doubled)

    def _is_mailed_once(self, *, doubled: Collection[int]) -> None:
        mails = self.site.mail.mails()[self._earlier :]  # those to staff, too
        times = Counter(mail.message_id for mail in mails)
        people = Counter(mail.to for mail in {mail.message_id: mail for mail in mails}.values())
        assert people[self.dora.email] == (3 if self.with_refund else 1)
        assert people[self.sam.email] == 1
        assert times.total() - len(times) in doubled
        assert max(times.values()) <= 2


def chosen(process: str) -> list[str]:
    """The points of this process; a seed's choice of them in a short run."""
    names = [point for point in points.POINTS if points.STEP_OF[point].process == process]
    if LENGTH.points >= len(names):
        return names
    return sorted(random.Random(f"{SEED}:{process}").sample(names, LENGTH.points), key=names.index)


@pytest.mark.parametrize("process", [points.WEB, points.WORKER])
def test_a_process_is_killed_at_each_step_and_everything_is_done_once(site, process):
    passed, names = [], chosen(process)
    for point in names:
        story = Story(site, with_refund="refund" in point, point=point)
        points.order(site.points, point)
        story.happens()
        site.wait_until(lambda: points.has_struck(site.points, point), seconds=STRIKE_SECONDS, what=f"{point} strikes")  # noqa: B023
        story.clock.until_all_is_done()
        # A worker that dies may have handed a mail over without noting it: that comes again, by the same Message-ID.
        # Its mail goes by a thread of its own, so that it may happen wherever it dies.
        story.is_told_once(doubled=range(2) if process == points.WORKER else [0])
        passed.append(story.clock.passed)
        if IS_FULL:
            assert json.loads(site.run("examining")) == [], point
    assert json.loads(site.run("examining")) == []
    note(
        f"3 kill -9 of a {process} process at its points",
        "Each point struck; gift, pledge, refund, bookings, receipt and mail are there once, and nothing waits.",
        points=len(names), longest_wait_by_the_clock_in_seconds=max(passed),
    )  # fmt: skip


@pytest.mark.parametrize("number", range(LENGTH.kills))
def test_whole_programs_are_killed_at_any_moment(site, number):
    """Also Stripe's: the portal hears nothing for a while."""
    chance = random.Random(f"{SEED}:whole:{number}")
    story = Story(site, with_refund=True)
    victims = [site.jobs[0], site.web, site.sandbox]

    def kill(victim):
        victim.kill()
        story.killed_at = site.now()

    killers = [threading.Timer(chance.uniform(0.1, 5), kill, [victim]) for victim in victims]
    for killer in killers:
        killer.start()
    story.happens()
    for killer in killers:
        killer.join()
    site.tend()
    site.wait_until(site.is_up, seconds=60, what="all are up again")
    story.clock.until_all_is_done()
    story.is_told_once(doubled=range(2))  # one worker was killed, which held one mail at most
    assert json.loads(site.run("examining")) == []
    note(
        "3 kill -9 of whole programs",
        "A worker, the web server with all of its processes and Stripe's stand-in died; all is there once.",
        programs=len(victims), waited_by_the_clock_in_seconds=story.clock.passed,
    )  # fmt: skip
