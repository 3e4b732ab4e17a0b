"""The whole portal as a person starts it, `manage.py up`, and a real browser in front of it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Playwright's sync API keeps an event loop in this thread, which Django takes for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@dataclass(frozen=True)
class Site:
    """A running portal: where it answers, and the password of its first staff account."""

    url: str
    sandbox_url: str
    output: Path

    def page(self, path: str) -> str:
        return f"{self.url}{path}"

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.page(path), timeout=20) as answer:
            return answer.read().decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    folder = Path(tempfile.mkdtemp(prefix="bh"))
    folder.chmod(0o755)  # as root, PostgreSQL's own account has to reach it
    port, sandbox_port = free_port(), free_port()
    env = {name: os.environ[name] for name in ("PATH", "HOME", "EMBEDDED_PG_BINDIR") if name in os.environ}
    env |= {"PORT": str(port), "SANDBOX_PORT": str(sandbox_port), "VAR_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    output = folder / "up.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"], cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True
        )
    running = Site(f"http://localhost:{port}", f"http://127.0.0.1:{sandbox_port}", output)
    try:
        _wait_until_ready(running, process)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_ready(site: Site, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            site.get("/healthz")
            site.get("/en/")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the portal did not start:\n{site.output.read_text()[-3000:]}")


def chromium() -> str | None:
    return next((path for name in CHROMIUMS if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args) -> dict:
    if not chromium():
        pytest.skip("no Chromium found: this journey was NOT walked")
    return browser_type_launch_args | {"executable_path": chromium(), "args": ["--no-sandbox", "--disable-gpu"]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args) -> dict:
    return browser_context_args | {"locale": "en-GB", "viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def visitor(browser) -> Iterator[Callable[..., Page]]:
    """Somebody's browser, by `visitor(javascript=…)`; at the end nothing may have broken our policy or a script."""
    contexts, complaints = [], []

    def come(*, javascript: bool = True) -> Page:
        context = browser.new_context(
            java_script_enabled=javascript, locale="en-GB", viewport={"width": 1280, "height": 900}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        return page

    yield come
    for context in contexts:
        context.close()
    assert complaints == []


def pytest_collection_modifyitems(items) -> None:
    """All journeys share one running portal, so one worker of xdist walks them all."""
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("journeys"))
