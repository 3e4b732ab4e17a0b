"""Half an hour of people and of bad weather: nothing is lost, nothing comes twice, and memory does not grow."""

import contextlib
import datetime as dt
import functools
import json
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

import psycopg2
import pytest

from office.web_server import WORKERS as WEB_PROCESSES
from tests.faults.length import LENGTH
from tests.faults.results import SEED, note
from tests.faults.site.people import Answer, Browser, Dora, Sam, again
from tests.faults.site.resting import SHELVED, Clock
from tests.faults.site.running import Site, running_site
from tests.faults.site.weather import (
    ANSWERS_500,
    BACKEND_FREEZES,
    DATABASE,
    FRONTS,
    MAIL_IS_AWAY,
    ONLY_EARLY,
    OTHER_WORKER_DIES,
    POSTGRESQL_DIES,
    STRIPE,
    WORKER_DIES,
    Weather,
    forecast,
    own_memory,
    web_processes,
)

SECONDS = LENGTH.soak * 60
EARLY_ENDS_SECONDS = min(30.0, SECONDS / 5)  # before the warm-up does: who comes up then has filled its caches
WARM = 0.4  # of the time: until then processes are killed, and who lives after it is measured
MOST_GROWTH = 0.10
IS_MEASURED = LENGTH.soak >= 5  # in fewer minutes the caches of a process that has just started are all that is seen
SAMPLED_SECONDS = 2.0
DONORS, READERS = 2, 2
WALKS = 4  # of readers by all pages, before they go anywhere
SMALL_CACHE = {"PAGE_CACHE_MEGABYTES": "2"}  # it fills up by design, up to so much: that is no growth to be measured
TRIES = 400  # of a person, whose page breaks
READS = 2.1  # seconds; faster than this nobody fills in the form
RECOVERY_SECONDS = 15.0  # after a fault, in which somebody may still be told to come back
GIVEN_BACK = 500
LINES_OF_AN_ERROR = 150
SEND_AGAIN = "from donations.models import Refund\nfor refund in Refund.objects.shelved(): refund.requeue()"
AMOUNTS = ("1000", "2500", "5000")
LANGUAGES = ("en", "fr", "es", "ar", "ru", "zh-hans", "pt")
PAGES = (
    "", "about/", "campaigns/", "countries/", "donate/", "facts/", "global-report/", "hearts/", "help/", "law/",
    "news/", "pledge/", "privacy/", "resources/", "search/?q=help", "tracker/", "trust-fund/", "trust-fund/books/",
    "wear/",
)  # fmt: skip
STRIPES_PAGES = ("POST /en/donate/", "GET /en/donate/thanks/")
GOOD = {200, 301, 302, 503}

patient = functools.partial(again, tries=TRIES)


@pytest.fixture(scope="module")
def site(own_server):
    with running_site(own_server, own_clock=True, stripe_too=True, settings=SMALL_CACHE) as site:
        site.run("desk", "make_staff", "ada")
        yield site
        site.server.start()


@dataclass(frozen=True)
class Seen:
    """An answer that somebody had: which, and when it was asked for and came."""

    answer: Answer
    path: str
    began: float
    ended: float


@dataclass
class Watched(Browser):
    """A browser whose every answer is looked at."""

    crowd: "Crowd | None" = None

    def _ask(self, method: str, path: str, body: str | None, timeout: float) -> Answer:
        began = self.crowd.weather.now()
        answer = super()._ask(method, path, body, timeout)
        self.crowd.sees(Seen(answer, f"{method} {path}", began, self.crowd.weather.now()))
        return answer


