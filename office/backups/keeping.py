"""The backups in a folder: what is known of each without any key, and which of them may go."""

import datetime as dt
import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from office.backups.archive import PIECE, sync_folder
from office.backups.errors import BackupError

NAME = re.compile(r"blueheart-(\d{8}T\d{6}Z)\.backup")
STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Keep:
    """Of how many of the last days, weeks and months with a backup the newest one is kept."""

    days: int
    weeks: int
    months: int

    @classmethod
    def of(cls, typed: str) -> "Keep":
        """Read `days,weeks,months`. Raises `BackupError`."""
        try:
            days, weeks, months = (int(number) for number in typed.split(","))
        except ValueError:
            days = weeks = months = -1
        if min(days, weeks, months) < 0 or days + weeks + months == 0:
            raise BackupError("--keep wants three numbers, of days, weeks and months: 7,5,12")
        return cls(days, weeks, months)


@dataclass(frozen=True)
class Note:
    """What lies beside a backup in the clear; it names nobody. `checked_at` is empty until it was found true."""

    sha256: str
    length: int
    made_at: str
    seal: str
    checked_at: str = ""


@dataclass(frozen=True)
class Kept:
    """A backup in the folder; the note is missing where a run was ended before it could write one."""

    path: Path
    made_at: dt.datetime
    note: Note | None

    @property
    def is_checked(self) -> bool:
        return bool(self.note and self.note.checked_at)


def free_path(folder: Path, made_at: dt.datetime) -> Path:
    """Where a backup of this moment will lie: nothing is ever written over."""
    while path_for(folder, made_at).exists():
        made_at += dt.timedelta(seconds=1)
    return path_for(folder, made_at)


def path_for(folder: Path, made_at: dt.datetime) -> Path:
    """How a backup of this moment is called."""
    return folder / f"blueheart-{made_at.astimezone(dt.UTC):{STAMP}}.backup"


def kept_in(folder: Path) -> list[Kept]:
    """All backups of a folder, the newest first."""
    found = []
    for path in folder.glob("blueheart-*.backup"):
        if match := NAME.fullmatch(path.name):
            made_at = dt.datetime.strptime(match[1], STAMP).replace(tzinfo=dt.UTC)
            found.append(Kept(path, made_at, read_note(path)))
    return sorted(found, key=lambda kept: kept.made_at, reverse=True)


def read_note(path: Path) -> Note | None:
    """The note beside a backup, if there is a readable one."""
    try:
        return Note(**json.loads(_beside(path).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_note(path: Path, note: Note) -> None:
    """Write it whole or not at all."""
    write_whole(_beside(path), json.dumps(asdict(note), indent=1).encode() + b"\n")


def mark_checked(path: Path, at: dt.datetime) -> None:
    """Write down that this backup was tried and found true."""
    if note := read_note(path):
        write_note(path, replace(note, checked_at=at.isoformat(timespec="seconds")))


def write_whole(path: Path, content: bytes) -> None:
    """Replace a small file so that a crash leaves the old one or the new one. Raises `BackupError`."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        partial.rename(path)
        sync_folder(path.parent)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror}.") from error


def sum_of(path: Path) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def surplus(backups: list[Kept], keep: Keep) -> list[Kept]:
    """Those that may go: not the newest, not the newest that was found true, and none that `keep` asks for."""
    newest_first = sorted(backups, key=lambda kept: kept.made_at, reverse=True)
    staying = newest_first[:1] + [kept for kept in newest_first if kept.is_checked][:1]
    for pattern, number in (("%Y%m%d", keep.days), ("%G%V", keep.weeks), ("%Y%m", keep.months)):
        staying += _newest_of_each(newest_first, pattern)[:number]
    return [kept for kept in newest_first if kept not in staying]


def _newest_of_each(newest_first: list[Kept], pattern: str) -> list[Kept]:
    """One per day, week or month, where there is a choice one that was found true."""
    chosen: dict[str, Kept] = {}
    for kept in newest_first:
        period = f"{kept.made_at:{pattern}}"
        if period not in chosen or (kept.is_checked and not chosen[period].is_checked):
            chosen[period] = kept
    return list(chosen.values())


def remove(kept: Kept) -> None:
    """Delete a backup, then its note."""
    kept.path.unlink(missing_ok=True)
    _beside(kept.path).unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_suffix(".json")
