"""The portal as a visitor's browser meets it: production's settings and static files, and Debian's Chromium."""

import contextlib
import hashlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stage import HOME, LOOPBACK, PROJECT, Server, database, environment, free_port, running, tool
from office.web_server import web_server

CHROMIUM_ARGUMENTS = ("--headless=new", "--no-sandbox")


@dataclass(frozen=True)
class Site:
    """The portal behind `http://localhost:port`, which Chromium trusts as if it had TLS."""

    server: Server

    def url(self, path: str) -> str:
        return f"http://localhost:{self.server.port}{path}"


@contextlib.contextmanager
def published_site() -> Iterator[Site]:
    """Collect, hash and compress the static files, and serve the pages of a thousand hearts and a hundred gifts."""
    port = free_port()
    name = database(pledges=1_000, donations=100)
    of_production = environment(
        DJANGO_SETTINGS_MODULE="benchmarks.production_settings", BENCH_DATABASE=name, PORT=str(port)
    )
    _collect_static(of_production)
    command = [sys.executable, "-m", *web_server(host=LOOPBACK, port=port)]
    with running(command, port=port, environment=of_production, path="/healthz") as server:
        yield Site(server)


def chromium() -> str:
    """The path of Debian's Chromium."""
    return tool("chromium", "chromium")


def _collect_static(of_production: Mapping[str, str]) -> None:
    """Run collectstatic unless nothing changed since the last time: compressing all takes half a minute of CPU."""
    now = hashlib.sha256()
    for path in sorted(_sources_of_static()):
        now.update(f"{path} {path.stat().st_mtime_ns}\n".encode())
    stamp = HOME / "static.sha256"
    if stamp.exists() and stamp.read_text() == now.hexdigest():
        return
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--clear", "--verbosity", "0"]
    subprocess.run(collect, cwd=PROJECT, env=of_production, check=True)
    stamp.write_text(now.hexdigest())


def _sources_of_static() -> Iterator[Path]:
    yield from (PROJECT / "requirements.txt", PROJECT / "blueheart" / "settings.py")
    for folder in (PROJECT / "static", *PROJECT.glob("*/static")):
        yield from folder.rglob("*.*")
