"""Two workers of a real server: each has its own cache, both hear of a change, `/metrics` adds them up."""

import http.client
import os
import re
import socket
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import connection

from tests.campaigns.factories import NewsFactory

BOUND = 2.0
LATE = 3.0  # for a machine that has more to do


class Workers:
    """Granian with two workers, on a port of its own."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, path: str, **headers):
        web = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            web.request("GET", path, headers={"Host": "localhost", "Connection": "close"} | headers)
            answer = web.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            web.close()


@pytest.fixture
def workers(committed_db, tmp_path):
    NewsFactory(slug="one", title="Old words")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "tests.blueheart.pages.served_settings",
        "SERVED_DATABASE": connection.settings_dict["NAME"],
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "2", "--no-ws", "blueheart.wsgi:application"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=settings.BASE_DIR)
    served = Workers(port)
    try:
        until = time.monotonic() + 60
        while True:
            try:
                assert served.ask("/healthz")[0] == 200
                break
            except OSError:
                assert process.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < until
                time.sleep(0.05)
        yield served
    finally:
        process.terminate()
        process.wait(20)


def test_both_workers_hear_of_a_change_and_their_counts_add_up(workers):
    def titles(number: int) -> set[str]:
        answers = [workers.ask("/en/news/one/", **{"Accept-Encoding": "identity"}) for _time in range(number)]
        assert {status for status, _headers, _body in answers} == {200}
        return {re.search(r"<h1[^>]*>\s*(.*?)\s*</h1>", body)[1] for _status, _headers, body in answers}

    until, in_a_row = time.monotonic() + 30, 0
    while in_a_row < 12 and time.monotonic() < until:
        _status, headers, _body = workers.ask("/en/news/one/")
        in_a_row = in_a_row + 1 if headers["server-timing"] == "cache;desc=hit" else 0
    assert in_a_row == 12
    assert titles(8) == {"Old words"}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_newsitem SET title = 'New words', title_en = 'New words'")
    changed = time.monotonic()
    while time.monotonic() < changed + BOUND:
        titles(1)
        time.sleep(0.1)
    time.sleep(LATE - BOUND)

    assert titles(12) == {"New words"}
    time.sleep(1.2)
    _status, _headers, told = workers.ask("/metrics")
    hits = float(re.search(r'blueheart_pages_total\{state="hit"\} (\S+)', told)[1])
    assert hits >= 30
    pids = set(re.findall(r'pid="(\d+)"', told))
    assert pids == set(), "figures of the processes are told together"
    assert workers.ask("/metrics", **{"X-Forwarded-For": "203.0.113.9"})[0] == 404
