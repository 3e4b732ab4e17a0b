"""Pictures of docs/office.md, made by the journeys; beside each stands what it shows, so that none goes stale unseen.

`make handbook` (HANDBOOK=1) writes them. Every other run compares the headings, labels and buttons of the page with
those that were there when its picture was made.
"""

import io
import os
import re
from collections.abc import Iterable

from PIL import Image
from playwright.sync_api import Page

from tests.portal import ROOT

PICTURES = ROOT / "docs/img/office"
IS_MAKING = "HANDBOOK" in os.environ
WIDTH, MOST_HEIGHT, COLOURS = 1280, 1000, 48
# What a page is made of; rows of lists and what people are called are data.
OUTLINE = """() => {
  const parts = "h1, h2, h3, legend, label, button, summary, thead th, a.button, .object-tools a, input[type=submit]";
  const data = "#nav-sidebar, #user-tools, #changelist-filter, tbody, aside, figure";
  return [...document.querySelectorAll(parts)]
    .filter((part) => part.checkVisibility() && !part.closest(data))
    .map((part) => {
      const copy = part.cloneNode(true);
      copy.querySelectorAll("bdi, kbd, select, textarea").forEach((part) => part.remove());
      const name = part.getAttribute("aria-label") || (part.tagName === "INPUT" ? part.value : copy.textContent);
      const kinds = {H1: "title", H2: "heading", H3: "subheading", INPUT: "button", A: "link", TH: "column"};
      return `${kinds[part.tagName] || part.tagName.toLowerCase()}: ${name.replace(/\\s+/g, " ").trim()}`;
    });
}"""


def outline(page: Page, but: Iterable[str] = ()) -> str:
    """What the page is made of, one part a line, without figures and without the data named by `but`."""
    lines = [
        re.sub("|".join([r"\d[\d.,: ]*\d|\d", *map(re.escape, but)]), "…", line) for line in page.evaluate(OUTLINE)
    ]
    return "\n".join(dict.fromkeys(lines)) + "\n"


def picture(page: Page, name: str, but: Iterable[str] = ()) -> None:
    """Make the picture, or see that the page is still what its picture shows."""
    kept, now = PICTURES / f"{name}.txt", outline(page, but)
    if IS_MAKING:
        PICTURES.mkdir(parents=True, exist_ok=True)
        kept.write_text(now)
        (PICTURES / f"{name}.png").write_bytes(small_picture_of(page))
    assert kept.exists(), f"no picture of {page.url} yet: run make handbook"
    assert now == kept.read_text(), f"{page.url} is not what docs/img/office/{name}.png shows: run make handbook"


def small_picture_of(page: Page) -> bytes:
    """The top of the page, in few colours."""
    height, before = page.evaluate("document.documentElement.scrollHeight"), page.viewport_size
    page.set_viewport_size({"width": WIDTH, "height": min(height, MOST_HEIGHT)})  # what sticks to the end is there
    page.evaluate("scrollTo(0, 0)")
    drawn = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    page.set_viewport_size(before)
    small = io.BytesIO()
    drawn.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(small, "PNG", optimize=True)
    return small.getvalue()
