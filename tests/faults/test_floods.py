"""Mallory floods the forms: limits hold, people who mean it are served, staff are told, nothing false is counted."""

import http.client
import json
import threading
import time
import urllib.parse
import uuid
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from donations.site_settings import GIFTS_BEGUN, STRICT_FROM
from pledges.site_settings import FORMS_AN_HOUR, NETWORK_BURST
from tests.faults.length import LENGTH
from tests.faults.results import note
from tests.faults.site.people import SECONDS, Browser, Dora, Sam, again
from tests.faults.site.resting import NEVER, SHELVED, Clock
from tests.faults.site.running import Site, running_site

TEN_MINUTES, HOUR = 600, 3600
AT_ONCE = 4
ONE = "198.51.100.7"
NETWORKS = 200
STRICTLY = GIFTS_BEGUN.standard // 4  # what strict mode leaves of the gifts that one network may begin
POSTS_OF_EACH = 2 * STRICTLY
IN_STRICT_MODE = 6.1  # seconds for which a form is open then
CONFIRMED_OF_EACH = 5
MAILS_LEFT = "SELECT count(*) FROM post_message WHERE next_attempt_at IS NOT NULL"


@pytest.fixture
def site(own_server):
    with running_site(own_server, own_clock=True, stripe_too=True) as site:
        site.run("desk", "make_staff", "ada")
        yield site


@dataclass(frozen=True)
class Told:
    """How one post was answered."""

    address: str
    status: int
    retry_after: str | None
    words: bool  # it is a page for people, and says what was looked for


@dataclass(frozen=True)
class Flood:
    """What came of many posts."""

    answers: list[Told]
    seconds: float

    def statuses(self) -> Counter[int]:
        return Counter(told.status for told in self.answers)

    def taken_of_each(self) -> Counter[str]:
        """How many posts of each address were taken."""
        return Counter(told.address for told in self.answers if told.status == 302)

    @property
    def a_minute(self) -> int:
        return round(60 * len(self.answers) / self.seconds)

    def is_refused_kindly(self, most_seconds: int) -> bool:
        """Whether who was refused has a page that says why, and when to come back."""
        refused = [told for told in self.answers if told.status == 429]
        return all(told.words and 0 < int(told.retry_after or 0) <= most_seconds for told in refused)


