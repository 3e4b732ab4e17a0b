"""P1: public pages from the app server alone, as its cache answers them, against nginx's files of the same bytes.

Beside it stands the limit: granian around a callable that sends the very same bytes and does nothing else.
"""

import contextlib
import http.client
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from typing import NamedTuple

import brotli

from benchmarks import nginx, stage
from benchmarks.budgets import Bound, Budget, Line, Measured, Wish, WrongAnswerError
from benchmarks.rounds import in_turns, ratios

PAGES = {
    "home": "/en/",
    "campaign": "/en/campaigns/blue-heart/",
    "wall": "/en/hearts/",
    "tracker": "/en/tracker/",
    "facts": "/en/facts/",
}
BROWSER = {"Accept-Encoding": "br"}
PLEDGES, DONATIONS = 1_000, 100
NGINX_HEADERS = 260  # bytes that nginx sends before a file
CONNECTIONS = 8


class Answer(NamedTuple):
    """What a browser gets of one page."""

    headers: list[tuple[str, str]]
    body: bytes

    @property
    def padding(self) -> int:
        """How much longer its headers are than those of nginx."""
        return max(0, sum(len(name) + len(value) + 4 for name, value in self.headers) - NGINX_HEADERS)


def measure(wish: Wish) -> Measured:
    name = stage.database(pledges=PLEDGES, donations=DONATIONS)
    variables = {"BENCH_DATABASE": name, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    with stage.granian("blueheart.wsgi:application", **variables) as app:
        answers = {page: _kept_answer(app, path) for page, path in PAGES.items()}
        with _sender_of(answers) as limit, contextlib.ExitStack() as servers:
            lines = []
            for page, answer in answers.items():
                files = servers.enter_context(nginx.files({page: answer.body}, padding=answer.padding))
                asked = {
                    "page": Asking(app, PAGES[page], wish, answer.body),
                    "file": Asking(files, f"/{page}", wish, answer.body),
                    "limit": Asking(limit, f"/{page}", wish, answer.body),
                }
                lines.append(_line(page, asked, in_turns(asked, wish.rounds)))
    return Measured(lines)


def _line(page: str, asked: Mapping[str, "Asking"], found: Mapping[str, list[float]]) -> Line:
    over_file, limit = ratios(found["page"], found["file"]), median(ratios(found["limit"], found["file"]))
    costs = {name: median(asking.microseconds) for name, asking in asked.items()}
    beside = {name: f"{median(found[name]):,.0f}/s at {costs[name]:.0f} µs" for name in asked}
    return Line(
        f"{page}, over a file",
        over_file,
        Bound(least=0.5),
        {
            "bytes": f"{len(asked['page'].body):,}",
            **beside,
            "limit over a file": f"{limit:.2f}",
            "page over the limit": f"{median(ratios(found['page'], found['limit'])):.2f}",
        },
        reason=f"granian itself reaches {limit:.2f} with the same bytes from a bare callable",
    )


class Asking:
    """One address under load: requests per second, and microseconds of its server's CPU for each."""

    def __init__(self, server: stage.Server, path: str, wish: Wish, body: bytes) -> None:
        self.server, self.path, self.body = server, path, body
        self.seconds = 1 if wish.quick else 3
        self.microseconds: list[float] = []

    def __call__(self) -> float:
        if abs(len(_ask(self.server, self.path).body) - len(self.body)) > 100:  # a page may say the time
            raise WrongAnswerError(f"{self.server.url(self.path)} answers something else")
        before = self.server.cpu_seconds()
        load = stage.wrk(self.server.url(self.path), seconds=self.seconds, connections=CONNECTIONS, headers=BROWSER)
        if load.failed or not load.answered:
            raise WrongAnswerError(f"{self.server.url(self.path)}: {load.failed} requests failed")
        self.microseconds.append((self.server.cpu_seconds() - before) / load.answered * 1e6)
        return load.per_second


def _kept_answer(app: stage.Server, path: str) -> Answer:
    """The page as every worker has it. Raises `WrongAnswerError` for one that is no compressed hit of the cache."""
    until, hits = time.monotonic() + 30, 0
    while hits < 20 and time.monotonic() < until:  # in a row, so that no worker has it still to make
        answer = _ask(app, path)
        hits = hits + 1 if ("server-timing", "cache;desc=hit") in _lowered(answer.headers) else 0
        time.sleep(0.02)
    told = dict(_lowered(answer.headers))
    html = brotli.decompress(answer.body) if told.get("content-encoding") == "br" else b""
    if hits < 20 or b"</html>" not in html or not told.get("etag", "").endswith('-br"'):
        raise WrongAnswerError(f"{path} is no hit of the cache: {told}")
    return answer


def _lowered(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in headers]


def _ask(server: stage.Server, path: str) -> Answer:
    connection = http.client.HTTPConnection(stage.LOOPBACK, server.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Host": "localhost", **BROWSER})
        response = connection.getresponse()
        body = response.read()
    if response.status != 200:
        raise WrongAnswerError(f"{server.url(path)} answers {response.status}")
    return Answer(response.getheaders(), body)


@contextlib.contextmanager
def _sender_of(answers: Mapping[str, Answer]) -> Iterator[stage.Server]:
    folder = Path(tempfile.mkdtemp(dir=stage.HOME))
    for page, answer in answers.items():
        (folder / page).write_bytes(answer.body)
        told = [f"{name}: {value}" for name, value in answer.headers if name.lower() not in {"date", "connection"}]
        (folder / f"{page}.headers").write_text("\n".join(told))
    try:
        with stage.granian("benchmarks.peers.same_bytes:application", ANSWERS_FOLDER=str(folder)) as server:
            yield server
    finally:
        shutil.rmtree(folder)


FROM_THE_APP_SERVER = Budget(
    1, "a cached public page from the app server alone, compressed, against nginx's static file", measure
)
