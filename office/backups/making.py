"""Making a backup: one snapshot of the database and the files beside it, encrypted, and tried before it counts."""

import contextlib
import datetime as dt
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pyrage
from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from blueheart.postgresql.owner import as_owner
from blueheart.trail.sealing import ONLY_READS
from office.backups import archive, erased, keeping, manifest, programs
from office.backups.errors import AlreadyRunningError, BackupError
from office.backups.keeping import Keep, Note
from office.backups.loading import Say, bring_up_to_date, differences, load, refuse_newer, untruths
from office.backups.manifest import Manifest
from office.backups.scratch import scratch_database

LOCK = 0xBAC0
SEALS = "seals.log"


def make(folder: Path, recipients: Sequence[Any], *, keep: Keep, say: Say, is_tried: bool = True) -> Path:
    """Make a backup, try it, and let go of those that `keep` does not ask for; returns where it lies.

    One at a time for a database: raises `AlreadyRunningError` beside another one, and `BackupError`; then the folder
    holds what it held, or a backup that was not found true and takes no other one's place.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with as_owner() as connection, _reading_alone(connection) as reading:
        erased.note(folder)
        passing = pyrage.x25519.Identity.generate()  # opens it while it is tried, and is forgotten with this process
        path, found = _write(folder, reading, [*recipients, passing.to_public()] if is_tried else recipients, say)
        server = programs.server_major(reading)
        keeping.write_note(path, Note(keeping.sum_of(path), path.stat().st_size, found.made_at, found.seal))
        _keep_seal(folder, found)
        if is_tried:
            say("Trying it in a scratch server…")
            refuse_untrue(path, try_out(path, [passing], server=server))
            keeping.mark_checked(path, timezone.now())
        for old in keeping.surplus(keeping.kept_in(folder), keep):
            say(f"Letting go of {old.path.name}")
            keeping.remove(old)
    return path


def try_out(path: Path, identities: Sequence[Any], *, server: int | None = None) -> list[str]:
    """Restore a backup into a scratch server and say what is wrong there, one line each. Raises `BackupError`."""
    found = archive.read(path, identities)
    refuse_newer(found)
    with scratch_database() as scratch:
        load(path, identities, into=scratch, media=None, server=max(found.postgresql, programs.server_major(scratch)))
        wrong = differences(found, scratch)
        bring_up_to_date()
        return wrong + untruths()


def refuse_untrue(path: Path, wrong: Sequence[str]) -> None:
    """Raise `BackupError` with what was found wrong, if anything was."""
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise BackupError(f"{path} was restored into a scratch server and is not true: {wrong[0]}{more}.")


@contextlib.contextmanager
def _reading_alone(connection: BaseDatabaseWrapper) -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own that only reads, and that no other backup of this database has beside it."""
    reading = connection.copy()
    reading.settings_dict["OPTIONS"] = reading.settings_dict.get("OPTIONS", {}) | {"application_name": ONLY_READS}
    try:
        with reading.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                raise AlreadyRunningError("Another backup of this database runs: nothing was done.")
        yield reading
    finally:
        reading.close()


def _write(folder: Path, reading: BaseDatabaseWrapper, recipients: Sequence[Any], say: Say) -> tuple[Path, Manifest]:
    server = programs.server_major(reading)
    program = programs.find("pg_dump", server)
    for partial in folder.glob(".blueheart-*.partial"):  # of a run that was killed; we are alone
        partial.unlink()
    with _snapshot(reading) as snapshot:
        facts = manifest.facts(reading)
        media = _media_folder()
        path = keeping.free_path(folder, dt.datetime.fromisoformat(facts["made_at"]))
        with archive.written(path, recipients) as writer:
            say(f"Copying the database, {sum(facts['rows'].values())} rows…")
            with _dumped(program, reading, snapshot) as dump:
                writer.add(archive.DATABASE, dump)
            files = _add_media(writer, media) if media else 0
            say(f"Copied {files} files of the media." if media else "The media lie elsewhere and are not copied.")
            release = manifest.software()
            found = Manifest(
                **facts, version=release.version, commit=release.commit, postgresql=server, parts=writer.parts,
                media=f"{files} files" if media else "elsewhere",
            )  # fmt: skip
            writer.end(found)
    return path, found


@contextlib.contextmanager
def _snapshot(reading: BaseDatabaseWrapper) -> Iterator[str]:
    """The name of what the database is now: within, our own reading and pg_dump's see the same rows."""
    reading.set_autocommit(False)
    try:
        with reading.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            name = cursor.fetchone()[0]
        yield name
    finally:
        reading.rollback()
        reading.set_autocommit(True)


@contextlib.contextmanager
def _dumped(program: Path, reading: BaseDatabaseWrapper, snapshot: str) -> Iterator[IO[bytes]]:
    options = ["--format=custom", f"--snapshot={snapshot}", "--no-owner", "--no-privileges"]
    with tempfile.TemporaryFile() as said:
        dumping = programs.start(program, reading, options, stdout=subprocess.PIPE, stderr=said)
        if dumping.stdout is None:
            raise BackupError("pg_dump cannot be read from.")
        try:
            with dumping.stdout as stream:
                yield stream
        except BaseException:
            dumping.kill()
            dumping.wait()
            raise
        if dumping.wait():
            said.seek(0)
            raise BackupError(f"pg_dump failed: {programs.last_words(said.read())}")


def _media_folder() -> Path | None:
    """Where uploads lie, if that is a folder of ours."""
    return Path(settings.MEDIA_ROOT) if isinstance(default_storage, FileSystemStorage) else None


def _add_media(writer: archive.Writer, media: Path) -> int:
    """Add every file; one that goes meanwhile was taken away, and is not missed."""
    count = 0
    for file in sorted(file for file in media.rglob("*") if file.is_file() and not file.is_symlink()):
        try:
            content = file.open("rb")
        except FileNotFoundError:
            continue
        with content:
            writer.add(archive.MEDIA + file.relative_to(media).as_posix(), content)
        count += 1
    return count


def _keep_seal(folder: Path, found: Manifest) -> None:
    """Append the trail's last seal to a list that `check_audit --against` reads."""
    seals = folder / SEALS
    before = seals.read_bytes() if seals.exists() else b""
    keeping.write_whole(seals, before + f"{found.seal}\n".encode())


def check(path: Path, identities: Sequence[Any]) -> Manifest:
    """Try a backup that lies there, and note it where it is found true; returns its manifest. Raises `BackupError`."""
    found = archive.read(path, identities)
    note = keeping.read_note(path)
    sum_now = keeping.sum_of(path)
    if note and note.sha256 != sum_now:
        raise BackupError(f"{path} is not the file that was written: its SHA-256 is another one.")
    refuse_untrue(path, try_out(path, identities))
    now = timezone.now()
    if note:
        keeping.write_note(path, replace(note, checked_at=now.isoformat(timespec="seconds")))
    return found
