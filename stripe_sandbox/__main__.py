"""`python -m stripe_sandbox --port P --webhook-url U --webhook-secret S [--memory] [--seed N]`."""

from __future__ import annotations

import argparse
import errno
import fcntl
import signal
import sys
import threading
from pathlib import Path
from typing import IO

from stripe_sandbox.lifetime import die_with_parent
from stripe_sandbox.objects.webhook_endpoints import is_loopback
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.server import ADDRESS, Server
from stripe_sandbox.store import Store

STATE_FILE = "sandbox.sqlite3"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="stripe_sandbox", description="A stand-in for Stripe's test mode, on 127.0.0.1."
    )
    parser.add_argument("--port", type=int, required=True, help="where to listen; 0 picks a free port")
    parser.add_argument("--webhook-url", help="where events go; on this machine only")
    parser.add_argument("--webhook-secret", help="what signs them (whsec_…)")
    parser.add_argument("--memory", action="store_true", help="keep nothing")
    parser.add_argument("--seed", help="makes ids repeatable")
    parser.add_argument("--state-dir", type=Path, default=Path("var/sandbox"), help="where state is kept")
    parser.add_argument(
        "--die-with-parent", type=int, nargs="?", const=0, metavar="PID", help="end when the starting process ends"
    )
    given = parser.parse_args()
    if bool(given.webhook_url) != bool(given.webhook_secret):
        parser.error("--webhook-url and --webhook-secret belong together")
    if given.webhook_url and not is_loopback(given.webhook_url):
        parser.error("--webhook-url must be on this machine (127.0.0.1, localhost, ::1)")
    return given


def open_state(given: argparse.Namespace) -> tuple[Store, IO[str] | None]:
    """The store, and the lock that keeps a second sandbox from the same state."""
    if given.memory:
        return Store(None), None
    given.state_dir.mkdir(parents=True, exist_ok=True)
    lock = (given.state_dir / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        give_up(f"The Stripe sandbox cannot start: another one uses {given.state_dir}.")
    return Store(given.state_dir / STATE_FILE), lock


def give_up(line: str) -> None:
    sys.stderr.write(line + "\n")
    raise SystemExit(1)


def open_server(port: int, store: Store, seed: str | None) -> Server:
    try:
        return Server(port, lambda bound: Sandbox(store, origin=f"http://{ADDRESS}:{bound}", seed=seed))
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        reason = "is taken" if error.errno == errno.EADDRINUSE else "may not be used by you"
        give_up(f"The Stripe sandbox cannot start: port {port} on {ADDRESS} {reason}.")
        raise


def main() -> None:
    given = arguments()
    if given.die_with_parent is not None:
        die_with_parent(given.die_with_parent)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    store, lock = open_state(given)
    server = open_server(given.port, store, given.seed)
    sandbox = server.sandbox
    if given.webhook_url:
        sandbox.listen_to(given.webhook_url, given.webhook_secret)
    sandbox.start()
    threading.Thread(target=server.serve_forever, name="http", daemon=True, kwargs={"poll_interval": 0.1}).start()
    sys.stdout.write(f"Stripe sandbox: http://{ADDRESS}:{server.server_address[1]}\n")
    sys.stdout.flush()
    stopping.wait()
    server.shutdown()
    server.server_close()
    sandbox.stop()
    if lock:
        lock.close()


if __name__ == "__main__":
    main()
