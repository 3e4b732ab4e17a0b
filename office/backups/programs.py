"""PostgreSQL's own programs, in the version that suits the server, and how they are told where it is."""

import glob
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2.extensions import make_dsn

from blueheart.postgresql.binaries import SYSTEM_FOLDERS, wheel_folders
from blueheart.postgresql.cluster import CLEAN_ENVIRONMENT
from office.backups.errors import BackupError

# They set time limits of their own, speak the dump's encoding, and a password would be seen in the list of processes.
NOT_FOR_PROGRAMS = {"client_encoding", "cursor_factory", "options", "password"}


def find(program: str, server: int) -> Path:
    """The program of the server's major version, else the next newer one: an older one cannot read what is newer.

    Raises `BackupError`.
    """
    found = {_major(path): path for path in reversed(_candidates(program))}
    suited = sorted(major for major in found if major >= server)
    if suited:
        return found[suited[0]]
    here = max(found, default=0)
    newest = f"the newest {program} found here is of version {here}" if here else f"no {program} was found here"
    raise BackupError(
        f"The server is PostgreSQL {server}, but {newest}: install postgresql-client-{server}, "
        "or set EMBEDDED_PG_BINDIR to a folder that has it."
    )


def _candidates(program: str) -> list[Path]:
    """Those that count more come first."""
    folders = [os.environ.get("EMBEDDED_PG_BINDIR") or ""]
    folders += [folder for pattern in SYSTEM_FOLDERS for folder in glob.glob(pattern)]
    folders += wheel_folders()
    paths = [Path(folder) / program for folder in folders if folder]
    if on_path := shutil.which(program):
        paths.insert(1 if folders[0] else 0, Path(on_path))
    return [path for path in paths if path.exists()]


def _major(path: Path) -> int:
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, env=CLEAN_ENVIRONMENT, check=False)
    except OSError:
        return 0
    match = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(match[1]) if match else 0


def server_major(connection: BaseDatabaseWrapper) -> int:
    """The major version of the server that the connection leads to."""
    connection.ensure_connection()
    return int(connection.connection.server_version) // 10_000


def start(
    program: Path, connection: BaseDatabaseWrapper, options: Sequence[str], **streams: object
) -> "subprocess.Popen[bytes]":
    """Start it on the connection's database; the password goes by the environment, unseen."""
    wanted = connection.get_connection_params()
    where = make_dsn(**{name: value for name, value in wanted.items() if name not in NOT_FOR_PROGRAMS})
    own = CLEAN_ENVIRONMENT | {name: os.environ[name] for name in ("HOME", "PGPASSFILE") if name in os.environ}
    if "password" in wanted:
        own["PGPASSWORD"] = wanted["password"]
    return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
        [program, "--dbname", where, "--no-password", *options], env=own, **streams
    )


def last_words(said: bytes) -> str:
    """The line of what a program said that names the reason."""
    lines = [line.strip() for line in said.decode(errors="replace").splitlines() if line.strip()]
    reasons = [line for line in lines if "error:" in line or "ERROR:" in line or "FATAL:" in line]
    return (reasons or lines or ["it said nothing"])[0]
