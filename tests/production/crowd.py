"""People who read, give and pledge at once, by HTTPS through nginx, each from an address of their own."""

import contextlib
import http.client
import random
import threading
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from tests.faults.site.people import Answer, Browser, Dora, Sam, again, numbers
from tests.production.programs import PATIENCE
from tests.production.shape import HOST, Production

READERS, DONORS, SUPPORTERS = 4, 2, 2
READS_SECONDS = 2.1  # faster than this nobody fills in the form of a pledge
PAUSE_SECONDS = (0.0, 0.6)
TRIES = 200  # of a person whose page breaks
MAIL_SECONDS = 15 * 60  # a letter that a killed worker held goes after its lease
LANGUAGES = ("en", "fr", "es", "ar", "ru", "zh-hans", "pt")
PAGES = (
    "", "about/", "campaigns/", "countries/", "donate/", "facts/", "global-report/", "hearts/", "help/", "law/",
    "news/", "pledge/", "privacy/", "resources/", "tracker/", "trust-fund/", "trust-fund/books/", "wear/",
)  # fmt: skip
WORDS = ("help", "child", "law", "heart", "fund", "report", "school", "night", "work", "home", "road", "sea")
FOR_PROGRAMS = "/sitemap.xml"  # Redis keeps it for all web servers
OF_PROGRAMS = 0.1  # of all others
MADE_ANEW = 0.3  # of all reads: no cache has them, so that PostgreSQL is asked


@dataclass(frozen=True)
class Seen:
    """What somebody asked for and had: `status` is 0 where no answer came. Moments in seconds of `time.monotonic`."""

    who: str
    what: str
    status: int
    began: float
    ended: float
    about: str = ""

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    @property
    def is_read(self) -> bool:
        return self.what.startswith("GET")


@dataclass
class Visitor(Browser):
    """A browser that comes over TLS, from its own address on this machine; `crowd` notes all that it is told."""

    site: Production
    who: str = "reader"
    crowd: "Crowd | None" = None

    def __post_init__(self) -> None:
        number = next(numbers) + 2
        self.address = f"127.{1 + number // 62500 % 250}.{number // 250 % 250}.{1 + number % 250}"

    def _ask(self, method: str, path: str, body: str | None, timeout: float) -> Answer:
        began, status, about = time.monotonic(), 0, ""
        try:
            answer = self._asked(method, path, body, timeout)
            status, about = answer.status, answer.url or answer.text[:200]
        except (OSError, http.client.HTTPException) as error:
            about = f"{type(error).__name__}: {error}"
            raise
        finally:
            if self.crowd:
                self.crowd.sees(Seen(self.who, f"{method} {path}", status, began, time.monotonic(), about))
        return answer

    def _asked(self, method: str, path: str, body: str | None, timeout: float) -> Answer:
        began = time.monotonic()
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.site.url}
        connection = http.client.HTTPSConnection(
            HOST, self.site.port, timeout=timeout * PATIENCE, context=self.site.trust, source_address=(self.address, 0)
        )
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for header in answer.msg.get_all("Set-Cookie") or ():
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
            text = answer.read().decode(errors="replace")
        location = urllib.parse.urlsplit(answer.getheader("Location") or "")
        return Answer(answer.status, location.geturl(), text, time.monotonic() - began)


@dataclass
class Crowd:
    """Everybody at once until `at_work` ends; what was begun is finished. `seen` has every single answer."""

    site: Production
    seed: int = 1
    seen: list[Seen] = field(default_factory=list)
    paid: list[Dora] = field(default_factory=list)
    pledged: list[Sam] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        acts = [self._read] * READERS + [self._give] * DONORS + [self._pledge] * SUPPORTERS
        with ThreadPoolExecutor(len(acts)) as pool:
            working = [pool.submit(self._until_ended, act, number) for number, act in enumerate(acts)]
            try:
                yield
            except BaseException:
                self.site.stop()  # nobody finishes: who waits for a letter would do so for minutes
                raise
            finally:
                self.ended.set()
            for each in working:
                each.result()

    def sees(self, seen: Seen) -> None:
        with self._lock:
            self.seen.append(seen)

    def _until_ended(self, act, number: int) -> None:
        chance = random.Random(f"{self.seed}:{number}")
        while not self.ended.is_set():
            act(chance)

    def _read(self, chance: random.Random) -> None:
        """A visitor opens ten pages and presses nothing twice: what they are told the first time is what counts."""
        visitor = Visitor(self.site, crowd=self)
        for _page in range(10):
            path = f"/{chance.choice(LANGUAGES)}/{chance.choice(PAGES)}"
            if chance.random() < MADE_ANEW:
                path = f"/{chance.choice(LANGUAGES)}/search/?q={chance.choice(WORDS)}+{chance.randrange(10**6)}"
            elif chance.random() < OF_PROGRAMS:
                path = FOR_PROGRAMS
            with contextlib.suppress(OSError, http.client.HTTPException):  # it was noted
                visitor.get(path)
            if self.ended.wait(chance.uniform(*PAUSE_SECONDS)):
                return

    def _give(self, chance: random.Random) -> None:
        """Half come back from Stripe's page; the others pay and close it, so that only the webhook tells of it."""
        dora = Dora(self.site, amount=chance.choice(("1000", "2500", "5000")), browser=self._browser("donor"))
        again(dora.opens_form, {200}, self.site, tries=TRIES)
        self.ended.wait(chance.uniform(0, 1))
        again(dora.sends_form, {302}, self.site, tries=TRIES)
        dora.pays()
        self.paid.append(dora)
        if chance.random() < 0.5:
            again(dora.lands, {200}, self.site, tries=TRIES)

    def _pledge(self, _chance: random.Random) -> None:
        sam = Sam(self.site, browser=self._browser("supporter"))
        again(sam.opens_form, {200}, self.site, tries=TRIES)
        time.sleep(READS_SECONDS)
        again(sam.sends_form, {302}, self.site, tries=TRIES)
        self.pledged.append(sam)
        self.site.wait_until(sam.link, seconds=MAIL_SECONDS, what=f"the mail to {sam.email}")
        again(sam.confirms, {200, 302}, self.site, tries=TRIES)

    def _browser(self, who: str) -> Visitor:
        return Visitor(self.site, who=who, crowd=self)
