"""P2: pages through production's nginx (deploy/nginx): beside a file, from cold, and with the app dead."""

import contextlib
import http.client
import os
import selectors
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks import nginx, stage
from benchmarks.budgets import Bound, Budget, Line, Measured, Wish, WrongAnswerError
from benchmarks.rounds import in_turns, ratios

PAGES = {"home": "/en/", "campaign": "/en/campaigns/blue-heart/", "wall": "/en/hearts/"}
BROWSER = {"Accept-Encoding": "gzip, deflate, br", "X-Forwarded-Proto": "https"}
COLD_CONNECTIONS = 1000
DEAD_SECONDS = 12.0
VISITORS = 8


def measure(wish: Wish) -> Measured:
    name = stage.database(pledges=1_000, donations=100)
    with _app(name, stage.free_port()) as app, nginx.front(app.port) as front:
        lines = list(_beside_a_file(wish, front))
    with _app(name, stage.free_port(), PAGE_CACHE_MEGABYTES="0") as app:  # what it is asked for, it renders
        lines.append(_from_cold(wish, app))
    return Measured([*lines, _with_the_app_dead(wish, name)])


def _app(database: str, port: int, **others: str) -> contextlib.AbstractContextManager[stage.Server]:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", stage.LOOPBACK, "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "2", "--no-ws", "benchmarks.peers.counted:application"]
    variables = {
        "BENCH_DATABASE": database,
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "TRUSTED_PROXIES": "1",
        "COUNT_FILE": str(_count_file(port)),
    }
    return stage.running(command, port=port, environment=stage.environment(**variables, **others), path="/healthz")


def _count_file(port: int) -> Path:
    return stage.HOME / "log" / f"asked-{port}"


def _asked(app: stage.Server) -> int:
    return _count_file(app.port).stat().st_size


