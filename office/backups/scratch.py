"""A private PostgreSQL that lives as long as a backup is tried in it, and nothing of it after."""

import contextlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DEFAULT_DB_ALIAS

from blueheart.postgresql import embedded
from blueheart.postgresql.cluster import DATABASE, Cluster
from office.backups.errors import BackupError

PREFIX = "blueheart-scratch-"
ABANDONED_SECONDS = 60 * 60
STOP_SECONDS = 30


@contextlib.contextmanager
def scratch_database() -> Iterator[BaseDatabaseWrapper]:
    """The connection, which within leads to an empty database of a new cluster. Raises `BackupError`."""
    with scratch_server() as server, leading_to(server | {"NAME": DATABASE}) as connection:
        yield connection


@contextlib.contextmanager
def scratch_server() -> Iterator[dict[str, str]]:
    """A new cluster's server, as Django's settings name it; at the end both are gone. Raises `BackupError`."""
    clear_abandoned()
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    home.chmod(0o711)  # the server's account passes; the cluster itself is closed
    try:
        with contextlib.ExitStack() as stack:
            try:
                server = stack.enter_context(embedded.borrowed(home))
            except embedded.EmbeddedPostgresError as error:
                raise BackupError(f"No scratch server to try the backup in: {error}") from error
            yield server
    finally:
        _clear(Cluster(home, home / "data"))


def _clear(cluster: Cluster) -> None:
    """Remove it once its server is gone: one that was interrupted while it started ends a moment later."""
    deadline = time.monotonic() + STOP_SECONDS
    while cluster.has_living_server() and time.monotonic() < deadline:
        time.sleep(0.05)
    shutil.rmtree(cluster.home)


def clear_abandoned() -> None:
    """Remove what a run that was killed left behind: its rows are people's."""
    for home in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        found = home.lstat()
        is_ours = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
        is_old = time.time() - found.st_mtime > ABANDONED_SECONDS
        if is_ours and is_old and not Cluster(home, home / "data").has_living_server():
            shutil.rmtree(home, ignore_errors=True)


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