@dataclass
class Crowd:
    """Donors, supporters, readers and Ada at the office, until `ended`; everybody finishes what was begun."""

    site: Site
    weather: Weather
    paid: list[Dora] = field(default_factory=list)
    left: list[Dora] = field(default_factory=list)
    sams: list[Sam] = field(default_factory=list)
    refunded: list[Dora] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    sorry: list[Seen] = field(default_factory=list)
    unclean: list[Seen] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    _first: list[str] = field(default_factory=list)
    _confirmed: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Readers open every page in every language first, so often that each web process has them."""
        self._first = [f"/{language}/{page}" for language in LANGUAGES for page in PAGES] * WALKS
        random.Random(SEED).shuffle(self._first)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        acts = [self._give] * DONORS + [self._pledge, self._refund] + [self._read] * READERS
        with ThreadPoolExecutor(len(acts)) as pool:
            working = [pool.submit(self._until_ended, act, number) for number, act in enumerate(acts)]
            try:
                yield
            finally:
                self.ended.set()
            for each in working:
                each.result()

    def _until_ended(self, act: Callable[[random.Random], None], number: int) -> None:
        chance = random.Random(f"{SEED}:soak:{number}")
        while not self.ended.is_set():
            act(chance)

    def sees(self, seen: Seen) -> None:
        answer = seen.answer
        with self._lock:
            self.statuses[answer.status] += 1
            if answer.status == 503:
                self.sorry.append(seen)
            if answer.status not in GOOD or not (300 <= answer.status < 400 or answer.is_clean):
                self.unclean.append(seen)

    def browser(self) -> Browser:
        return Watched(self.site, crowd=self)

    def _give(self, chance: random.Random) -> None:
        """Most come back from Stripe's page; some pay and close it, so that only a webhook tells; some never pay."""
        interval = "month" if chance.random() < 0.2 else "once"
        dora = Dora(self.site, amount=chance.choice(AMOUNTS), interval=interval, browser=self.browser())
        what = chance.choices(["comes back", "pays only", "leaves"], [6, 3, 1])[0]
        patient(dora.opens_form, {200}, self.site)
        time.sleep(chance.uniform(0, 1))
        patient(dora.sends_form, {302}, self.site)
        if what == "leaves":
            self.left.append(dora)
            return
        dora.pays()
        self.paid.append(dora)
        if what == "comes back":
            patient(dora.lands, {200}, self.site)

    def _pledge(self, _chance: random.Random) -> None:
        sam = Sam(self.site, browser=self.browser())
        patient(sam.opens_form, {200}, self.site)
        time.sleep(READS)
        patient(sam.sends_form, {302}, self.site)
        self.sams.append(sam)
        self.confirm_who_can()

    def confirm_who_can(self) -> bool:
        """Whether all have confirmed: who has no mail yet waits."""
        for sam in self.sams:
            if sam.email not in self._confirmed and sam.link():
                patient(sam.confirms, {200, 302}, self.site)
                self._confirmed.add(sam.email)
        return len(self._confirmed) == len(self.sams)

    def _read(self, chance: random.Random) -> None:
        browser = self.browser()
        for _page in range(10):
            with self._lock:
                path = self._first.pop() if self._first else ""
            anywhere = f"/{chance.choice(LANGUAGES)}/{chance.choice(PAGES)}"
            patient(functools.partial(browser.get, path or anywhere), {200}, self.site)
            if not path:
                time.sleep(chance.uniform(0, 0.5))
            if self.ended.is_set():
                return

    def _refund(self, chance: random.Random) -> None:
        """Ada gives a part of a booked gift back now and then; she looks before she asks once more."""
        self.ended.wait(chance.uniform(5, 15))
        rest = [dora for dora in self.paid if dora not in self.refunded]
        if rest and self._is_booked(dora := chance.choice(rest)):
            self.refunded.append(dora)
            for _try in range(TRIES):
                if self._is_asked(dora):
                    return
                with contextlib.suppress(AssertionError):  # the command failed, as PostgreSQL was away
                    self.site.run("desk", "refund", dora.session, str(GIVEN_BACK))
            raise AssertionError(f"Ada cannot give {dora.email} anything back\n{self.site.last_words()}")

    def _is_booked(self, dora: Dora) -> bool:
        sql = "SELECT status FROM donations_donation WHERE stripe_checkout_session_id = %s"
        return self._look(sql, dora.session) == [("succeeded",)]

    def _is_asked(self, dora: Dora) -> bool:
        sql = (
            "SELECT 1 FROM donations_refund r JOIN donations_donation d ON d.id = r.donation_id"
            " WHERE d.stripe_checkout_session_id = %s"
        )
        return bool(self._look(sql, dora.session))

    def _look(self, sql: str, *parameters: object) -> list[tuple]:
        """The answer of the database, once it is there."""
        for _try in range(TRIES):
            try:
                return self.site.ask(sql, *parameters)
            except psycopg2.Error:
                time.sleep(0.3)
        raise AssertionError("the database does not come back")