def _page(front: stage.Server, path: str) -> bytes:
    """The page as a browser gets it; raises `WrongAnswerError` unless it is one that shared caches may keep."""
    connection = http.client.HTTPConnection(stage.LOOPBACK, front.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", path, headers={"Host": "localhost", **BROWSER})
        answer = connection.getresponse()
        body = answer.read()
    if answer.status != 200 or "s-maxage" not in answer.headers.get("Cache-Control", "") or len(body) < 1000:
        raise WrongAnswerError(f"{path} answers {answer.status}, {len(body)} bytes, {answer.headers.items()}")
    return body


def _beside_a_file(wish: Wish, front: stage.Server) -> Iterator[Line]:
    pages = {name: _page(front, path) for name, path in PAGES.items()}
    seconds = 1 if wish.quick else 2
    with nginx.files(pages) as files, nginx.files(pages, leanest=True) as leanest:  # compressed bytes of no kind
        for name, path in PAGES.items():
            asked = {
                "page": _Asking(front, path, seconds),
                "file": _Asking(files, f"/{name}", seconds),
                "file without log": _Asking(leanest, f"/{name}", seconds),
            }
            found = in_turns(asked, wish.rounds)
            beside = {"bytes": f"{len(pages[name]):,}"}
            beside |= {what: asking.told(found[what]) for what, asking in asked.items()}
            yield Line(f"{name}, over a file", ratios(found["page"], found["file"]), Bound(least=0.9), beside)


class _Asking:
    """One address under load: requests per second, and microseconds of nginx's CPU for each."""

    def __init__(self, server: stage.Server, path: str, seconds: float) -> None:
        self.server, self.url, self.seconds = server, server.url(path), seconds
        self.microseconds: list[float] = []

    def __call__(self) -> float:
        before = self.server.cpu_seconds()
        load = stage.wrk(self.url, seconds=self.seconds, connections=16, headers=BROWSER)
        if load.failed:
            raise WrongAnswerError(f"{self.url}: {load.failed} requests failed")
        self.microseconds.append((self.server.cpu_seconds() - before) / load.answered * 1e6)
        return load.per_second

    def told(self, per_second: list[float]) -> str:
        return f"{median(per_second):,.0f}/s at {min(self.microseconds):.1f} µs"


def _from_cold(wish: Wish, app: stage.Server) -> Line:
    """So many new connections ask one page at the same moment, and nothing is kept yet."""
    asked, waited = [], []
    for _ in range(1 if wish.quick else 3):
        with nginx.front(app.port) as front:
            before, began = _asked(app), time.monotonic()
            statuses = _all_at_once(front, PAGES["home"], COLD_CONNECTIONS)
            waited.append(time.monotonic() - began)
            asked.append(float(_asked(app) - before))
        if statuses != {200: COLD_CONNECTIONS}:
            raise WrongAnswerError(f"from cold: {statuses}")
    beside = {"all answered within": f"{max(waited):.1f} s"}
    return Line(f"pages made for {COLD_CONNECTIONS:,} cold connections", asked, Bound(most=1), beside)


def _all_at_once(front: stage.Server, path: str, connections: int) -> Counter[int]:
    """How many of these connections got which status."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    request = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in BROWSER.items()), "", ""]).encode()
    waiting, statuses = selectors.DefaultSelector(), Counter[int]()
    sockets = [socket.create_connection((stage.LOOPBACK, front.port), timeout=60) for _ in range(connections)]
    for one in sockets:
        one.sendall(request)
        waiting.register(one, selectors.EVENT_READ, one)
    while waiting.get_map():
        ready = waiting.select(timeout=60)
        if not ready:
            raise WrongAnswerError(f"{len(waiting.get_map())} connections wait for ever")
        for key, _ in ready:
            statuses[int(key.data.recv(65536)[9:12] or 0)] += 1
            waiting.unregister(key.data)
            key.data.close()
    return statuses


def _with_the_app_dead(wish: Wish, database: str) -> Line:
    """Visitors read on while the app is killed, and started again after a while."""
    port, seconds = stage.free_port(), 2.0 if wish.quick else DEAD_SECONDS
    with contextlib.ExitStack() as lives:
        app = lives.enter_context(_app(database, port))
        front = lives.enter_context(nginx.front(port))
        for path in PAGES.values():
            _page(front, path)
        visitors = lives.enter_context(_Visitors(front))
        time.sleep(1)
        alive = visitors.answered
        for pid in stage.tree(app.pid):
            os.kill(pid, signal.SIGKILL)
        time.sleep(seconds)
        dead = visitors.answered - alive
        again = lives.enter_context(_app(database, port))
        time.sleep(2)
        if not _asked(again):
            raise WrongAnswerError("the app was started again, and nobody asked it")
        failed = visitors.failed
    return Line(
        f"errors while the app is dead for {seconds:g} s",
        [float(sum(failed.values()))],
        Bound(most=0),
        {"pages read meanwhile": f"{dead:,}", "and in all": f"{visitors.answered:,}"},
        reason=", ".join(f"{number} × {what}" for what, number in failed.items()),
    )


class _Visitors:
    """Some visitors who read one page after the other, without a pause to speak of, until the `with` ends."""

    def __init__(self, front: stage.Server) -> None:
        self.front = front
        self.answered = 0
        self.failed: Counter[str] = Counter()
        self._gone = threading.Event()
        self._threads = [threading.Thread(target=self._read) for _ in range(VISITORS)]

    def __enter__(self) -> "_Visitors":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._gone.set()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        connection = http.client.HTTPConnection(stage.LOOPBACK, self.front.port, timeout=10)
        with contextlib.closing(connection):
            while not self._gone.wait(0.005):
                path = list(PAGES.values())[self.answered % len(PAGES)]
                try:
                    connection.request("GET", path, headers={"Host": "localhost", **BROWSER})
                    answer = connection.getresponse()
                    whole = bool(answer.read())
                except (OSError, http.client.HTTPException) as error:
                    self.failed[type(error).__name__] += 1
                    connection.close()
                else:
                    self.answered += 1
                    if answer.status != 200 or not whole:
                        self.failed[f"status {answer.status}"] += 1


THROUGH_NGINX = Budget(
    2,
    "pages through nginx's cache, against nginx's static file of the same bytes; from cold; with the app dead",
    measure,
)
