"""What stands around the portal, each with the settings of docker-compose.yml where it names some."""

import contextlib
import ctypes
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import yaml

from benchmarks import nginx, stage
from blueheart.postgresql.binaries import find_binaries, reachable_copy
from blueheart.postgresql.cluster import CLEAN_ENVIRONMENT
from blueheart.postgresql.supervisor import Account, _server_account
from office.processes import PR_SET_PDEATHSIG
from tests.faults.site.running import STOP_SECONDS, Process

LOOPBACK = stage.LOOPBACK
COMPOSE = yaml.safe_load((stage.PROJECT / "docker-compose.yml").read_text())["services"]
OWNER, APPLICATION, DATABASE, OF_THE_REPLICA = "blueheart", "blueheart_app", "blueheart", "blueheart_replica"
FOLLOWER, STAFF = "replica", "ada"
READY_SECONDS = 120
PATIENCE = float(os.environ.get("PRODUCTION_PATIENCE", "10"))
SLOT = "replica"

# The kernel ends a child with the thread that made it: this one lives as long as we do.
_starter = ThreadPoolExecutor(1, thread_name_prefix="starter")


def _die_with_us(number: int) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


@dataclass
class Program(Process):
    """A program that is not ours; `last_word` is the signal at which it ends with all that it has started."""

    account: Account | None = None
    last_word: int = signal.SIGTERM

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = _starter.submit(
                subprocess.Popen,
                self.command,
                cwd="/",
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=lambda: _die_with_us(self.last_word),
                **(self.account.as_popen_arguments() if self.account else {}),
            ).result()

    def kill(self) -> None:
        """kill -9 of it and of all that it started; PostgreSQL's processes have sessions of their own."""
        if not self.running:
            return
        for pid in [] if self.is_dead else stage.tree(self.running.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.running.wait()

    def stop(self) -> None:
        if self.running and not self.is_dead:
            self.running.send_signal(self.last_word)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.running.wait(STOP_SECONDS)
        self.kill()


def wait_for_port(program: Process, port: int) -> None:
    """Until the program takes connections; raises AssertionError with its last words where it ends before."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and not program.is_dead:
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError(f"{program.name} takes no connections\n{program.log.read_text(errors='replace')[-2000:]}")


class PostgreSQL:
    """A primary and a replica that streams from it, in folders below `folder`, each on a port of its own.

    PRODUCTION_PG_DIR names a folder that keeps what was prepared once (tables, content, Ada): later runs only migrate.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        chosen = os.environ.get("PRODUCTION_PG_DIR")
        self.kept = Path(chosen) if chosen else None
        self.is_prepared = bool(self.kept and self._said.exists())
        self.passwords: dict[str, str] = (
            json.loads(self._said.read_text())
            if self.is_prepared
            else {name: secrets.token_urlsafe(20) for name in (OWNER, APPLICATION, FOLLOWER, STAFF)}
        )
        self.account = _server_account(folder / "primary")
        self.programs = find_binaries().folder
        if os.geteuid() == 0:
            self.programs = reachable_copy(self.programs, folder)
        self.port, self.replica_port = stage.free_port(), stage.free_port()
        self.primary = self._server("primary", self.port)
        self.replica = self._server("replica", self.replica_port, hot_standby="on")

    @property
    def _said(self) -> Path:
        return self.kept / "passwords.json"

    def _server(self, name: str, port: int, **settings: str) -> Program:
        chosen = {
            "listen_addresses": LOOPBACK, "port": str(port), "unix_socket_directories": "", "max_connections": "60",
            "recovery_init_sync_method": "syncfs", **settings,
        }  # fmt: skip
        options = [word for key, value in chosen.items() for word in ("-c", f"{key}={value}")]
        command = [str(self.programs / "postgres"), "-D", str(self.folder / name), *options]
        log = self.folder / f"{name}.log"
        return Program(name, command, CLEAN_ENVIRONMENT, log, account=self.account, last_word=signal.SIGINT)

    def start(self) -> None:
        """Make both clusters and start them; returns when the replica streams."""
        if self.is_prepared:
            subprocess.run(["cp", "--archive", self.kept / "primary", self.folder / "primary"], check=True)
        else:
            self._make()
        self.primary.start()
        self._wait_for(self.primary, self.port)
        if not self.is_prepared:
            self.ask(f"CREATE DATABASE {DATABASE}", database="postgres")
            self.ask(f"CREATE ROLE {FOLLOWER} LOGIN REPLICATION PASSWORD %s", self.passwords[FOLLOWER])
        self._owned("replica")
        self._copy(self.folder / "replica", "--write-recovery-conf", "--create-slot", f"--slot={SLOT}")
        self.replica.start()
        self._wait_for(self.replica, self.replica_port)
        deadline = time.monotonic() + READY_SECONDS
        while not self.streams():
            assert time.monotonic() < deadline, self.replica.log.read_text()[-2000:]
            time.sleep(0.1)

    def _make(self) -> None:
        asked = shlex.split(COMPOSE["postgres"]["environment"]["POSTGRES_INITDB_ARGS"])
        self._owned("primary")
        password = self.folder / "password"
        password.write_text(self.passwords[OWNER])
        self.give(password)
        self._run("initdb", "-D", self.folder / "primary", "-U", OWNER, f"--pwfile={password}", "-E", "UTF8", *asked)
        password.unlink()

    def keep(self) -> None:
        """Keep what the primary has now for the next runs, where a folder is named for that."""
        if not self.kept:
            return
        target = self.kept / "primary"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(mode=0o700, parents=True)
        self.kept.chmod(0o755)  # PostgreSQL's own account has to reach it
        self.give(target)
        self._copy(target)
        self._said.write_text(json.dumps(self.passwords))

    def _copy(self, target: Path, *options: str) -> None:
        source = f"host={LOOPBACK} port={self.port} user={FOLLOWER} password={self.passwords[FOLLOWER]}"
        self._run("pg_basebackup", "-d", source, "-D", target, "--wal-method=stream", "--checkpoint=fast", *options)

    def _wait_for(self, server: Program, port: int) -> None:
        """Until it answers: while it starts it takes connections, and refuses to sign anybody in."""
        wait_for_port(server, port)
        deadline = time.monotonic() + READY_SECONDS
        while True:
            try:
                self._ask(port, "SELECT 1", (), "postgres")
            except psycopg2.OperationalError:
                assert time.monotonic() < deadline, server.log.read_text()[-2000:]
                time.sleep(0.1)
            else:
                return

    def streams(self) -> bool:
        return self.ask("SELECT state FROM pg_stat_replication") == [("streaming",)]

    def has_caught_up(self) -> bool:
        """Whether the replica has replayed what the primary has written by now."""
        [(written,)] = self.ask("SELECT pg_current_wal_lsn()::text")
        with contextlib.suppress(psycopg2.OperationalError):  # it may still be recovering
            return self.ask_replica("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", written) == [(True,)]
        return False

    def ask(self, sql: str, *parameters: object, database: str = DATABASE) -> list[tuple[Any, ...]]:
        """Ask the primary as its owner, past PgBouncer."""
        return self._ask(self.port, sql, parameters, database)

    def ask_replica(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        return self._ask(self.replica_port, sql, parameters, DATABASE)

    def _ask(self, port: int, sql: str, parameters: Sequence[object], database: str) -> list[tuple[Any, ...]]:
        connection = psycopg2.connect(
            host=LOOPBACK, port=port, user=OWNER, password=self.passwords[OWNER], dbname=database, connect_timeout=20
        )
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def _owned(self, name: str) -> None:
        (self.folder / name).mkdir(mode=0o700)
        self.give(self.folder / name)

    def give(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.account.uid, self.account.gid)

    def _run(self, program: str, *arguments: object) -> None:
        subprocess.run(
            [str(self.programs / program), *map(str, arguments)], **self.account.as_popen_arguments(),
            env=CLEAN_ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=300,
        )  # fmt: skip


POOLER = """
[databases]
{database} = host={loopback} port={primary} dbname={database}
{replica_database} = host={loopback} port={replica} dbname={database}
[pgbouncer]
listen_addr = {loopback}
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = transaction
default_pool_size = 20
max_client_conn = 1000
query_wait_timeout = 10
"""


def pooler(folder: Path, port: int, servers: PostgreSQL) -> Program:
    """PgBouncer before both servers, as docs/how-to/grow.md has it: each is a database of its own name."""
    users, written = folder / "users.txt", folder / "pgbouncer.ini"
    users.write_text(f'"{APPLICATION}" "{servers.passwords[APPLICATION]}"\n')
    written.write_text(
        POOLER.format(
            loopback=LOOPBACK, port=port, primary=servers.port, replica=servers.replica_port, users=users,
            database=DATABASE, replica_database=OF_THE_REPLICA,
        )
    )  # fmt: skip
    for path in (users, written):
        servers.give(path)
    command = [stage.tool("pgbouncer", "pgbouncer"), str(written)]
    return Program("pgbouncer", command, CLEAN_ENVIRONMENT, folder / "pgbouncer.log", account=servers.account)


def cache(folder: Path, port: int) -> Program:
    """Redis with what it keeps in memory alone: it may be lost at any moment."""
    command = [stage.tool("redis-server", "redis-server"), "--bind", LOOPBACK, "--port", str(port), "--save", ""]
    command += ["--appendonly", "no", "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru", "--dir", str(folder)]
    return Program("redis", command, CLEAN_ENVIRONMENT, folder / "redis.log")


def _patient(text: str) -> str:
    """So many times as long as production's nginx waits for an app: a page takes that much longer on a busy machine."""
    waits = re.compile(r"(proxy_(?:connect|read|next_upstream)_timeout) (\d+)s;")
    return waits.sub(lambda wait: f"{wait[1]} {round(int(wait[2]) * PATIENCE)}s;", text)


def front(folder: Path, port: int, http_port: int, apps: Sequence[int], **others: str) -> Program:
    """nginx by deploy/nginx, before several web servers, as its README.md says for several and for other ports."""
    home = folder / "nginx"
    values = nginx.values(apps[0], http_port, home, FRONT="tls", HTTPS_PORT=f"{LOOPBACK}:{port}", **others)
    main = nginx.written(home, values)
    (home / "optional").mkdir(exist_ok=True)
    more = "".join(f"server {LOOPBACK}:{each} max_fails=3 fail_timeout=3s;\n" for each in apps[1:])
    (home / "optional" / "app-more.conf").write_text(more)
    shared = home / "blueheart.conf"
    ours, with_port = "proxy_set_header Host $host;", "proxy_set_header Host $host:$server_port;"
    text = shared.read_text()
    assert ours in text
    shared.write_text(_patient(text.replace(ours, with_port)))
    snippet = home / "snippets" / "site.conf"
    snippet.write_text(_patient(snippet.read_text()))
    command = [stage.tool("nginx", "nginx"), "-p", str(home), "-c", str(main)]
    command += ["-g", f"daemon off; pid {home / 'pid'};"]
    return Program("nginx", command, CLEAN_ENVIRONMENT, folder / "nginx.log")
