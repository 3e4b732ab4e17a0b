"""The whole portal as a person starts it, `manage.py up`, for journeys and for the crawl."""

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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ARGUMENTS = ("--no-sandbox", "--disable-gpu")
START_SECONDS = 240


class PortalDidNotStartError(RuntimeError):
    """The message ends with what the portal said last."""


@dataclass(frozen=True)
class Site:
    """A running portal: where it answers, and what it says (the password of its first staff account too)."""

    url: str
    sandbox_url: str
    output: Path
    environment: dict[str, str] = field(default_factory=dict)

    def page(self, path: str) -> str:
        return f"{self.url}{path}"

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.page(path), timeout=20) as answer:
            return answer.read().decode()

    def run(self, code: str) -> None:
        """Run Python beside the portal, on its database: a story's many rows, which would take minutes by its forms."""
        command = [sys.executable, "manage.py", "shell", "--no-imports", "--command", code]
        subprocess.run(command, cwd=ROOT, env=self.environment, check=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def chromium() -> str | None:
    return next((path for name in CHROMIUMS if (path := shutil.which(name))), None)


@contextmanager
def running_site(database_url: str | None = None, **settings: str) -> Iterator[Site]:
    """A portal on free ports with data of its own, gone at the end. Raises `PortalDidNotStartError`.

    Without a database it starts a server and migrates, as it does for a person who runs it the first time.
    `settings` are variables of its environment.
    """
    folder = Path(tempfile.mkdtemp(prefix="bh"))
    folder.chmod(0o755)  # as root, PostgreSQL's own account has to reach it
    port, sandbox_port = free_port(), free_port()
    env = {name: os.environ[name] for name in ("PATH", "HOME", "EMBEDDED_PG_BINDIR") if name in os.environ}
    env |= {"PORT": str(port), "SANDBOX_PORT": str(sandbox_port), "VAR_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    env |= settings
    if database_url:
        env["DATABASE_URL"] = database_url
    output = folder / "up.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"], cwd=ROOT, env=env, stdout=log, stderr=log, start_new_session=True
        )
    site = Site(f"http://localhost:{port}", f"http://127.0.0.1:{sandbox_port}", output, env)
    try:
        _wait_until_ready(site, process)
        yield site
    finally:
        process.send_signal(signal.SIGINT)
        stopped = process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)
    assert stopped == 0


def _wait_until_ready(site: Site, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            site.get("/healthz")
            if "/en/about/" in site.get("/sitemap.xml"):  # the worker has made the index of search
                return
        except (urllib.error.URLError, ConnectionError):
            pass
        time.sleep(0.2)
    raise PortalDidNotStartError(f"the portal did not start:\n{site.output.read_text()[-3000:]}")
