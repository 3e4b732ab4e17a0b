"""The file of a backup: a tar stream, encrypted in the age format, whose last member is its manifest.

A member's content may come in several pieces of one name, one after the other: nothing has to know a size before it is
there, and no plain copy lies on the disk. `age --decrypt` and `tar -xO` read it, too.
"""

import contextlib
import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import pyrage

from office.backups.errors import BackupError
from office.backups.manifest import Manifest, Part

PIECE = 8 << 20  # bytes
MANIFEST = "manifest.json"
DATABASE = "database.dump"
MEDIA = "media/"
LARGEST_MANIFEST = 256 << 20  # bytes


class Writer:
    """Adds members to a backup, and keeps count of them."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.parts: dict[str, Part] = {}

    def add(self, name: str, content: IO[bytes]) -> None:
        """Add all that the stream holds, a piece at a time."""
        digest, length = hashlib.sha256(), 0
        while piece := content.read(PIECE):
            digest.update(piece)
            length += len(piece)
            self._put(name, piece)
        if not length:
            self._put(name, b"")
        self.parts[name] = Part(digest.hexdigest(), length)

    def end(self, manifest: Manifest) -> None:
        """Add the manifest, which comes last."""
        self._put(MANIFEST, manifest.as_json())

    def _put(self, name: str, piece: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(piece), 0o600
        self._tar.addfile(member, io.BytesIO(piece))


@contextlib.contextmanager
def written(path: Path, recipients: Sequence[Any]) -> Iterator[Writer]:
    """A backup that stands at `path` once the block has ended: whole and on the disk, or not at all.

    Only its owner may read it. Raises `BackupError` where it cannot be written.
    """
    partial = path.with_name(f".{path.name}.partial")
    out: _Remembering | None = None
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            out = remembering = _Remembering(file)
            with (
                _through(lambda plain: pyrage.encrypt_io(plain, remembering, list(recipients))) as stream,
                tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as tar,
            ):
                yield Writer(tar)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        sync_folder(path.parent)
    except (OSError, pyrage.EncryptError) as error:
        reason = (out.error if out else None) or error
        told = getattr(reason, "strerror", None) or reason
        raise BackupError(f"The backup cannot be written to {path.parent}: {told}.") from error
    finally:
        partial.unlink(missing_ok=True)


class _Remembering(io.RawIOBase):
    """A file for pyrage, which tells of an error in words only: what went wrong is kept as it was."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.error: OSError | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            self.error = error
            raise


@contextlib.contextmanager
def _through(encrypt: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """A stream into something that reads, which does so in a thread of its own."""
    reading, writing = os.pipe()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            with open(reading, "rb") as plain:
                encrypt(plain)
        except BaseException as error:  # raised below, in the thread that waits for it
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        with open(writing, "wb") as stream:
            yield stream
    except BrokenPipeError:
        thread.join()
        raise (failures or [BrokenPipeError()])[0] from None
    finally:
        thread.join()
    if failures:
        raise failures[0]


def read(path: Path, identities: Sequence[Any], *, take: Callable[[str, bytes], None] | None = None) -> Manifest:
    """Decrypt it from beginning to end, and hold each part against the manifest; returns that.

    `take` is given each piece with its part's name as it comes: only a first reading without it tells whether the
    pieces are to be trusted. Raises `BackupError` where the file is damaged or is for other keys.
    """
    reading, writing = os.pipe()
    failures: list[BaseException] = []

    def decrypt() -> None:
        try:
            with open(writing, "wb") as plain, path.open("rb") as file:
                pyrage.decrypt_io(file, plain, list(identities))
        except BaseException as error:  # raised below, in the thread that waits for it
            failures.append(error)

    thread = threading.Thread(target=decrypt)
    thread.start()
    damage: Exception | None = None
    manifest: Manifest | None = None
    parts: dict[str, Part] = {}
    try:
        with open(reading, "rb") as plain:
            manifest, parts = _take_all(plain, take)
            while plain.read(PIECE):
                pass  # what follows the archive's end is only filling; the decryption has to come to its own end
    except (tarfile.TarError, ValueError, KeyError, TypeError) as error:
        damage = error
    finally:
        thread.join()
    if failures and not isinstance(failures[0], BrokenPipeError):
        raise _told(path, failures[0])
    if damage or manifest is None or manifest.parts != parts:
        raise BackupError(f"{path} is no whole backup: its parts are not what its manifest says.")
    return manifest


def _take_all(plain: IO[bytes], take: Callable[[str, bytes], None] | None) -> tuple[Manifest | None, dict[str, Part]]:
    digests: dict[str, Any] = {}
    lengths: dict[str, int] = {}
    manifest: Manifest | None = None
    with tarfile.open(fileobj=plain, mode="r|") as tar:
        for member in tar:
            if member.size > (LARGEST_MANIFEST if member.name == MANIFEST else PIECE) or not member.isreg():
                raise ValueError(member.name)
            content = tar.extractfile(member)
            piece = content.read() if content else b""
            if member.name == MANIFEST:
                manifest = Manifest.of_json(piece)
                continue
            digests.setdefault(member.name, hashlib.sha256()).update(piece)
            lengths[member.name] = lengths.get(member.name, 0) + len(piece)
            if take:
                take(member.name, piece)
    return manifest, {name: Part(digest.hexdigest(), lengths[name]) for name, digest in digests.items()}


def _told(path: Path, error: BaseException) -> BackupError:
    if isinstance(error, pyrage.DecryptError) and "No matching keys" in str(error):
        return BackupError(f"This key does not open {path}: it was made for other ones.")
    if isinstance(error, OSError) and error.errno:
        return BackupError(f"{path} cannot be read: {error.strerror}.")
    return BackupError(f"{path} is damaged, cut off or was changed: nothing of it is to be trusted. Take another one.")


def sync_folder(folder: Path) -> None:
    """Have the disk keep which names this folder has."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