@dataclass
class Memory:
    """What each long-lived process has for itself, in KiB, every few seconds.

    Counted are the processes that live from the end of the warm-up to the end of the soak: those that answer people,
    and a worker. In the warm-up they begin, some are killed, and who comes after them fills what it keeps by design
    (templates, translations, compiled patterns, settings, the allocator's arenas), with people on every page in every
    language; the cache of pages is small, so that it is full by then. The median of the fifth of the soak that comes
    then is held beside that of its last fifth.
    """

    site: Site
    weather: Weather
    samples: dict[int, list[tuple[float, int]]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)

    def watch(self, over: threading.Event) -> None:
        while not over.wait(SAMPLED_SECONDS):
            self.sample()

    def sample(self) -> None:
        for name, pids in (("web", web_processes(self.site)), ("worker", self._worker())):
            for pid in pids:
                if (found := own_memory(pid)) is not None:
                    self.names[pid] = name
                    self.samples.setdefault(pid, []).append((self.weather.now(), found))

    def _worker(self) -> list[int]:
        worker = self.site.jobs[-1]
        return [] if worker.is_dead else [worker.running.pid]

    def measured(self) -> dict[str, tuple[float, float]]:
        """By name of each process that lived from the warm-up to the end: MiB after the one, and at the other."""
        warm, fifth, slack = SECONDS * WARM, SECONDS / 5, 4 * SAMPLED_SECONDS
        found = {}
        for pid, samples in self.samples.items():
            if samples[0][0] <= warm + slack and samples[-1][0] >= SECONDS - slack:
                first = [kib for at, kib in samples if warm <= at <= warm + fifth]
                last = [kib for at, kib in samples if SECONDS - fifth <= at <= SECONDS]
                name = f"{self.names[pid]} {pid}"
                found[name] = (statistics.median(first) / 1024, statistics.median(last) / 1024)
        return found


def test_the_weather_of_a_seed_is_always_the_same():
    spells = forecast(SEED, 1800, early=1800 * WARM)

    assert spells == forecast(SEED, 1800, early=1800 * WARM)
    assert spells != forecast(SEED + 1, 1800, early=1800 * WARM)
    assert {kind for spell in spells for kind in spell.kinds} == {kind for front in FRONTS for kind in front}
    assert all(spell.at < 1800 * WARM for spell in spells if ONLY_EARLY & set(spell.kinds))


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # of a mail server that is stopped while it is spoken to
def test_people_and_bad_weather_for_a_long_time(site):
    """Everything that was begun is there once, whatever was broken meanwhile, and memory does not grow."""
    weather = Weather(site)
    crowd, memory = Crowd(site, weather), Memory(site, weather)
    with told_with(weather, memory):
        with ThreadPoolExecutor(2) as pool:
            others = [
                pool.submit(weather.blows, forecast(SEED, SECONDS, early=SECONDS * WARM - EARLY_ENDS_SECONDS)),
                pool.submit(memory.watch, weather.over),
            ]
            try:
                with crowd.at_work():
                    lasts(others)
                    weather.over.set()
                    others[0].result()  # it is fine again: everybody finishes
            finally:
                weather.over.set()
            for each in others:
                each.result()
        site.tend()
        site.wait_until(site.is_up, seconds=60, what="all are up again")
        clock = Clock(site, site_is_calm_since(site))
        everybody_is_done(site, crowd, clock, weather)
        everything_is_there_once(site, crowd)
        doubled = each_mail_is_taken_once(site, crowd, weather)
        everybody_saw_clean_pages(crowd, weather)
        assert site.ask(SHELVED) == []
        assert json.loads(site.run("examining")) == []
        start, end, growth = grown(memory)
    note(
        "12 soak",
        "Random faults for all that time, and all that people began is there once; pages were clean"
        + (", memory is even." if IS_MEASURED else "."),
        minutes=LENGTH.soak, gifts=len(crowd.paid), pay_pages_left=len(crowd.left), refunds=len(crowd.refunded),
        pledges=len(crowd.sams), mails=len(site.mail.times()), mails_handed_over_again_by_the_same_id=doubled,
        **{f"faults_{kind}": number for kind, number in sorted(weather.kinds().items())},
        **{f"answers_{status}": number for status, number in by_kind(crowd.statuses).items()},
        processes_measured=len(memory.measured()), memory_at_start_mib=start, memory_at_end_mib=end,
        most_growth_of_a_process_in_percent=100 * growth, waited_by_the_clock_in_seconds=clock.passed,
    )  # fmt: skip


