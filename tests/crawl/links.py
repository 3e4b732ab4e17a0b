"""Follows every link of the portal from its first page, and says which lead nowhere."""

import http.client
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from tests.crawl.findings import Finding, say

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
# A wall of pages (`?before=`), filters: so many variants of one address are followed, the others are counted.
MOST_QUERIES = 12
# Elements and the attributes of theirs that name an address.
ADDRESSES = {
    "a": ["href"], "area": ["href"], "link": ["href"], "form": ["action"], "button": ["formaction"],
    "input": ["formaction", "src"], "img": ["src"], "script": ["src"], "source": ["src"], "track": ["src"],
    "video": ["src", "poster"], "audio": ["src"], "iframe": ["src"], "object": ["data"], "embed": ["src"],
    "use": ["href"], "image": ["href"],
}  # fmt: skip
SETS = {"img": "srcset", "source": "srcset"}
PICTURES = frozenset({"og:image", "og:image:secure_url", "twitter:image"})
LOADED = frozenset({"img", "script", "source", "track", "video", "audio", "iframe", "object", "embed", "use", "image"})
# Copies of mail, whose links have to be whole.
MAIL = "/_mail/"
# They have to say the whole address.
ABSOLUTE_RELS = frozenset({"canonical", "alternate"})


class Link(NamedTuple):
    """An address in a page: in which element, and with which `rel`."""

    element: str
    address: str
    rel: str = ""


class Document(HTMLParser):
    """The links of a page, and the places in it that links can lead to."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[Link] = []
        self.places: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attributes}
        self.places |= {named[name] for name in ("id",) if name in named}
        if tag == "a" and "name" in named:
            self.places.add(named["name"])
        for attribute in ADDRESSES.get(tag, []):
            if attribute in named:
                self.links.append(Link(tag, named[attribute].strip(), named.get("rel", "")))
        if candidates := named.get(SETS.get(tag, ""), ""):
            self.links += [Link(tag, candidate.split()[0]) for candidate in candidates.split(",") if candidate.strip()]
        if tag == "meta" and named.get("property", named.get("name")) in PICTURES:
            self.links.append(Link("meta", named.get("content", "")))


@dataclass
class Answer:
    """What an address answered, redirects followed."""

    status: int
    kind: str
    address: str
    document: Document | None = None
    html: str = ""


@dataclass
class Crawl:
    """All that was reached from the first page. Only this site is ever asked; of others the addresses are kept."""

    base: str
    wanted: Callable[[str], bool] = lambda _path: True
    answers: dict[str, Answer] = field(default_factory=dict)
    elsewhere: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    _linked_from: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _fragments: list[tuple[str, str, str]] = field(default_factory=list)
    _queries: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    left_out: int = 0

    def __post_init__(self) -> None:
        self._host = urlsplit(self.base).netloc
        self._connection = http.client.HTTPConnection(self._host, timeout=30)

    def run(self, seeds: Iterable[str]) -> None:
        """Follow everything from the seeds, then judge what was found."""
        waiting = deque(dict.fromkeys(seeds))
        seen = set(waiting)
        while waiting:
            path = waiting.popleft()
            for found in self._read(path):
                if found not in seen:
                    seen.add(found)
                    waiting.extend([found] if self._is_followed(found) else [])
            if len(self.answers) % 250 == 0:
                say(f"links: {len(self.answers)} addresses asked, {len(waiting)} waiting")
        self._connection.close()
        self._judge()

    def pages(self) -> dict[str, Answer]:
        """The pages of HTML that answered 200 under their own address."""
        return {
            path: answer
            for path, answer in self.answers.items()
            if answer.status == 200 and answer.document is not None and answer.address == path
        }

    def _is_followed(self, path: str) -> bool:
        if not self.wanted(path):
            return False
        bare, _, query = path.partition("?")
        if query:
            self._queries[bare] += 1
            if self._queries[bare] > MOST_QUERIES:
                self.left_out += 1
                return False
        return True

    def _read(self, path: str) -> list[str]:
        answer = self._ask(path)
        self.answers[path] = answer
        if answer.address != path:  # the page is read under its own address
            return [answer.address] if answer.address.startswith("/") else []
        if answer.document is None:
            return []
        return [found for link in answer.document.links if (found := self._target(path, link))]

    def _target(self, path: str, link: Link) -> str | None:
        """The address on this site that a link of the page leads to; notes what is wrong with how it says so."""
        whole, fragment = urldefrag(urljoin(f"{self.base}{path}", link.address))
        parts = urlsplit(whole)
        if parts.scheme not in ("http", "https"):
            return None
        if parts.netloc != self._host:
            self.elsewhere.add(whole)
            if link.element in LOADED or (link.element == "link" and "stylesheet" in link.rel):
                self.findings.append(Finding("link: loaded from elsewhere", path, f"<{link.element}> {whole}"))
            return None
        rels = set(link.rel.split())
        is_absolute = bool(urlsplit(link.address).netloc)
        if is_absolute and link.element != "meta" and not rels & ABSOLUTE_RELS and not path.startswith(MAIL):
            self.findings.append(Finding("link: whole address of this site", path, f"<{link.element}> {link.address}"))
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        self._linked_from[target].append(path)
        if fragment and not fragment.startswith(":~:"):
            self._fragments.append((path, target, unquote(fragment)))
        return target

    def _ask(self, path: str) -> Answer:
        address = path
        for _turn in range(MOST_REDIRECTS):
            status, headers, body = self._get(address)
            if status not in REDIRECTS:
                break
            target = urlsplit(urljoin(f"{self.base}{address}", headers.get("Location", "")))
            if target.netloc != self._host:
                self.elsewhere.add(target.geturl())
                return Answer(200, "", target.geturl())
            address = f"{target.path}?{target.query}" if target.query else target.path
        kind = headers.get("Content-Type", "").split(";")[0]
        if kind != "text/html":
            return Answer(status, kind, address)
        html = body.decode()
        return Answer(status, kind, address, Document(html), html)

    def _get(self, path: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        for attempt in (1, 2):
            try:
                self._connection.request("GET", path, headers={"Accept-Language": "en"})
                answer = self._connection.getresponse()
                return answer.status, answer.headers, answer.read()
            except (http.client.HTTPException, ConnectionError):
                self._connection.close()  # the server had closed it between two requests
                if attempt == 2:
                    raise
        raise AssertionError

    def _judge(self) -> None:
        for path, answer in self.answers.items():
            if answer.status != 200:
                for source in dict.fromkeys(self._linked_from[path] or ["(a first address)"]):
                    self.findings.append(Finding(f"link: answers {answer.status}", source, path))
        for source, target, fragment in self._fragments:
            answer = self.answers.get(target)
            if answer and answer.document and answer.status == 200 and fragment not in answer.document.places:
                self.findings.append(Finding("link: no such place in the page", source, f"{target}#{fragment}"))
