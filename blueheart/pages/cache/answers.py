"""What Django answered, and the shapes in which it is kept."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

from blueheart.pages.cache import encodings
from blueheart.pages.cache.encodings import IDENTITY
from blueheart.pages.cache.watch import Stamp

Headers = list[tuple[str, str]]
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]

# Made anew for each shape of the answer.
OURS = frozenset({"etag", "content-length", "content-encoding", "vary", "server-timing"})
# Not told with 304: all others stay, those for scripts of other sites among them.
OF_A_BODY = frozenset({"content-type", "content-disposition", "content-encoding", "content-length"})
LARGEST_BODY = 2 * 1024 * 1024
ROOM_FOR_HEADERS = 4096  # bytes that an entry costs beside its bodies, generously


class Answer:
    """A whole answer, taken from a WSGI application."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: str, headers: Headers, body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    def header(self, name: str) -> str:
        """Its first value, or nothing."""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @property
    def is_broken(self) -> bool:
        """Whether Django could not answer."""
        return self.status.startswith("5")

    @property
    def may_be_kept(self) -> bool:
        """Whether it is the same for everyone who asks for the same: Django says so, and nothing contradicts it."""
        names = {key.lower() for key, _value in self.headers}
        cached = {part.strip().lower() for part in self.header("cache-control").split(",")}
        varies = {part.strip().lower() for part in self.header("vary").split(",") if part.strip()}
        return (
            self.status.startswith("200 ")
            and "public" in cached
            and not cached & {"private", "no-store", "no-cache"}
            and not names & {"set-cookie", "content-encoding"}
            and varies <= {"accept-encoding"}
            and len(self.body) <= LARGEST_BODY
        )


def taken_from(app: Application, environ: dict[str, Any]) -> Answer | None:
    """The application's whole answer; None of one that streams, which is let go unread."""
    told: list[tuple[str, Headers]] = []

    def start_response(status: str, headers: Headers, _exc_info: object = None) -> Callable[[bytes], None]:
        told[:] = [(status, headers)]
        return lambda _data: None

    response = app(environ, start_response)
    try:
        if getattr(response, "streaming", False):
            return None
        body = b"".join(response)
    finally:
        if close := getattr(response, "close", None):
            close()
    status, headers = told[0]
    return Answer(status, list(headers), body)


class Shape:
    """The answer in one encoding, with all that is sent made beforehand: headers by what became of the request."""

    __slots__ = (
        "blind",
        "bodies",
        "encoding",
        "etag",
        "hit",
        "length",
        "miss",
        "stale",
        "unchanged",
        "unchanged_stale",
    )

    def __init__(self, answer: Answer, body: bytes, encoding: str, tag: str) -> None:
        # A weak tag names what is said; a strong one names the bytes, which differ by encoding.
        is_plain = encoding == IDENTITY or tag.startswith("W/")
        self.etag = tag if is_plain else f'{tag[:-1]}-{encoding}"'
        self.bodies, self.length, self.encoding = [body], len(body), encoding
        told = [(key, value) for key, value in answer.headers if key.lower() not in OURS]
        told += [("ETag", self.etag), ("Vary", "Accept-Encoding")]
        unchanged = [(key, value) for key, value in told if key.lower() not in OF_A_BODY]
        if encoding != IDENTITY:
            told.append(("Content-Encoding", encoding))
        told.append(("Content-Length", str(len(body))))
        self.hit, self.stale, self.miss = ([*told, timing(word)] for word in ("hit", "stale", "miss"))
        # RFC 9111 has retired `Warning`, but what 111 says fits: nobody could be asked whether it still holds.
        self.blind = [*self.stale, ("Warning", '111 - "Revalidation Failed"')]
        self.unchanged, self.unchanged_stale = [*unchanged, timing("hit")], [*unchanged, timing("stale")]


class Page:
    """An answer in the encodings that were asked for so far; the others are made from one of them."""

    __slots__ = ("_answer", "_is_compressible", "_plain", "_tag", "failed_at", "made_at", "renew_at", "shapes", "stamp")

    def __init__(self, answer: Answer, *, stamp: Stamp, made_at: float, renew_at: float) -> None:
        self.stamp, self.made_at, self.renew_at = stamp, made_at, renew_at
        self.failed_at = 0.0  # when Django last failed to make its successor
        self.shapes: dict[str, Shape] = {}
        self._tag = answer.header("etag") or f'"{hashlib.sha256(answer.body).hexdigest()[:32]}"'
        self._is_compressible = encodings.is_worth_it(answer.header("content-type"), answer.body)
        self._plain: bytes | None = answer.body  # until the first shape is made
        self._answer = Answer(answer.status, answer.headers, b"")

    @property
    def size(self) -> int:
        """Bytes that it takes, roughly."""
        return ROOM_FOR_HEADERS + len(self._plain or b"") + sum(shape.length for shape in self.shapes.values())

    @property
    def last_modified(self) -> str:
        return self._answer.header("last-modified")

    def shape(self, encoding: str) -> Shape:
        """The answer in this encoding, or as it is where that is no longer."""
        return self.shapes.get(encoding) or self._shaped(encoding)

    def _shaped(self, encoding: str) -> Shape:
        plain = self._plain
        if plain is None:
            known = next(iter(self.shapes.values()))
            plain = encodings.decoded(known.bodies[0], known.encoding)
        body = encodings.encoded(plain, encoding) if self._is_compressible else plain
        is_smaller = len(body) < len(plain)
        made = Shape(self._answer, body if is_smaller else plain, encoding if is_smaller else IDENTITY, self._tag)
        self.shapes[encoding], self._plain = made, None
        return made


def timing(word: str) -> tuple[str, str]:
    """What became of the request, for the tools of browsers: `hit`, `stale`, `miss` or `bypass`."""
    return ("Server-Timing", f"cache;desc={word}")
