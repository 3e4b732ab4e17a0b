"""Keys of the age format: public ones for whom a backup is made, private ones that open it."""

import os
from collections.abc import Sequence
from pathlib import Path

import pyrage

from office.backups.errors import BackupError

PRIVATE = "AGE-SECRET-KEY-"


def recipients(names: Sequence[str]) -> list[pyrage.x25519.Recipient]:
    """The public keys, read. Raises `BackupError` where there is none, or one is none."""
    if not names:
        raise BackupError(
            "BACKUP_RECIPIENTS is empty: make a key on another machine (manage.py backup --new-key FILE), "
            "and name its public half here."
        )
    found = []
    for name in names:
        if name.upper().startswith(PRIVATE):
            raise BackupError("BACKUP_RECIPIENTS holds a private key: only public ones (age1…) belong there.")
        try:
            found.append(pyrage.x25519.Recipient.from_str(name))
        except pyrage.RecipientError as error:
            raise BackupError(f"BACKUP_RECIPIENTS: {name[:12]}… is no public key of age: {error}.") from error
    return found


def identities(file: Path) -> list[pyrage.x25519.Identity]:
    """The private keys in a file, one a line; lines that begin with # do not count. Raises `BackupError`."""
    try:
        lines = [line.strip() for line in file.read_text(encoding="ascii").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise BackupError(
            f"The key file {file} cannot be read: {getattr(error, 'strerror', 'it is no text')}."
        ) from None
    try:
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except pyrage.IdentityError:
        raise BackupError(f"The key file {file} holds a line that is no private key of age.") from None
    if not found:
        raise BackupError(f"The key file {file} holds no private key.")
    return found


def make(file: Path) -> str:
    """Write a new private key to a file that only its owner may read; returns the public one. Raises `BackupError`."""
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as out:
            out.write(f"# public key: {public}\n{identity}\n")
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror}.") from error
    return public
