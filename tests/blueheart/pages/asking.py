"""Requests to a WSGI application as browsers send them, and a clock that tests turn."""

import datetime as dt
import gzip
import io
import sys
from typing import NamedTuple

import brotli

from blueheart.pages.versions import Versions


class Told(NamedTuple):
    """What a browser got."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def state(self) -> str:
        """What became of the request: hit, stale, miss or bypass."""
        return self.headers.get("Server-Timing", "").removeprefix("cache;desc=")

    @property
    def plain(self) -> bytes:
        """The body, unpacked."""
        match self.headers.get("Content-Encoding") if self.body else None:
            case "br":
                return brotli.decompress(self.body)
            case "gzip":
                return gzip.decompress(self.body)
            case _:
                return self.body


def ask(application, path="/en/", query="", *, method="GET", scheme="http", host="localhost", **headers) -> Told:
    """One request; header names as Python names: `accept_encoding="br"`."""
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path.encode().decode("iso-8859-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "203.0.113.9",
        "HTTP_HOST": host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    } | {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    told = []
    answer = application(environ, lambda status, headers, *_exc: told.append((status, headers)))
    body = b"".join(answer)
    if close := getattr(answer, "close", None):
        close()
    (status, pairs) = told[0]
    assert len({name.lower() for name, _value in pairs}) == len(pairs), f"a header twice: {pairs}"
    return Told(int(status[:3]), dict(pairs), body)


class Hands:
    """Time as a test wants it, for the monotonic and for the wall clock alike."""

    def __init__(self, at: dt.datetime = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)) -> None:
        self.began, self.passed = at, 0.0

    def clock(self) -> float:
        return 1000.0 + self.passed

    def now(self) -> dt.datetime:
        return self.began + dt.timedelta(seconds=self.passed)

    def turn(self, seconds: float) -> None:
        self.passed += seconds


class Database:
    """Versions as a test sets them, and moments; out of order when it is `gone`."""

    def __init__(self) -> None:
        self.versions = Versions(1, 1, ())
        self.moments: list[dt.datetime] = []
        self.gone: Exception | None = None

    def read(self) -> Versions:
        if self.gone:
            raise self.gone
        return self.versions

    def next_moment(self, after: dt.datetime) -> dt.datetime | None:
        return min((moment for moment in self.moments if moment > after), default=None)

    def change(self, *, numbers: bool = False) -> None:
        """Something was committed: content, or only numbers."""
        content, counts, newest = self.versions.shown
        self.versions = Versions(content, counts + 1, newest) if numbers else Versions(content + 1, counts, newest)