@contextlib.contextmanager
def told_with(weather: Weather, memory: Memory) -> Iterator[None]:
    """A failure says what the weather did, and when, what web processes had no better word for, and their memory."""
    try:
        yield
    except Exception as error:
        error.add_note(weather.story())
        error.add_note(bare_errors(weather.site))
        error.add_note(f"Memory in MiB at the start and at the end: {memory.measured()}")
        raise


def bare_errors(site: Site) -> str:
    """What the log says of the last answers that were a bare 500."""
    told = site.web.log.read_text(errors="replace").splitlines(keepends=True)
    starts = [number for number, line in enumerate(told) if "Internal Server Error" in line][-3:]
    return "Bare errors:\n" + "".join("".join(told[start : start + LINES_OF_AN_ERROR]) for start in starts)


def lasts(others: list[Future]) -> None:
    """Until the time is over; what fails in the background fails here at once."""
    until = time.monotonic() + SECONDS
    while (left := until - time.monotonic()) > 0:
        done, _rest = wait(others, timeout=min(left, SAMPLED_SECONDS))
        for each in done:
            each.result()
        time.sleep(min(1.0, max(0.0, left)))


def site_is_calm_since(site: Site) -> Callable[[], dt.datetime]:
    """Who died held what it held before now."""
    calm = site.now()
    return lambda: calm


def everybody_is_done(site: Site, crowd: Crowd, clock: Clock, weather: Weather) -> None:
    """Mails came, links were pressed, and what no webhook brought was fetched, as the hourly job would."""
    clock.until(crowd.confirm_who_can, "everybody has confirmed")
    site.manage("recover_events")
    clock.until_all_is_done()
    ada_sends_again(site, weather)
    clock.until_all_is_done()


def ada_sends_again(site: Site, weather: Weather) -> None:
    """Stripe keeps a 500 under the key of its refund: that waits for a person, who lets it go by another key."""
    if shelved := site.ask(SHELVED):
        assert weather.kinds()[ANSWERS_500], shelved
        assert all(table == "donations_refund" and reason.endswith("APIError 500") for table, reason in shelved), (
            shelved
        )
        site.manage("shell", "--no-imports", "--command", SEND_AGAIN)


