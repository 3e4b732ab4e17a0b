"""The shape of production on this machine: what is started, in which order, and what may be taken away from it."""

import contextlib
import fcntl
import http.client
import os
import secrets
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis

from benchmarks import stage
from office.web_server import web_server
from tests.faults.site.mail_server import MailServer
from tests.faults.site.running import KEY, READY_SECONDS, ROOT, SECRET, Process, Site
from tests.faults.site.server import plain_environment
from tests.portal import free_port
from tests.production import programs
from tests.production.letters import Letters
from tests.production.programs import (
    APPLICATION,
    COMPOSE,
    DATABASE,
    LOOPBACK,
    OF_THE_REPLICA,
    OWNER,
    PATIENCE,
    STAFF,
    PostgreSQL,
)

HOST = "localhost"
PREFIX = "bhp-"
KEPT_PAGES, KEPT_SECONDS = ("/en/hearts/",), 4.0  # s-maxage and stale-while-revalidate, in whole seconds each
WEB_DEADLINE_SECONDS = 5.0  # blueheart/wsgi.py
MOST_SECONDS = 30 * 60  # of one command, on a machine that does much else
LOGS = ROOT / "var" / "production"


@dataclass
class Production(Site):
    """The portal behind nginx. `away` are the names of processes that stay dead until somebody brings them back."""

    server: PostgreSQL
    away: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        folder, servers = self.folder, self.server
        self.letters = Letters(self.mail)
        self.http_port, self.pooler_port, self.cache_port = free_port(), free_port(), free_port()
        self.url = f"https://{HOST}:{self.port}"
        self.entrances = [self.port]
        self.sandbox_url = f"http://{LOOPBACK}:{self.sandbox_port}"
        self.certificate, key = _certificate(folder)
        self.trust = ssl.create_default_context(cafile=str(self.certificate))
        self.access_log = folder / "access.log"
        self.environment = plain_environment() | {
            "DJANGO_SETTINGS_MODULE": "tests.observatory.production",
            "PYTHONUNBUFFERED": "1",
            "ENVIRONMENT": "production",
            "SITE_URL": self.url,
            "ALLOWED_HOSTS": HOST,
            "TRUSTED_PROXIES": str(COMPOSE["web"]["environment"]["TRUSTED_PROXIES"]).strip("${}").split(":-")[-1],
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DATABASE_URL": self._address(DATABASE),
            "DATABASE_REPLICA_URLS": self._address(OF_THE_REPLICA),
            "CACHE_URL": f"redis://{LOOPBACK}:{self.cache_port}/0",
            "EMAIL_URL": f"smtp://{LOOPBACK}:{self.mail.port}",
            "DEFAULT_FROM_EMAIL": "Blue Heart <hello@blueheart.example>",
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRETS": SECRET,
            "STRIPE_API_BASE": self.sandbox_url,
            "VAR_DIR": str(folder),
            **self.settings,
        }  # fmt: skip
        self.pooler = programs.pooler(folder, self.pooler_port, servers)
        self.redis = programs.cache(folder, self.cache_port)
        stripes = plain_environment() | {"SSL_CERT_FILE": str(self.certificate)}
        self.sandbox = self._process("sandbox", self._sandbox(), stripes)
        self.web_ports = [free_port(), free_port()]
        self.webs = [self.web_server(f"web-{number}", port) for number, port in enumerate(self.web_ports, 1)]
        work = COMPOSE["worker"]["command"][1:]
        self.jobs = [self._process(f"worker-{number}", work, self.environment) for number in (1, 2)]
        self.nginx = programs.front(
            folder, self.port, self.http_port, self.web_ports, TLS_CERTIFICATE=str(self.certificate),
            TLS_KEY=str(key), STATIC_ROOT=str(folder / "static"), MEDIA_ROOT=str(folder / "media"),
            ACCESS_LOG=str(self.access_log),
        )  # fmt: skip

    def web_server(self, name: str, port: int, root: Path = ROOT) -> Process:
        """It waits for PostgreSQL as much longer as nginx waits for it."""
        patient = self.environment | {"DATABASE_DEADLINE_SECONDS": str(WEB_DEADLINE_SECONDS * PATIENCE)}
        return self._process(name, ["-m", *web_server(host=LOOPBACK, port=port)], patient, root)

    def _process(self, name: str, command: list[str], environment: dict[str, str], root: Path = ROOT) -> Process:
        return Process(name, command, environment, self.folder / f"{name}.log", root)

    def _address(self, database: str) -> str:
        return f"postgres://{APPLICATION}:{self.server.passwords[APPLICATION]}@{LOOPBACK}:{self.pooler_port}/{database}"

    @property
    def processes(self) -> list[Process]:
        servers = self.server
        return [
            servers.primary, servers.replica, self.pooler, self.redis, self.sandbox, *self.webs, *self.jobs, self.nginx
        ]  # fmt: skip

    def start(self) -> None:
        """In the order of docker-compose.yml: each waits for what it needs."""
        self.server.start()
        for program, port in ((self.pooler, self.pooler_port), (self.redis, self.cache_port)):
            program.start()
            programs.wait_for_port(program, port)
        self._beside(["manage.py", "collectstatic", "--noinput", "-v0"], ROOT, MOST_SECONDS, "")
        self._migrate()
        if not self.server.is_prepared:
            self._fill()
            self.server.keep()
        for process in (self.sandbox, *self.webs, *self.jobs, self.nginx):
            process.start()
        self.wait_until(self.is_up, seconds=2 * READY_SECONDS, what="all of it answers")
        self.control("clock", {"settle_seconds": 0, "debit_seconds": 3600})

    def _migrate(self) -> None:
        owner = f"postgres://{OWNER}:{self.server.passwords[OWNER]}@{LOOPBACK}:{self.server.port}/{DATABASE}"
        self._beside(["manage.py", "migrate", "--noinput", "-v0"], ROOT, MOST_SECONDS, "", DATABASE_OWNER_URL=owner)

    def _fill(self) -> None:
        """Content and the first account, as docs/operating.md has it."""
        self._beside(["manage.py", "load_content"], ROOT, MOST_SECONDS, "")
        ada = ["manage.py", "createsuperuser", "--noinput", "--username", STAFF, "--email", f"{STAFF}@example.org"]
        self._beside(ada, ROOT, MOST_SECONDS, "", DJANGO_SUPERUSER_PASSWORD=self.server.passwords[STAFF])

    def stop(self) -> None:
        """Visitors' side first, each by the signal at which it ends cleanly."""
        for process in reversed(self.processes):
            process.stop()
        self.letters.close()

    def keep_logs(self) -> None:
        """Those of the last run lie in var/production."""
        shutil.rmtree(LOGS, ignore_errors=True)
        LOGS.mkdir(parents=True)
        for log in self.folder.glob("*.log"):
            shutil.copyfile(log, LOGS / log.name)

    def tend(self) -> list[str]:
        """What died though nobody took it away: that is a finding, and no supervisor hides it."""
        dead = [process.name for process in self.processes if process.is_dead and process.name not in self.away]
        assert not dead, f"{dead} ended by themselves\n{self.last_words()}"
        return []

    def take_away(self, process: Process) -> None:
        """kill -9; returns when it and all of its processes are gone, so that nobody reaches it any more."""
        self.away.add(process.name)
        gone = stage.tree(process.running.pid)
        process.kill()
        self.wait_until(lambda: not any(map(_lives, gone)), seconds=60, what=f"{process.name} is dead")

    def bring_back(self, process: Process) -> None:
        """Start it again, as a supervisor would."""
        process.start()
        self.away.discard(process.name)

    def is_up(self) -> bool:
        return all(self.is_well(web) for web in self.webs) and self._answers(self.port, tls=True)

    def is_well_again(self, process: Process) -> bool:
        """Whether what was brought back does its work again; of a worker, that it lives."""
        if process in self.webs:
            return self.is_well(process)
        if process is self.server.replica:
            return self.server.streams()
        return not process.is_dead

    def is_well(self, web: Process) -> bool:
        """Whether this web server answers, as its health check asks it."""
        return self._answers(self.web_ports[self.webs.index(web)], tls=False)

    def _answers(self, port: int, *, tls: bool) -> bool:
        connection = (
            http.client.HTTPSConnection(HOST, port, timeout=5, context=self.trust)
            if tls
            else http.client.HTTPConnection(LOOPBACK, port, timeout=5)
        )
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/healthz", headers={} if tls else {"Host": HOST})
            return connection.getresponse().status == 200
        return False

    def asked_of_the_cache(self) -> int:
        """How often Redis was asked for something since it was started."""
        with contextlib.closing(redis.Redis(host=LOOPBACK, port=self.cache_port, socket_timeout=20)) as asking:
            return int(asking.info("commandstats").get("cmdstat_get", {}).get("calls", 0))

    def ask(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self.server.ask(sql, *parameters)

    def _beside(self, command: list[str], root: Path, timeout: float, _database: str, **more: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=root, env=self.environment | more, capture_output=True, text=True,
            timeout=timeout,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}: {done.stdout[-1000:]}{done.stderr[:3000]}…{done.stderr[-2000:]}"
        return done.stdout

    # What journeys ask of a portal (tests/portal.py).

    def page(self, path: str) -> str:
        """Its address; of a page that caches keep only once they have forgotten it: a journey looks once."""
        if path in KEPT_PAGES:
            time.sleep(KEPT_SECONDS)
        return self.letters.url if path == "/_mail/" else f"{self.url}{path}"

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.page(path), timeout=60, context=self.trust) as answer:
            return answer.read().decode()


def _lives(pid: int) -> bool:
    """Whether it still may hold a connection: what nobody has waited for does not."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine's own name that we sign ourselves, and its key."""
    made, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", str(key), "-out", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    return made, key


@contextlib.contextmanager
def running_production() -> Iterator[Production]:
    """All of it, with data of its own, gone at the end; so is what a run left behind that was killed."""
    with _own_folder() as folder:
        servers = PostgreSQL(folder)
        mail = MailServer()
        mail.start()
        try:
            site = Production(servers, DATABASE, folder, mail)
            try:
                site.start()
                yield site
            finally:
                site.stop()
                site.keep_logs()
        finally:
            mail.stop()


@contextlib.contextmanager
def _own_folder() -> Iterator[Path]:
    """A folder that others may enter, for PostgreSQL is not root; held by a lock, which a killed run has lost."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with _held(left) as is_ours:
            if is_ours:
                shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    folder.chmod(0o755)
    with _held(folder):
        try:
            yield folder
        finally:
            shutil.rmtree(folder)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[bool]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)
