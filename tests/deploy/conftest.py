"""nginx as production has it, in front of an app that says what a test tells it to."""

import contextlib
import http.client
import os
import re
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks import nginx, stage

PUBLIC = {"Cache-Control": "public, max-age=0, s-maxage=1, stale-while-revalidate=1"}


class App(ThreadingHTTPServer):
    """Answers each path as it was told to, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Answering)
        self.answers, self.requests, self.asked, self.hangs = {}, [], Counter(), threading.Event()
        self.thread = threading.Thread(target=self.serve_forever, args=(0.02,))
        self.thread.start()

    def says(self, path, body=b"a page", status=200, **headers):
        self.answers[path] = (status, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def close(self):
        self.shutdown()
        self.server_close()
        self.thread.join()


class Answering(BaseHTTPRequestHandler):
    def do_GET(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.server.asked[self.path] += 1
        self.server.requests.append(self.headers)
        if self.server.hangs.is_set() and self.command == "GET":
            time.sleep(1)  # longer than `impatient_front` waits
        status, body, headers = self.server.answers.get(self.path, (200, b"ok", {}))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # nobody waits any more
            self.end_headers()
            self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *args):
        pass


class Front:
    """nginx with the app behind it."""

    def __init__(self, server, app, kept, log):
        self.server, self.app, self.kept, self.log = server, app, kept, log

    def ask(self, path, method="GET", body=None, host="localhost", **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with contextlib.closing(connection):
            connection.request(method, path, body, {"Host": host, "X-Forwarded-Proto": "https", **named})
            answer = connection.getresponse()
            answer.body = answer.read()
        return answer

    def logged(self, words, seconds=20):
        """The log's line with these words; nginx is told to open its log anew, which writes what it held back."""
        os.kill(self.server.pid, signal.SIGUSR1)
        deadline = time.monotonic() + seconds
        while words not in (text := self.log.read_text() if self.log.exists() else ""):
            assert time.monotonic() < deadline, text
            time.sleep(0.02)
        return next(line for line in text.splitlines() if words in line)


@pytest.fixture(scope="session", autouse=True)
def _needs_nginx():
    if not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()):
        pytest.skip("no nginx found: production's front was NOT tried")


@pytest.fixture
def app() -> Iterator[App]:
    app = App()
    yield app
    app.close()


@pytest.fixture
def front(app, tmp_path, monkeypatch) -> Iterator[Front]:
    with _front(app, tmp_path, monkeypatch) as front:
        yield front


@pytest.fixture
def impatient_front(app, tmp_path, monkeypatch) -> Iterator[Front]:
    """A front that waits 0.3 s where production's waits six."""
    written = nginx.written

    def impatiently(folder, values):
        main = written(folder, values)
        site = folder / "snippets" / "site.conf"
        site.write_text(site.read_text().replace("proxy_read_timeout 6s", "proxy_read_timeout 300ms"))
        return main

    monkeypatch.setattr(nginx, "written", impatiently)
    with _front(app, tmp_path, monkeypatch) as front:
        yield front


@pytest.fixture
def front_behind_a_balancer(app, tmp_path, monkeypatch) -> Iterator[Front]:
    """A front that believes this machine where a visitor comes from, as README.md says."""
    written, readme = nginx.written, (nginx.CONFIGURATION / "README.md").read_text()
    (example,) = re.findall(r"```nginx\n(set_real_ip_from.*?)```", readme, re.S)

    def behind_this_machine(folder, values):
        main = written(folder, values)
        (folder / "optional").mkdir(exist_ok=True)
        (folder / "optional" / "real-ip.conf").write_text(example.replace("10.0.0.0/8", "127.0.0.1"))
        return main

    monkeypatch.setattr(nginx, "written", behind_this_machine)
    with _front(app, tmp_path, monkeypatch) as front:
        yield front


@pytest.fixture
def hasty_front(app, tmp_path, monkeypatch) -> Iterator[Front]:
    """A front that waits a second for a request where production's waits ten."""
    written = nginx.written

    def hastily(folder, values):
        main = written(folder, values)
        shared = folder / "blueheart.conf"
        shared.write_text(re.sub(r"(client_(?:header|body)_timeout) 10s", r"\1 1s", shared.read_text()))
        return main

    monkeypatch.setattr(nginx, "written", hastily)
    with _front(app, tmp_path, monkeypatch) as front:
        yield front


@contextlib.contextmanager
def _front(app, tmp_path, monkeypatch) -> Iterator[Front]:
    monkeypatch.setattr(nginx, "HOME", tmp_path)
    monkeypatch.setattr(stage, "HOME", tmp_path)
    kept, log = tmp_path / "kept", tmp_path / "access.log"
    for name in ("static", "media"):
        (kept / name).mkdir(parents=True)
    places = {"STATIC_ROOT": str(kept / "static"), "MEDIA_ROOT": str(kept / "media"), "ACCESS_LOG": str(log)}
    with nginx.front(app.server_port, **places) as server:
        app.asked.clear()
        app.requests.clear()
        yield Front(server, app, kept, log)
