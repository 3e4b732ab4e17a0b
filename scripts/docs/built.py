"""What the built site asks for: every link leads somewhere, and nothing is loaded from another host."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {"src", "srcset", "poster", "data"}  # attributes by which a browser fetches at once
IN_STYLES = re.compile(r"""(?:url\(\s*['"]?|@import\s+['"])([^'")\s]+)""")
NOT_FETCHED = {"canonical", "next", "prev", "search", "index", "author", "copyright"}


@dataclass
class Page:
    """What one page of HTML loads, links to, and can be linked to by."""

    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.page.ids |= {given[name] for name in ("id", "name") if name in given}
        self.page.loads += [given[name].split()[0] for name in LOADS & given.keys() if given[name].strip()]
        self.page.loads += IN_STYLES.findall(given.get("style", ""))
        if tag == "a" and "href" in given:
            self.page.links.append(given["href"])
        if tag == "link" and not NOT_FETCHED & set(given.get("rel", "").split()):
            self.page.loads.append(given.get("href", ""))


def read(html: str) -> Page:
    """What a page of HTML asks for."""
    reader = _Reader()
    reader.feed(html)
    return reader.page


def findings(site: Path) -> Iterator[str]:
    """One line for each link that leads nowhere and each thing that would be fetched from another host."""
    pages = {path: read(path.read_text()) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(site)
        yield from (f"{name} loads {asked}" for asked in page.loads if is_foreign(asked))
        yield from (f"{name} links to {link}, which is not there" for link in page.links if _is_lost(link, path, pages))
    for path in sorted(site.rglob("*.css")):
        asked_for = IN_STYLES.findall(path.read_text())
        yield from (f"{path.relative_to(site)} loads {asked}" for asked in asked_for if is_foreign(asked))


def is_foreign(address: str) -> bool:
    """Whether a browser would ask another host for it."""
    return bool(urlsplit(address).netloc)


def _is_lost(link: str, path: Path, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return False
    meant = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if meant.is_dir():
        meant /= "index.html"
    if not meant.exists():
        return True
    return bool(parts.fragment) and meant in pages and unquote(parts.fragment) not in pages[meant].ids