@dataclass
class Mallory:
    """Opens a form once and sends it again and again, some at a time, by connections that she keeps."""

    site: Site
    path: str
    form: dict[str, object]
    cookies: dict[str, str]
    _own: threading.local = field(default_factory=threading.local)
    _connections: list[http.client.HTTPConnection] = field(default_factory=list)

    def floods(self, posts: Iterable[tuple[str, dict[str, object]]], *, refused_by: str) -> Flood:
        """Each post is an address and what is other in the form; `refused_by` are words of the page that refuses."""
        began = time.monotonic()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda post: self._send(*post, refused_by), posts))
        for connection in self._connections:
            connection.close()
        return Flood(answers, time.monotonic() - began)

    def _send(self, address: str, other: dict[str, object], refused_by: str) -> Told:
        if not hasattr(self._own, "connection"):
            self._own.connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=SECONDS)
            self._connections.append(self._own.connection)
        headers = {
            "X-Forwarded-For": address, "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }  # fmt: skip
        self._own.connection.request("POST", self.path, urllib.parse.urlencode(self.form | other), headers)
        answer = self._own.connection.getresponse()
        page = answer.read().decode()
        says = refused_by in page and "Traceback" not in page
        return Told(address, answer.status, answer.getheader("Retry-After"), says)


def mallory_with_gifts(site: Site) -> Mallory:
    dora = Dora(site)
    again(dora.opens_form, {200}, site)
    return Mallory(site, "/en/donate/", dora.form, dora.browser.cookies)


def mallory_with_pledges(site: Site) -> Mallory:
    sam = Sam(site)
    again(sam.opens_form, {200}, site)
    return Mallory(site, "/en/pledge/", sam.form, sam.browser.cookies)


def gifts_from(addresses: Iterable[str]) -> Iterable[tuple[str, dict[str, object]]]:
    """A gift from each address, each of a form of its own and with a mailbox of its own."""
    for address in addresses:
        token = uuid.uuid4()
        yield address, {"form_token": token, "email": f"m{token.hex}@mallory.example"}


def networks(number: int, most: int = NETWORKS) -> list[str]:
    """So many addresses, of up to so many networks, in turn."""
    return [f"198.{18 + each % most // 256}.{each % most % 256}.7" for each in range(number)]


def in_a_fresh_window(site: Site, seconds: int) -> None:
    """Windows of limits begin at whole hours and tens of minutes."""
    site.later(seconds - int(site.now().timestamp()) % seconds + 1)


def meanwhile(act: Callable[[], object], flood: Callable[[], Flood]) -> tuple[Flood, list[float]]:
    """One honest person after another, until the flood is over; and for how many seconds each was at it."""
    seconds = []
    with ThreadPoolExecutor(1) as pool:
        flooding = pool.submit(flood)
        while not seconds or not flooding.done():
            began = time.monotonic()
            act()
            seconds.append(time.monotonic() - began)
        return flooding.result(), seconds


def test_cards_are_tested_from_one_address(site):
    """Mallory begins as many gifts as one network may; all others are refused, and Doras give meanwhile."""
    mallory, doras = mallory_with_gifts(site), []
    in_a_fresh_window(site, TEN_MINUTES)
    flood, seconds = meanwhile(
        lambda: doras.append(Dora(site).gives()),
        lambda: mallory.floods(gifts_from([ONE] * LENGTH.flood), refused_by="Too many gifts were begun"),
    )

    most = GIFTS_BEGUN.standard
    assert flood.statuses() == {302: most, 429: LENGTH.flood - most}
    assert flood.is_refused_kindly(TEN_MINUTES)
    assert states_of_gifts(site) == {"pending": most, "succeeded": len(doras)}
    assert len(sessions(site)) == most + len(doras)
    assert set(map(state_of, [site] * len(doras), doras)) == {"succeeded"}
    all_is_well(site)
    note(
        "11 card testing from one address",
        "One network begins as many gifts as it may; all else is refused with a page; donors elsewhere give.",
        posts=LENGTH.flood, seconds=flood.seconds, posts_a_minute=flood.a_minute, taken=most,
        refused=flood.statuses()[429], donors_meanwhile=len(doras), slowest_donor_in_seconds=max(seconds),
    )  # fmt: skip


def test_cards_are_tested_from_many_networks(site):
    """What each network may begin is not passed by any: strict mode comes by itself, is told to Ada, and goes."""
    if (from_many := min(STRICT_FROM.standard, LENGTH.flood // 2)) < STRICT_FROM.standard:
        site.run("desk", "set_number", STRICT_FROM.key, str(from_many))
    mallory, doras = mallory_with_gifts(site), []
    in_a_fresh_window(site, TEN_MINUTES)
    first, seconds = meanwhile(
        lambda: doras.append(Dora(site).gives()),
        lambda: mallory.floods(gifts_from(networks(LENGTH.flood)), refused_by="Too many gifts were begun"),
    )
    assert first.statuses() == {302: LENGTH.flood}
    assert is_taken_at_once(site)

    site.later(150)
    site.manage("work", "--once")
    on_until = site.wait_until(lambda: strict_until(site), seconds=70, what="strict mode comes on")
    assert on_until > site.now()
    assert not is_taken_at_once(site)
    in_a_fresh_window(site, TEN_MINUTES)
    fewer = networks(LENGTH.flood, LENGTH.flood // POSTS_OF_EACH)
    second, strict_seconds = meanwhile(
        lambda: doras.append(gives_unhurried(site)),
        lambda: mallory.floods(gifts_from(fewer), refused_by="Too many gifts were begun"),
    )
    assert second.taken_of_each() == dict.fromkeys(fewer, STRICTLY)
    assert second.statuses() == {302: STRICTLY * len(set(fewer)), 429: LENGTH.flood - STRICTLY * len(set(fewer))}
    assert second.is_refused_kindly(TEN_MINUTES)
    assert set(map(state_of, [site] * len(doras), doras)) == {"succeeded"}

    site.later(17 * 60)
    site.manage("work", "--once")
    assert strict_until(site) < site.now()
    assert is_taken_at_once(site)
    all_is_well(site)
    alerts = [mail for mail in site.mail.mails("ada@example.org") if "cards" in str(mail.message["Subject"])]
    assert len(alerts) == 1
    assert f"{LENGTH.flood + 1} of {LENGTH.flood + 1 + len(seconds)} gifts begun" in " ".join(alerts[0].text.split())
    entries = site.ask(TRAIL)
    assert {(actor, "cards are being tested" in why) for actor, why, _until in entries} == {(None, True)}
    assert max(until for _actor, _why, until in entries) == strict_until(site).isoformat()
    note(
        "11 card testing from many networks",
        "Strict mode comes on by itself, Ada has one mail, each network has a quarter left, donors give; it ends.",
        networks=len(set(networks(LENGTH.flood))), posts=2 * LENGTH.flood, seconds=first.seconds + second.seconds,
        posts_a_minute=round(120 * LENGTH.flood / (first.seconds + second.seconds)),
        taken_before=first.statuses()[302], taken_in_strict_mode=second.statuses()[302],
        refused_in_strict_mode=second.statuses()[429], alerts=len(alerts), donors_meanwhile=len(doras),
        slowest_donor_in_seconds=max(seconds), slowest_donor_in_strict_mode_in_seconds=max(strict_seconds),
    )  # fmt: skip


STRICT = "SELECT (value->>'until')::timestamptz FROM site_settings_sitesetting WHERE key = 'strict-mode'"
TRAIL = """
SELECT actor_id, why, detail->'after'->>'until' FROM trail_entry
WHERE action = 'site-setting.changed' AND detail->>'setting' = 'strict-mode'
"""


def strict_until(site):
    return next((until for (until,) in site.ask(STRICT)), None)


def is_taken_at_once(site) -> bool:
    """Whether a gift is taken from a form that was opened in this moment: not so in strict mode, which says why."""
    dora = Dora(site)
    again(dora.opens_form, {200}, site)
    answer = dora.sends_form()
    assert answer.status == 302 or (answer.status == 200 and "That was very quick" in answer.text)
    return answer.status == 302


def gives_unhurried(site) -> Dora:
    dora = Dora(site)
    again(dora.opens_form, {200}, site)
    time.sleep(IN_STRICT_MODE)
    again(dora.sends_form, {302}, site)
    dora.pays()
    again(dora.lands, {200}, site)
    return dora


def test_pledges_from_one_address_and_from_as_many_as_there_are(site):
    """What Mallory promises counts where she confirms it and no limit was passed; Sams are counted meanwhile."""
    mallory, sams = mallory_with_pledges(site), []
    in_a_fresh_window(site, HOUR)
    own = [f"one{number}@mallory.example" for number in range(LENGTH.pledges)]
    one, seconds = meanwhile(
        lambda: sams.append(Sam(site).pledges()),
        lambda: mallory.floods(((ONE, {"email": email}) for email in own), refused_by="Many pledges came from your"),
    )
    taken, good = min(FORMS_AN_HOUR.standard, LENGTH.pledges), NETWORK_BURST.standard
    assert one.statuses() == Counter({302: taken, 429: LENGTH.pledges - taken})
    assert one.is_refused_kindly(HOUR)
    assert dict(site.ask(STANDINGS)) == {"good": good, "suspected": taken - good}
    all_mails_are_sent(site)
    confirm_some(site)
    is_counted(site, len(sams) + CONFIRMED_OF_EACH)

    posts = [
        (f"100.{64 + number // 256}.{number % 256}.7", {"email": f"all{number}@mallory.example"})
        for number in range(LENGTH.pledges)
    ]
    many, seconds_of_many = meanwhile(
        lambda: sams.append(Sam(site).pledges()), lambda: mallory.floods(posts, refused_by="")
    )
    ((left,),) = site.ask(MAILS_LEFT)
    drained = all_mails_are_sent(site)
    assert many.statuses() == {302: LENGTH.pledges}
    assert dict(site.ask(STANDINGS)) == {"good": good + LENGTH.pledges, "suspected": taken - good}
    is_counted(site, len(sams) + CONFIRMED_OF_EACH)
    sent = Counter(mail.to for mail in site.mail.mails())
    assert set(sent.values()) == {1}
    assert len(sent) == taken + LENGTH.pledges + len(sams)
    assert site.ask(SHELVED) == []
    assert json.loads(site.run("examining")) == []
    note(
        "11 pledges from one address and from many",
        "From one address taken, suspected, then refused; unconfirmed ones do not count; one mail to each mailbox.",
        posts_from_one_address=LENGTH.pledges, of_one_a_minute=one.a_minute, taken=taken, suspected=taken - good,
        refused=one.statuses()[429], posts_from_as_many=LENGTH.pledges, of_many_a_minute=many.a_minute,
        mails=sent.total(), mails_left_when_the_flood_ended=left, sent_after_seconds=drained,
        supporters_meanwhile=len(sams), slowest_supporter_in_seconds=max(seconds + seconds_of_many),
    )  # fmt: skip


STANDINGS = "SELECT standing, count(*) FROM pledges_pledge WHERE email LIKE '%@mallory.example' GROUP BY standing"
SOME = """
SELECT email FROM pledges_pledge WHERE standing = %s AND email LIKE 'one%%' ORDER BY id LIMIT %s
"""


def confirm_some(site) -> None:
    """Mallory follows the links in some of her mails: the suspected ones look to her as the others do."""
    for standing in ("good", "suspected"):
        for (email,) in site.ask(SOME, standing, CONFIRMED_OF_EACH):
            again(Sam(site, email=email, browser=Browser(site, ONE)).confirms, {302}, site)
    confirmed = "SELECT standing, is_counted, count(*) FROM pledges_pledge WHERE status = 'confirmed' AND email LIKE %s"
    assert sorted(site.ask(f"{confirmed} GROUP BY 1, 2", "one%")) == [
        ("good", True, CONFIRMED_OF_EACH), ("suspected", False, CONFIRMED_OF_EACH)
    ]  # fmt: skip


def is_counted(site, wanted: int) -> None:
    """What the public reads is so, and stays so while windows are closed."""

    def counted() -> int:
        return int(json.loads(Browser(site).get("/api/v1/stats").text)["pledges"]["total"])

    site.wait_until(lambda: counted() == wanted, seconds=30, what=f"{wanted} hearts are counted")
    time.sleep(2.5)
    assert counted() == wanted


def all_mails_are_sent(site) -> float:
    """Seconds until nothing waits."""
    began = time.monotonic()
    site.wait_until(lambda: site.ask(MAILS_LEFT) == [(0,)], seconds=240, what="every mail is sent")
    return time.monotonic() - began


def sessions(site) -> list[dict]:
    return site.control("truth?only=checkout_sessions")["checkout_sessions"]


def states_of_gifts(site) -> dict[str, int]:
    return dict(site.ask("SELECT status, count(*) FROM donations_donation GROUP BY status"))


def state_of(site, dora: Dora) -> str:
    ((state,),) = site.ask("SELECT status FROM donations_donation WHERE stripe_checkout_session_id = %s", dora.session)
    return state


def all_is_well(site) -> None:
    Clock(site, lambda: NEVER).until_all_is_done()
    assert site.ask(SHELVED) == []
    assert json.loads(site.run("examining")) == []
