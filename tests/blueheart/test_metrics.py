"""`/metrics` adds up the processes of a server, and is found by nobody who may not read it."""

import os
import re
import subprocess
import sys

import pytest
from django.test import Client

from blueheart.metrics import figures, processes, shared

pytestmark = pytest.mark.usefixtures("db")

TOKEN = "for-prometheus-alone-0123456789"


@pytest.fixture
def token(settings) -> str:
    settings.METRICS_TOKEN = TOKEN
    return TOKEN


def read(**request):
    headers = request.pop("headers", {})
    return Client().get("/metrics", headers=headers, **{"REMOTE_ADDR": "127.0.0.1"} | request)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "127.8.9.1"])
def test_this_machine_may_read(address):
    figures.count_pages("hit", 3)
    answer = read(REMOTE_ADDR=address)

    assert answer.status_code == 200
    assert 'blueheart_pages_total{state="hit"}' in answer.content.decode()
    assert "private" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    "request_",
    [
        {"REMOTE_ADDR": "203.0.113.9"},
        {"REMOTE_ADDR": ""},
        {"headers": {"X-Forwarded-For": "203.0.113.9"}},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=203.0.113.9"}},
        {"REMOTE_ADDR": "203.0.113.9", "headers": {"Authorization": "Bearer "}},
        {"REMOTE_ADDR": "203.0.113.9", "headers": {"Authorization": "Bearer é"}},
        {"REMOTE_ADDR": "203.0.113.9", "headers": {"Authorization": TOKEN}},
    ],
)
@pytest.mark.parametrize("is_set", [True, False])
def test_nobody_else_finds_it(settings, request_, is_set):
    settings.METRICS_TOKEN = TOKEN if is_set else ""

    assert read(**request_).status_code == 404


def test_token_opens_it_from_anywhere(token):
    told = {"Authorization": f"Bearer {token}", "X-Forwarded-For": "203.0.113.9"}

    assert read(REMOTE_ADDR="203.0.113.9", headers=told).status_code == 200


def test_processes_of_one_server_are_added_up_and_gauges_of_dead_ones_are_not():
    """The other process has the same parent's folder, as a second worker has."""
    state = f"of-{os.getpid()}"
    figures.count_pages(state, 2)
    figures.tell_kept(pages=5, size=100)
    code = (
        "from blueheart.metrics import figures\n"
        f"figures.count_pages({state!r}, 40)\n"
        "figures.tell_kept(pages=7000, size=100)\n"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, env=os.environ | {shared.VARIABLE: str(shared.make_ready())}
    )
    told = read().content.decode()

    assert f'blueheart_pages_total{{state="{state}"}} 42.0' in told
    (kept,) = re.findall(r'^blueheart_page_cache{what="pages"} (.+)$', told, re.MULTILINE)
    assert 5 <= float(kept) < 7000  # other processes of these tests may live, and keep some


def test_folders_of_servers_that_ended_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(shared, "HOME", tmp_path)
    mine = shared.folder_of(os.getppid())
    monkeypatch.setenv(shared.VARIABLE, str(mine))
    for name in ("999999999-12", f"{os.getppid()}-12", mine.name):
        (tmp_path / name).mkdir(parents=True)
    shared.make_ready.__wrapped__()

    assert [folder.name for folder in tmp_path.iterdir()] == [mine.name]
    assert processes.started_at(999999999) == "ended"
