"""`manage.py up`, which `make run` calls: the whole portal on one machine, for development."""

import contextlib
import errno
import fcntl
import http.client
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from office.first_run import FIRST_STAFF_NAME, make_first_staff_account, prepare_database, sandbox_keys
from office.processes import Child, Crew
from office.web_server import web_server

LOOPBACK = "127.0.0.1"
STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "Run the portal on this machine: PostgreSQL, Stripe's stand-in, the worker and the web server."
    requires_system_checks: list[str] = []  # migrate runs them

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("`up` is for development; docs/operating.md says how the parts run in production.")
        for number in STOPPING_SIGNALS:
            signal.signal(number, _interrupt)
        crew = Crew(self._say)
        with _only_one(settings.VAR_DIR), contextlib.suppress(KeyboardInterrupt):
            try:
                self._run(crew)
            finally:
                for number in STOPPING_SIGNALS:
                    signal.signal(number, signal.SIG_IGN)
                crew.stop()
        self._say("\nStopped. `make run` starts it again, with its data.")

    def _run(self, crew: Crew) -> None:
        uses_sandbox = not settings.STRIPE_SECRET_KEY
        sandbox_port = int(os.environ.get("SANDBOX_PORT") or settings.PORT + 1)
        _check_port("PORT", settings.PORT)
        if uses_sandbox:
            _check_port("SANDBOX_PORT", sandbox_port)
        self._prepare()
        environment: dict[str, str] = {}
        awaited: list[tuple[Child, Callable[[], bool]]] = []
        if uses_sandbox:
            sandbox, environment = self._sandbox(sandbox_port, settings.VAR_DIR / "sandbox")
            awaited.append((sandbox, partial(_accepts, sandbox_port)))
        self._start(crew, [*awaited, (self._web_server(environment), _is_healthy)])
        crew.begin(self._child("worker", [sys.executable, "manage.py", "work"], environment))  # the first page is first
        self._say_where_to_look(environment.get("STRIPE_API_BASE"))
        crew.watch()

    def _prepare(self) -> None:
        self._say("Preparing the database ...")
        prepare_database()
        if password := make_first_staff_account():
            self._say(f"Made a staff account: user name {FIRST_STAFF_NAME}, password {password} (shown only now).")
        connections.close_all()  # the embedded server stays as long as this process

    def _sandbox(self, port: int, state: Path) -> tuple[Child, dict[str, str]]:
        """Stripe's stand-in, and what the other parts have to know of it."""
        keys = sandbox_keys(state)
        webhook = f"http://{LOOPBACK}:{settings.PORT}/stripe/webhook/"
        command = [sys.executable, "-m", "stripe_sandbox", "--port", str(port), "--state-dir", str(state)]
        command += ["--webhook-url", webhook, "--webhook-secret", keys.webhook_secret]
        return self._child("Stripe sandbox", command, {}), {
            "STRIPE_SECRET_KEY": keys.secret_key,
            "STRIPE_WEBHOOK_SECRETS": keys.webhook_secret,
            "STRIPE_API_BASE": f"http://{LOOPBACK}:{port}",
        }

    def _web_server(self, environment: dict[str, str]) -> Child:
        command = [sys.executable, "-m", *web_server(host=LOOPBACK, port=settings.PORT)]
        return self._child("web server", command, environment)

    def _child(self, name: str, command: list[str], environment: dict[str, str]) -> Child:
        log = settings.VAR_DIR / "log" / f"{name.lower().replace(' ', '-')}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        environment = {"PYTHONUNBUFFERED": "1", **environment}
        return Child(name, command, folder=settings.BASE_DIR, log=log, environment=environment)

    def _start(self, crew: Crew, awaited: Sequence[tuple[Child, Callable[[], bool]]]) -> None:
        """Start all at the same time: each needs a second of its own to be loaded."""
        for child, _ in awaited:
            crew.begin(child)
        for child, answers in awaited:
            if not crew.wait_for(child, until=answers):
                raise CommandError(
                    f"The {child.name} did not start. Its last lines ({child.log}):\n{child.last_lines()}"
                )

    def _say_where_to_look(self, sandbox_url: str | None) -> None:
        stripe = f"{sandbox_url}/ (a stand-in: no account needed)" if sandbox_url else "test mode, with your own key"
        places = {
            "The site": f"{settings.SITE_URL}/",
            "For staff": f"{settings.SITE_URL}/{settings.ADMIN_PATH}",
            "Mail it sent": f"{settings.SITE_URL}/_mail/",
            "Stripe": stripe,
            "Logs": f"{settings.VAR_DIR / 'log'}/",
        }
        lines = [f"  {name:<14}{place}" for name, place in places.items()]
        self._say("\n".join(["", "Blue Heart is running in test mode: no real money moves.", "", *lines]))
        self._say("\nCtrl-C stops all of it and keeps the data.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()  # a log file is read while we run


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@contextlib.contextmanager
def _only_one(var: Path) -> Iterator[None]:
    """Refuse to run twice on the same data: two workers and two sandboxes would share one store."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CommandError(f"The portal already runs with the data in {var}: stop it, or set VAR_DIR.") from None
        yield


def _check_port(setting: str, port: int) -> None:
    for family, address in ((socket.AF_INET, LOOPBACK), (socket.AF_INET6, "::1")):  # localhost may be either
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except (OSError, OverflowError) as error:
            if isinstance(error, OSError) and error.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
                continue  # a machine without IPv6
            reason = "is taken" if getattr(error, "errno", None) == errno.EADDRINUSE else f"cannot be used ({error})"
            raise CommandError(f"Port {port} {reason}: set {setting} to another one.") from error


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _is_healthy() -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, settings.PORT, timeout=5)  # not urllib: it would ask a proxy
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
