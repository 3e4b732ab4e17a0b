"""Visitors by HTTP, each from an address of their own: Dora gives, Sam pledges."""

import contextlib
import html
import http.client
import itertools
import random
import re
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

from tests.faults.site.running import Site

FIELD = re.compile(r"<input[^>]*>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
CONFIRM_LINK = re.compile(r"/[a-z-]+/pledge/confirm/[\w-]+/")
COUNTRIES = ("PT", "BR", "KE", "FR", "NP", "MX", "DE")
SECONDS = 30.0

numbers = itertools.count(1)


@dataclass(frozen=True)
class Answer:
    status: int
    url: str
    text: str
    seconds: float

    @property
    def is_clean(self) -> bool:
        """A page for people, whatever went wrong: no traceback, no server's bare words."""
        return bool(self.text) and "Traceback" not in self.text and "psycopg2" not in self.text


@dataclass
class Browser:
    """Somebody's browser: cookies and an address; follows no redirect by itself."""

    site: Site
    address: str = ""
    cookies: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        number = next(numbers)
        self.address = self.address or f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"

    def get(self, path: str, *, timeout: float = SECONDS) -> Answer:
        return self._ask("GET", path, None, timeout)

    def post(self, path: str, fields: dict[str, object], *, timeout: float = SECONDS) -> Answer:
        return self._ask("POST", path, urllib.parse.urlencode(fields, doseq=True), timeout)

    def _ask(self, method: str, path: str, body: str | None, timeout: float) -> Answer:
        began = time.monotonic()
        headers = {"X-Forwarded-For": self.address, "Cookie": "; ".join(f"{n}={v}" for n, v in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", random.choice(self.site.entrances), timeout=timeout)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for header in answer.msg.get_all("Set-Cookie") or ():
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(header).items()}
            text = answer.read().decode(errors="replace")
            where = answer.getheader("Location") or ""
        return Answer(answer.status, where, text, time.monotonic() - began)


def hidden_fields(page: str) -> dict[str, str]:
    """What a form sends that nobody types."""
    found = [dict(ATTRIBUTE.findall(tag)) for tag in FIELD.findall(page)]
    return {each["name"]: html.unescape(each.get("value", "")) for each in found if each.get("type") == "hidden"}


@dataclass
class Dora:
    """A donor with one gift in mind. Every act may be done again, as people do when a page breaks."""

    site: Site
    email: str = ""
    amount: str = "2500"
    interval: str = "once"
    browser: Browser | None = None
    form: dict[str, object] = field(default_factory=dict)
    session: str = ""

    def __post_init__(self) -> None:
        self.browser = self.browser or Browser(self.site)
        self.email = self.email or f"dora{next(numbers)}@example.org"

    def opens_form(self) -> Answer:
        page = self.browser.get("/en/donate/")
        if page.status == 200:
            self.form = hidden_fields(page.text) | {
                "shown_currency": "USD", "interval": self.interval, "currency": "USD", "preset": self.amount,
                "amount": "", "email": self.email, "receipt_name": "Dora Donor", "public_name": "",
            }  # fmt: skip
        return page

    def sends_form(self, *, timeout: float = SECONDS) -> Answer:
        """Answered by a redirect to the pay page, whose session is then known."""
        answer = self.browser.post("/en/donate/", self.form, timeout=timeout)
        if found := re.search(r"cs_test_\w+", answer.url):
            self.session = found[0]
        return answer

    def pays(self) -> None:
        self.site.control("pay", {"session": self.session, "email": self.email})
        self.site.control("clock", {"advance_seconds": 0})

    def lands(self, *, timeout: float = SECONDS) -> Answer:
        return self.browser.get(f"/en/donate/thanks/?session={self.session}", timeout=timeout)

    def gives(self) -> "Dora":
        """The whole of it, patiently: what breaks is tried again, by the same form."""
        again(self.opens_form, {200}, self.site)
        again(self.sends_form, {302}, self.site)
        self.pays()
        again(self.lands, {200}, self.site)
        return self


@dataclass
class Sam:
    """A supporter with one heart in mind."""

    site: Site
    email: str = ""
    country: str = ""
    name: str = ""
    browser: Browser | None = None
    form: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        number = next(numbers)
        self.browser = self.browser or Browser(self.site)
        self.email = self.email or f"sam{number}@example.org"
        self.country = self.country or COUNTRIES[number % len(COUNTRIES)]

    def opens_form(self) -> Answer:
        page = self.browser.get("/en/pledge/")
        if page.status == 200:
            precept = re.search(r'name="precepts"[^>]*value="(\d+)"', page.text)
            self.form = hidden_fields(page.text) | {
                "step": "all", "go": "send", "precepts": precept[1] if precept else "", "way": "pin",
                "country": self.country, "public_name": self.name, "is_16_or_older": "on", "email": self.email,
            }  # fmt: skip
        return page

    def sends_form(self) -> Answer:
        return self.browser.post("/en/pledge/", self.form)

    def link(self) -> str:
        """The path of the newest mailed link, empty until it came."""
        found = [CONFIRM_LINK.search(mail.text) for mail in self.site.mail.mails(self.email)]
        return next((match[0] for match in reversed(found) if match), "")

    def confirms(self) -> Answer:
        page = self.browser.get(self.link())
        if page.status != 200 or "confirm-form" not in page.text:  # it was confirmed already, and no answer came
            return page
        fields = hidden_fields(page.text)
        fields.pop("act", None)  # of the form beside it, which says: this was not me
        return self.browser.post(self.link(), fields)

    def pledges(self) -> "Sam":
        again(self.opens_form, {200}, self.site)
        time.sleep(2.1)  # faster than this nobody fills in the form
        again(self.sends_form, {302}, self.site)
        self.site.wait_until(self.link, seconds=60, what=f"the mail to {self.email}")
        again(self.confirms, {200, 302}, self.site)
        return self


def again(act, wanted: set[int], site: Site, *, tries: int = 30) -> Answer:
    """Try as a person does whose page broke: press once more until it works. Raises AssertionError after `tries`."""
    answer: Answer | str = ""
    for _try in range(tries):
        try:
            answer = act()
        except (OSError, http.client.HTTPException) as error:
            answer = f"{type(error).__name__}: {error}"
        else:
            if answer.status in wanted:
                return answer
        site.tend()
        time.sleep(0.3)
    said = answer if isinstance(answer, str) else f"{answer.status} {answer.url} {_words(answer.text)[:1500]}"
    raise AssertionError(f"{act.__qualname__}: {said}\n{site.last_words()}")


def crowd(seed: int) -> Iterator[random.Random]:
    """Chances for as many people as are asked for, the same in every run of a seed."""
    yield from (random.Random(f"{seed}:{number}") for number in itertools.count())


def _words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2] or page).split())
