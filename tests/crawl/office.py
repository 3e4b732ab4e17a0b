"""The office's pages before axe: one of each kind, in English and Arabic, light and dark, on a desk and on a phone."""

import random
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, Page

from tests.crawl.browser import PHONE, SETTLED, TOO_WIDE, WIDE, Finding, Inspector, Show, shown, size
from tests.journeys.staff import Staff
from tests.portal import Site

FIRST_ROW = "#result_list tbody th a"
LOCALES = {"en": "en-GB", "ar": "ar"}
SCHEMES = ("light", "dark")
PERSON = "amina-0@example.org"
# The row of buttons that sticks to the end covers what scrolling brings out: axe would call that too small a target.
UNSTICK = """() => document.querySelectorAll("#content-main form .submit-row").forEach((row) => {
  row.style.position = "static";
})"""

# The way to each kind of page: an address below the office, then what is pressed there, one after the other.
WAYS: dict[str, tuple[str, ...]] = {
    "home": ("",),
    "list": ("pledges/pledge/",),
    "list with totals and moments": ("donations/donation/",),
    "list without rows": ("donations/donation/?q=nobody",),
    "row that is only read": ("donations/donation/", FIRST_ROW),
    "act on a row": ("donations/donation/?status__exact=succeeded", FIRST_ROW, ".object-tools a[href*='/refund/ask/']"),
    "form": ("campaigns/fact/add/",),
    "form with errors": ("campaigns/fact/add/", "input[name=_save]"),
    "form with Markdown": ("campaigns/newsitem/add/",),
    "form of a picture": ("campaigns/picture/", FIRST_ROW),
    "side by side": ("campaigns/fact/", FIRST_ROW, "a[href$='/translate/ar/']"),
    "versions": ("campaigns/fact/", FIRST_ROW, ".historylink"),
    "content desk": ("content/",),
    "queues": ("queues/",),
    "queue": ("queues/words/",),
    "queue that is empty": ("queues/reported-hearts/",),
    "privacy desk": ("privacy/",),
    "retention": ("privacy/retention/",),
    "erasures": ("office/erasure/",),
    "data map": ("data-map/",),
    "imports": ("imports/",),
    "import": ("imports/", "#content a[href*='/imports/new/']"),
    "mail texts": ("mail-texts/",),
    "mail text": ("mail-texts/", "#content a[href$='/ar/']"),
    "mail log": ("post/message/",),
    "notices": ("notices/",),
    "notice": ("notices/", "#content a[href*='/notices/']"),
    "settings": ("site_settings/sitesetting/",),
    "setting": ("site_settings/sitesetting/", "#content table a, #content li a"),
    "exports": ("exports/preparedexport/",),
    "trail": ("trail/entry/",),
    "trail's entry": ("trail/entry/", FIRST_ROW),
    "new account": ("auth/user/add/",),
    "account of somebody": ("auth/user/", FIRST_ROW),
    "what a role may": ("auth/group/", FIRST_ROW),
    "books": ("donations/ledgertransaction/trial-balance/",),
    "closing": ("donations/closing/prepare/",),
    "own account": ("my-account/",),
    "recovery codes": ("recovery-codes/",),
    "new phone": ("login/enrol/",),
    "new password": ("password_change/",),
}


class Look(NamedTuple):
    """One kind of page in one language."""

    name: str
    language: str
    show: Show


class OfficeInspector(Inspector):
    """Looks at a page by day and by night."""

    def __init__(self, browser: Browser, axe: Path, ada: Staff, language: str, schemes: tuple[str, ...]) -> None:
        super().__init__(browser, axe, locale=LOCALES[language], storage_state=ada.session)
        self._schemes = schemes

    def look(self, address: str, show: Show, *, closely: bool) -> tuple[str, list[Finding]]:
        """What is wrong with a page; closely means on a phone too."""
        self.complaints.clear()
        self.page.set_viewport_size(size(WIDE))
        self._by(self._schemes[0])
        html = show(self.page)
        self.page.evaluate(self.axe)
        self.page.evaluate(UNSTICK)
        found = self._in_all_schemes(address, WIDE)
        if closely:
            self.page.set_viewport_size(size(PHONE))
            self.page.evaluate(SETTLED)
            found += self._in_all_schemes(address, PHONE)
            if wide := self.page.evaluate(TOO_WIDE):
                found.append(Finding(f"look: wider than {PHONE} px", address, wide))
        found += [Finding("browser: complains", address, complaint) for complaint in dict.fromkeys(self.complaints)]
        return html, found

    def _in_all_schemes(self, address: str, width: int) -> list[Finding]:
        found = []
        for scheme in self._schemes:
            self._by(scheme)
            self.page.evaluate(SETTLED)
            found += self.axe_findings(address, f"at {width} px, {scheme}")
        return found

    def _by(self, scheme: str) -> None:
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")


def examine(site: Site, browser: Browser, axe: Path, *, is_sample: bool, only: str = "") -> tuple[int, list[Finding]]:
    """How many pages were looked at, and what was found; a sample is each kind once, in one of the languages."""
    site.run("from tests.journeys import rows; rows.hearts_with_words(3, 'Amina')")
    ada = Staff(site, "ada", re.search(r"user name ada, password (\S+) ", site.output.read_text())[1])
    ada.sign_in_first(browser)
    findings: list[Finding] = []
    looks = 0
    for language in LOCALES:
        schemes = ("light",) if is_sample and language == "en" else ("dark",) if is_sample else SCHEMES
        inspector = OfficeInspector(browser, axe, ada, language, schemes)
        for look in looks_of(ada, language):
            address = f"office in {language}: {look.name}"
            if (is_sample and language != random.Random(look.name).choice(list(LOCALES))) or only not in address:
                continue
            _html, found = inspector.look(address, look.show, closely=True)
            findings += found
            looks += 1
    return looks, findings


def looks_of(ada: Staff, language: str) -> Iterator[Look]:
    """Every kind of page, those before the door last."""
    for name, (path, *pressed) in WAYS.items():
        yield Look(name, language, partial(_follow, ada.site.page(f"/staff/{path}"), pressed))
    yield Look("a person", language, partial(_person, ada.site, False))
    yield Look("erasing a person", language, partial(_person, ada.site, True))
    yield Look("sign-in", language, partial(_outside, ada, False))
    yield Look("code", language, partial(_outside, ada, True))


def _follow(url: str, pressed: list[str], page: Page) -> str:
    response = page.goto(url)
    for selector in pressed:
        with page.expect_navigation() as led:
            page.locator(selector).first.click()
        response = led.value
    assert response is not None
    assert response.ok, f"{page.url} answered {response.status}"
    return shown(response)


def _person(site: Site, erasing: bool, page: Page) -> str:
    """Somebody on the privacy desk."""
    page.goto(site.page("/staff/privacy/"))
    page.locator("#id_typed").fill(PERSON)
    with page.expect_navigation() as led:
        page.locator(".submit-row button").click()
    if erasing:
        with page.expect_navigation() as led:
            page.locator("form[action$='/erase/'] button").click()
    return shown(led.value)


def _outside(ada: Staff, knows_password: bool, page: Page) -> str:
    """Before the door, in a browser that nobody is signed in with."""
    page.context.clear_cookies()
    response = page.goto(ada.site.page("/staff/login/"))
    if not knows_password:
        return shown(response)
    page.locator("#id_username").fill(ada.name)
    page.locator("#id_password").fill(ada.password)
    with page.expect_navigation() as led:
        page.keyboard.press("Enter")
    return shown(led.value)