def everything_is_there_once(site: Site, crowd: Crowd) -> None:
    sessions = site.control("truth?only=checkout_sessions")["checkout_sessions"]
    paid = sorted(each["id"] for each in sessions if each["payment_status"] == "paid")
    assert paid == sorted(dora.session for dora in crowd.paid)
    booked = site.ask("SELECT stripe_checkout_session_id FROM donations_donation WHERE status = 'succeeded'")
    assert sorted(booked) == [(each,) for each in paid]
    moved = site.control("truth?only=balance_transactions")["balance_transactions"]
    in_the_books = site.ask(
        "SELECT stripe_balance_transaction_id FROM donations_ledgertransaction"
        " WHERE stripe_balance_transaction_id IS NOT NULL"
    )
    assert sorted(in_the_books) == sorted((each["id"],) for each in moved)
    refunds = site.control("truth?only=refunds")["refunds"]
    assert [each["amount"] for each in refunds] == [GIVEN_BACK] * len(crowd.refunded)
    pledges = site.ask("SELECT email, status, is_counted FROM pledges_pledge")
    assert sorted(pledges) == sorted((sam.email, "confirmed", True) for sam in crowd.sams)


def each_mail_is_taken_once(site: Site, crowd: Crowd, weather: Weather) -> int:
    """How many were handed over once more, by the same Message-ID: who handed one over died, or could not note it."""
    times, mails = site.mail.times(), site.mail.mails()
    every_message_has_one_mail(site, times)
    people = Counter(mail.to for mail in {mail.message_id: mail for mail in mails}.values())
    refunded = {dora.email for dora in crowd.refunded}
    for person in (*crowd.paid, *crowd.sams):
        assert people[person.email] == (3 if person.email in refunded else 1), person.email
    assert not any(people[dora.email] for dora in crowd.left)
    struck = weather.kinds()
    a_worker = struck[WORKER_DIES] + struck[OTHER_WORKER_DIES] + struck[MAIL_IS_AWAY]
    each_worker = struck[POSTGRESQL_DIES] + struck[BACKEND_FREEZES]
    doubled = times.total() - len(times)
    assert doubled <= a_worker + site.workers * each_worker
    return doubled


def every_message_has_one_mail(site: Site, taken: Iterable[str]) -> None:
    """One that was taken may be dropped: who handed it over died, and its reader had done by then what it asks for."""
    messages = Counter(int(message_id.split(".")[1]) for message_id in taken)
    assert [message for message, mails in messages.items() if mails != 1] == []
    status = dict(site.ask("SELECT id, status FROM post_message"))
    assert {message for message in status if status[message] == "sent"} - messages.keys() == set()
    told = {message: status.get(message) for message in messages}
    assert {message: was for message, was in told.items() if was not in {"sent", "dropped"}} == {}


def everybody_saw_clean_pages(crowd: Crowd, weather: Weather) -> None:
    """Nobody met a server's bare words; "come back later" was said while what the page needs was away, and not after.

    That is PostgreSQL, and Stripe for a donor; what is wrong with mail, webhooks or workers no page may feel.
    """
    assert [(each.path, each.answer) for each in crowd.unclean] == []
    unexplained = [
        each for each in crowd.sorry
        if not weather.explains(
            each.began, each.ended, after=RECOVERY_SECONDS,
            kinds=(*DATABASE, *(STRIPE if each.path.startswith(STRIPES_PAGES) else ())),
        )
    ]  # fmt: skip
    assert [(each.path, each.began, each.ended, each.answer) for each in unexplained] == []
    for language in LANGUAGES:
        assert Browser(crowd.site).get(f"/{language}/donate/").status == 200


def grown(memory: Memory) -> tuple[float, float, float]:
    """MiB of all measured processes at the start and at the end, and the growth of the one that grew most."""
    measured = memory.measured()
    assert sorted(name.split()[0] for name in measured) == ["web"] * WEB_PROCESSES + ["worker"], memory.names
    growth = max(end / start - 1 for start, end in measured.values())
    if IS_MEASURED:
        assert growth < MOST_GROWTH, measured
    return sum(start for start, _end in measured.values()), sum(end for _start, end in measured.values()), growth


def by_kind(statuses: Counter[int]) -> Counter[str]:
    """2xx and 3xx together, all others by their number."""
    found: Counter[str] = Counter()
    for status, number in statuses.items():
        found[f"{status // 100}xx" if status < 400 else str(status)] += number
    return found
