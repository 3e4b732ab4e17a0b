"""P13: what a first visit sends over the wire, as Chromium's own network log counts it, headers included."""

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from benchmarks.browsing import CHROMIUM_ARGUMENTS, Site, chromium, published_site
from benchmarks.budgets import Bound, Budget, Line, Measured, Wish, WrongAnswerError

PAGES = {"home": "", "pledge": "pledge/", "donate": "donate/"}
LANGUAGES = ("en", "ar")
SCREENS = ((390, 844), (1280, 800))
FAVICON = "img/favicon"  # a headless browser draws no tab and leaves it out: the page asks for it below


@dataclass
class Visit:
    """The bytes of each answer of one page, by what it was for."""

    answers: list[tuple[str, str, int]] = field(default_factory=list)

    def kilobytes(self, kind: str = "") -> float:
        return sum(size for what, _, size in self.answers if kind in ("", what)) / 1000


def first_visit(browser: Browser, url: str, *, screen: tuple[int, int]) -> Visit:
    """Open a page with an empty cache and wait until the network rests.

    Raises `WrongAnswerError` when something was not answered with 200, or came from elsewhere.
    """
    context = browser.new_context(viewport={"width": screen[0], "height": screen[1]})
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    asked: dict[str, dict[str, Any]] = {}
    visit = Visit()

    def answered(event: dict[str, Any]) -> None:
        if not event["response"]["url"].startswith("data:"):
            asked[event["requestId"]] = event

    def finished(event: dict[str, Any]) -> None:
        if of := asked.get(event["requestId"]):
            visit.answers.append((of["type"], of["response"]["url"], int(event["encodedDataLength"])))

    network.on("Network.responseReceived", answered)
    network.on("Network.loadingFinished", finished)
    page.goto(url, wait_until="networkidle")
    icon = page.locator('link[rel="icon"]').get_attribute("href")
    if not any(FAVICON in address for _, address, _ in visit.answers):
        page.evaluate("address => fetch(address).then(answer => answer.text())", icon)
        page.wait_for_load_state("networkidle")
    own = url.split("/", 3)[2]
    for event in asked.values():
        answer = event["response"]
        if answer["status"] != 200 or answer["url"].split("/", 3)[2] != own:
            raise WrongAnswerError(f"{url} asked for {answer['url']}: {answer['status']}")
    if len(visit.answers) != len(asked) or page.locator("h1").count() != 1:
        raise WrongAnswerError(f"{url} did not load whole")
    context.close()
    return visit


def measure(wish: Wish) -> Measured:
    """Each page in English and Arabic on a phone and a desk; the heavier screen counts."""
    lines = []
    with published_site() as site, sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=chromium(), args=list(CHROMIUM_ARGUMENTS))
        for name, path in PAGES.items():
            for language in LANGUAGES:
                lines += _of_page(browser, site, f"/{language}/{path}", f"{name}, {language}")
        browser.close()
    return Measured(lines)


def _of_page(browser: Browser, site: Site, path: str, what: str) -> list[Line]:
    first_visit(browser, site.url(path), screen=SCREENS[0])  # the server's own first time
    visits = [first_visit(browser, site.url(path), screen=screen) for screen in SCREENS]
    heaviest = max(visits, key=Visit.kilobytes)
    parts = {kind: f"{heaviest.kilobytes(kind):.1f} KB" for kind in ("Document", "Stylesheet", "Image")}
    return [
        Line(f"{what}: over the wire", [heaviest.kilobytes()], Bound(most=60, unit="KB"), parts),
        Line(f"{what}: requests", [float(len(heaviest.answers))], Bound(most=8)),
        Line(f"{what}: JavaScript", [heaviest.kilobytes("Script")], Bound(most=15, unit="KB")),
    ]


FIRST_LOAD = Budget(13, "first load of home, pledge and donate with an empty cache", measure)
