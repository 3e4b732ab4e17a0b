"""Debian's PgBouncer in transaction mode, before the tests' server, with fewer connections than it has clients."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2

from blueheart.postgresql.cluster import CLEAN_ENVIRONMENT, PORT, ROLE
from tests.growing.servers import wait_until

CONNECTIONS = 2  # to PostgreSQL, for all
POOLER_PORT = "6432"  # names the socket's file
CONFIG = """
[databases]
* = host={primary} port={port} user={role}
[pgbouncer]
listen_addr =
listen_port = {pooler_port}
unix_socket_dir = {folder}
unix_socket_mode = 0777
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 100
query_wait_timeout = 60
"""


class PgBouncer:
    """Stands before the server whose socket is in `primary`. What `tests.faults.site` wants of a server."""

    def __init__(self, primary: str) -> None:
        program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
        assert Path(program).exists(), "PgBouncer is missing (Debian: apt install pgbouncer)"
        self.primary = primary
        self.folder = Path(tempfile.mkdtemp(prefix="bhp"))
        self.folder.chmod(0o755)
        account: dict[str, Any] = {"env": CLEAN_ENVIRONMENT, "cwd": "/"}
        if os.geteuid() == 0:  # it refuses root, as PostgreSQL does
            server = (Path(primary).parent / "data").stat()
            os.chown(self.folder, server.st_uid, server.st_gid)
            account |= {"user": server.st_uid, "group": server.st_gid, "extra_groups": []}
        config = self.folder / "pgbouncer.ini"
        config.write_text(
            CONFIG.format(
                primary=primary, port=PORT, role=ROLE, folder=self.folder, pooler_port=POOLER_PORT,
                connections=CONNECTIONS,
            )
        )  # fmt: skip
        with (self.folder / "log").open("wb") as log:
            self._program = subprocess.Popen([program, config], **account, stdout=log, stderr=log)
        wait_until(self._answers, what="PgBouncer answers")

    def _answers(self) -> bool:
        assert self._program.poll() is None, (self.folder / "log").read_text()
        return (self.folder / f".s.PGSQL.{POOLER_PORT}").exists()

    def url(self, database: str, **_settings: object) -> str:
        """A DATABASE_URL; no setting can go with it, for a pool's connections are everyone's."""
        return f"postgres://{ROLE}@:{POOLER_PORT}/{database}?host={quote(str(self.folder))}"

    def connect(self, database: str) -> Any:
        return psycopg2.connect(host=str(self.folder), port=POOLER_PORT, user=ROLE, dbname=database, connect_timeout=10)

    def ask(self, sql: str, *parameters: object, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Past the pool."""
        connection = psycopg2.connect(host=self.primary, port=PORT, user=ROLE, dbname=database, connect_timeout=10)
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def start(self) -> None:
        """It stays."""

    def close(self) -> None:
        self._program.terminate()
        self._program.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)
