"""granian beside gunicorn, and how many threads: what docs/adr/0025-granian.md was decided by.

    python -m benchmarks.servers [seconds]
    python -m benchmarks.servers slow-clients

No budget, so `make bench` leaves it out. gunicorn is not among our requirements: install it somewhere and name the
folder in PYTHONPATH. Figures are medians of three rounds in turns; CPU is of the server and all its processes.
"""

import contextlib
import http.client
import socket
import sys
import time
from collections.abc import Iterator
from statistics import median

from benchmarks import stage
from benchmarks.reporting import say
from benchmarks.rounds import in_turns

PORTAL = "blueheart.wsgi:application"
BARE = "benchmarks.peers.bare:application"
PAGE = "/en/campaigns/blue-heart/"
ROUNDS = 3
SLOW_CLIENTS = 40

SERVERS = {
    "granian, 1 thread": ["granian", "--interface", "wsgi", "--no-ws", "--workers", "2", "--blocking-threads", "1"],
    "granian, 2 threads": ["granian", "--interface", "wsgi", "--no-ws", "--workers", "2", "--blocking-threads", "2"],
    "granian, 4 threads": ["granian", "--interface", "wsgi", "--no-ws", "--workers", "2", "--blocking-threads", "4"],
    "gunicorn, sync": ["gunicorn", "--workers", "2", "--log-level", "error"],
    "gunicorn, 4 threads": ["gunicorn", "--workers", "2", "--threads", "4", "--log-level", "error"],
}


@contextlib.contextmanager
def running(name: str, application: str, **variables: str) -> Iterator[stage.Server]:
    """One of `SERVERS` around an application."""
    port, command = stage.free_port(), [sys.executable, "-m", *SERVERS[name]]
    place = ["--host", stage.LOOPBACK, "--port", str(port)] if "granian" in name else ["-b", f"{stage.LOOPBACK}:{port}"]
    of_portal = {
        "BENCH_DATABASE": stage.database(pledges=1_000, donations=100),
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
    }
    environment = stage.environment(**of_portal, **variables)
    with stage.running([*command, *place, application], port=port, environment=environment, path="/healthz") as server:
        yield server


def compare(what: str, application: str, path: str, seconds: float, connections: int = 16, **variables: str) -> None:
    """Requests per second, CPU of one, and the slowest of a hundred, for each server."""
    with contextlib.ExitStack() as lives:
        servers = {name: lives.enter_context(running(name, application, **variables)) for name in SERVERS}
        spent: dict[str, list[float]] = {name: [] for name in servers}
        slowest: dict[str, list[float]] = {name: [] for name in servers}

        for server in servers.values():  # each has the page, and what it needs for it, before it is measured
            stage.wrk(server.url(path), seconds=1, connections=4, headers={"Accept-Encoding": "br"})

        def ask(name: str) -> float:
            server = servers[name]
            before = server.cpu_seconds()
            load = stage.wrk(
                server.url(path), seconds=seconds, connections=connections, headers={"Accept-Encoding": "br"}
            )
            if load.failed:
                raise RuntimeError(f"{name}: {load.failed} of {load.answered} failed")
            spent[name].append((server.cpu_seconds() - before) / max(load.answered, 1) * 1000)
            slowest[name].append(load.p99_ms)
            return load.per_second

        found = in_turns({name: lambda name=name: ask(name) for name in servers}, ROUNDS)
        say(f"\n{what}")
        for name, rates in found.items():
            figures = (
                f"{median(rates):>9,.0f}/s {median(spent[name]):>8.3f} ms CPU {median(slowest[name]):>7.1f} ms p99"
            )
            memory = sum(_proportional(pid) for pid in stage.tree(servers[name].pid)) / 1024
            say(f"  {name:22}{figures} {memory:>6.0f} MB")


def slow_clients() -> None:
    """Whether somebody else is answered while forty clients have sent half of a request each."""
    say(f"\none more visitor while {SLOW_CLIENTS} clients stay with half a request")
    for name in SERVERS:
        with running(name, BARE) as server, contextlib.ExitStack() as open_ones:
            for _ in range(SLOW_CLIENTS):
                one = open_ones.enter_context(socket.create_connection((stage.LOOPBACK, server.port)))
                one.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
            connection = http.client.HTTPConnection(stage.LOOPBACK, server.port, timeout=5)
            with contextlib.closing(connection):
                began = time.monotonic()
                try:
                    connection.request("GET", "/")
                    status = connection.getresponse().status
                    say(f"  {name:22} answered {status} after {1000 * (time.monotonic() - began):.0f} ms")
                except OSError as error:
                    say(f"  {name:22} not answered within 5 s ({type(error).__name__})")


def _proportional(pid: int) -> int:
    """Kilobytes of memory, a page that is shared counted in part."""
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def main() -> None:
    if sys.argv[1:] == ["slow-clients"]:
        slow_clients()
        return
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3
    compare("a callable that does nothing", BARE, "/", seconds)
    compare("a page from our cache", PORTAL, PAGE, seconds)
    compare("the page rendered each time", PORTAL, PAGE, seconds, PAGE_CACHE_MEGABYTES="0")
    compare("the page rendered each time, 64 connections", PORTAL, PAGE, seconds, 64, PAGE_CACHE_MEGABYTES="0")
    slow_clients()


if __name__ == "__main__":
    main()
