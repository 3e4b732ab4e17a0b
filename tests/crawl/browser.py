"""Looks at pages in a real browser: axe, room on small screens, targets for fingers, complaints of the browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response

from tests.crawl.findings import Finding

WIDE, PHONE, NARROW = 1280, 390, 320
HEIGHT = 900
AXE_OPTIONS = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"],
    },
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
    "preload": False,  # it would write a style into the page, which our policy forbids
}
# At the top: where the focus of an error has scrolled a little, the bar of safety lies over half of the header.
RUN_AXE = """([context, options]) => {
  scrollTo(0, 0);
  return axe.run(context || document, options).then((results) => results.violations);
}"""
OPEN_ALL = """() => {
  const closed = document.querySelectorAll("details:not([open])");
  closed.forEach((details) => { details.open = true; });
  return closed.length;
}"""
# After a change of width the browser lays the page out again, in steps.
SETTLED = """() => new Promise((done) => {
  requestAnimationFrame(() => requestAnimationFrame(() => {
    document.getAnimations().forEach((change) => change.finish());
    setTimeout(done, 50);
  }));
})"""
TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= room) return null;
  const wide = [...document.body.querySelectorAll("*")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width && (box.right > room + 1 || box.left < -1);
  });
  const name = (element) => `${element.tagName.toLowerCase()}.${element.className}`
    + ` “${element.textContent.trim().slice(0, 40)}”`;
  return `${document.documentElement.scrollWidth} px: ${wide.slice(-2).map(name).join(", ")}`;
}"""
# Our buttons and the links of our menus; links within a sentence are axe's matter.
SMALL_TARGETS = """() => [...document.querySelectorAll(".btn, button, summary, nav a, .brand, .safety-bar a")]
  .filter((element) => element.checkVisibility({visibilityProperty: true}) && !element.closest("[aria-hidden=true]"))
  .map((element) => [element, element.getBoundingClientRect()])
  .filter(([, box]) => box.width > 1 && (box.height < 43.5 || box.width < 43.5))
  .map(([element, box]) => `${element.tagName.toLowerCase()}.${element.className}`
    + ` “${element.textContent.trim().slice(0, 30)}” ${Math.round(box.width)} × ${Math.round(box.height)} px`)
"""


# Brings the browser to a page; returns its HTML.
Show = Callable[[Page], str]


def shown(response: Response | None) -> str:
    """The HTML as it came, before a script or the browser made something else of it."""
    assert response is not None
    return response.text()


class Inspector:
    """One browser window that pages are shown in, one after the other."""

    def __init__(self, browser: Browser, axe: Path, *, locale: str = "en-GB", **given: Any) -> None:
        self.axe = axe.read_text()
        context = browser.new_context(locale=locale, reduced_motion="reduce", viewport=size(WIDE), **given)
        self.page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("request", self._notice)
        self.page.on("response", self._judge)

    def look(self, address: str, show: Show, *, closely: bool) -> tuple[str, list[Finding]]:
        """The HTML of a page and what is wrong with it; closely means on a phone and with open menus too."""
        self.complaints.clear()
        self.page.set_viewport_size(size(WIDE))
        html = show(self.page)
        self.page.evaluate(self.axe)
        found = [*self.axe_findings(address, f"at {WIDE} px"), *self._small_targets(address)]
        for width in (PHONE, NARROW):
            self.page.set_viewport_size(size(width))
            self.page.evaluate(SETTLED)
            if wide := self.page.evaluate(TOO_WIDE):
                found.append(Finding(f"look: wider than {width} px", address, wide))
            if width == PHONE and closely:
                found += [*self.axe_findings(address, f"at {width} px"), *self._small_targets(address)]
        if closely and self.page.evaluate(OPEN_ALL):
            found += self.axe_findings(address, "with everything open", {"include": [["details[open]"]]})
            if wide := self.page.evaluate(TOO_WIDE):
                found.append(Finding(f"look: wider than {NARROW} px", address, f"with everything open, {wide}"))
        found += [Finding("browser: complains", address, complaint) for complaint in dict.fromkeys(self.complaints)]
        return html, found

    def axe_findings(self, address: str, how: str, context: dict[str, Any] | None = None) -> list[Finding]:
        return [
            Finding(f"axe: {violation['id']}", address, f"{node['target']} {how}: {_first_reason(node)}")
            for violation in self.page.evaluate(RUN_AXE, [context, AXE_OPTIONS])
            for node in violation["nodes"]
        ]

    def _small_targets(self, address: str) -> list[Finding]:
        return [Finding("look: target below 44 px", address, small) for small in self.page.evaluate(SMALL_TARGETS)]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        where = message.location.get("url", "")
        is_the_page = where.split("#")[0] == self.page.url.split("#")[0]
        if "Failed to load resource" in message.text and is_the_page:
            return  # the page itself: an error page is looked at on purpose
        self.complaints.append(f"{message.text} ({where})")

    def _notice(self, request: Request) -> None:
        if request.url.endswith("/csp-report/"):
            self.complaints.append(f"reports a breach of the policy: {(request.post_data or '')[:300]}")

    def _judge(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.complaints.append(f"{response.url} answered {response.status}")


def size(width: int) -> dict[str, int]:
    return {"width": width, "height": HEIGHT}


def _first_reason(node: dict[str, Any]) -> str:
    lines = [line.strip() for line in node.get("failureSummary", "").splitlines()]
    return (lines[1] if len(lines) > 1 else "")[:160]
