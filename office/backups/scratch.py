"""A private PostgreSQL that lives as long as a backup is tried in it, and nothing of it after."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DEFAULT_DB_ALIAS

from blueheart.postgresql import embedded
from blueheart.postgresql.cluster import DATABASE
from office.backups.errors import BackupError

PREFIX = "blueheart-scratch-"
HURRIED = ("fsync", "full_page_writes", "synchronous_commit")  # nobody needs its data after a crash


@contextlib.contextmanager
def scratch_database() -> Iterator[BaseDatabaseWrapper]:
    """The connection, which within leads to an empty database of a new cluster. Raises `BackupError`."""
    with scratch_server() as server, leading_to(server | {"NAME": DATABASE}) as connection:
        yield connection


@contextlib.contextmanager
def scratch_server() -> Iterator[dict[str, str]]:
    """A new cluster's server, as Django's settings name it; at the end both are gone. Raises `BackupError`."""
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    home.chmod(0o711)  # the server's account passes; the cluster itself is closed
    try:
        with contextlib.ExitStack() as stack:
            try:
                server = stack.enter_context(embedded.borrowed(home))
            except embedded.EmbeddedPostgresError as error:
                raise BackupError(f"No scratch server to try the backup in: {error}") from error
            with leading_to(server | {"NAME": DATABASE}) as connection, connection.cursor() as cursor:
                for setting in HURRIED:
                    cursor.execute(f"ALTER SYSTEM SET {setting} = off")
                cursor.execute("SELECT pg_reload_conf()")
            yield server
    finally:
        shutil.rmtree(home)


@contextlib.contextmanager
def leading_to(server: Mapping[str, Any]) -> Iterator[BaseDatabaseWrapper]:
    """The connection, which within is that server's owner's, and then again what it was."""
    connection = connections[DEFAULT_DB_ALIAS]
    before = connection.settings_dict.copy()
    connection.close()
    connection.settings_dict.update({"PASSWORD": "", "OPTIONS": {}, "EMBEDDED": False, "IS_OWNER": True, **server})
    try:
        yield connection
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)
