"""Bringing a backup back into a database, and finding out whether all of it is there and true."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.core.management import call_command
from django.core.management.commands import migrate
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from blueheart.trail.sealing import broken_seals
from donations import books
from office.backups import archive, manifest, programs
from office.backups.errors import BackupError
from office.backups.manifest import Manifest
from office.health import unapplied_migrations

Say = Callable[[str], None]


def load(
    path: Path, identities: Sequence[Any], *, into: BaseDatabaseWrapper, media: Path | None, server: int
) -> Manifest:
    """Bring the database back in one transaction, and its media below a folder; without one they stay where they are.

    For a backup that was read once, and a database without tables. Raises `BackupError`: then the database is empty
    as before.
    """
    program = programs.find("pg_restore", server)
    options = ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    with tempfile.TemporaryFile() as said:
        restoring = programs.start(program, into, options, stdin=subprocess.PIPE, stderr=said, stdout=said)
        if restoring.stdin is None:
            raise BackupError("pg_restore cannot be written to.")
        try:
            found = archive.read(path, identities, take=_Taking(restoring.stdin, media))
            with contextlib.suppress(BrokenPipeError):
                restoring.stdin.close()
        except BaseException:
            restoring.kill()
            restoring.wait()
            raise
        if restoring.wait():
            said.seek(0)
            raise BackupError(f"pg_restore failed, and the database is as it was: {programs.last_words(said.read())}")
    return found


class _Taking:
    """Hands each piece to where it belongs."""

    def __init__(self, database: IO[bytes], media: Path | None) -> None:
        self._database, self._media = database, media
        self._begun: set[str] = set()

    def __call__(self, name: str, piece: bytes) -> None:
        if name == archive.DATABASE:
            with contextlib.suppress(BrokenPipeError):  # it has ended, and its exit code says why
                self._database.write(piece)
        elif name.startswith(archive.MEDIA) and self._media:
            self._write(self._media / _safe(name.removeprefix(archive.MEDIA)), name, piece)

    def _write(self, file: Path, name: str, piece: bytes) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("ab" if name in self._begun else "wb") as out:
                out.write(piece)
        except OSError as error:
            raise BackupError(f"{file} cannot be written: {error.strerror}.") from error
        self._begun.add(name)


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise BackupError(f"The backup wants to write outside the media: {name}")
    return path


def refuse_newer(found: Manifest) -> None:
    """Raise `BackupError` where this code does not know a migration of the backup."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).graph.nodes}
    known |= {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if unknown := [name for name in found.migrations if name not in known]:
        raise BackupError(
            f"The backup was made by a newer release ({found.version} {found.commit[:12]}), this one does not know "
            f"{unknown[0]}: restore it with that release."
        )


def differences(found: Manifest, connection: BaseDatabaseWrapper) -> list[str]:
    """Where the restored database is not what the manifest says, one line each."""
    counted = manifest.count_rows(connection)
    wrong = [
        f"{table}: {found.rows.get(table, 0)} rows were backed up, {counted.get(table, 0)} are there"
        for table in sorted(counted.keys() | found.rows.keys())
        if counted.get(table) != found.rows.get(table)
    ]
    seal = manifest.last_seal(connection)
    return wrong + (
        [f"the trail ends with the seal {seal}, and {found.seal} was backed up"] if seal != found.seal else []
    )


def bring_up_to_date() -> None:
    """Migrate what an older release backed up; the caller is the owner, and the application's role gets nothing yet."""
    if unapplied_migrations():
        call_command(migrate.Command(), verbosity=0, interactive=False)


def untruths() -> list[str]:
    """What `check_books` and `check_audit` find in the database, one line each."""
    wrong = [str(finding) for finding in books.findings()]
    return wrong + [f"the audit trail was altered: {line}" for line in broken_seals()]


def media_missing(found: Manifest, media: Path) -> list[str]:
    """Files of the backup that are not there."""
    names = [name.removeprefix(archive.MEDIA) for name in found.parts if name.startswith(archive.MEDIA)]
    return [f"the file {name} is missing" for name in names if not os.path.exists(media / name)]
