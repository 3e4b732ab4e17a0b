"""Mail in development: nothing leaves the machine, every mail is a file that `/_mail/` shows."""

import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import cast

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

KEPT = 200
NAME = re.compile(r"\d{20}-\d+")


@dataclass(frozen=True)
class Attached:
    """A file that came with a mail."""

    filename: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Copy:
    """One mail as it was sent. `html` is None where it had no such part."""

    name: str
    subject: str
    to: str
    date: str
    text: str
    html: str | None
    attached: tuple[Attached, ...] = ()


class EmailBackend(BaseEmailBackend):
    """Keeps the newest 200 mails as `.eml` files in `MAIL_COPIES_DIR`."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        for mail in email_messages:
            name = f"{time.time_ns():020d}-{os.getpid()}"
            (folder / f"{name}.tmp").write_bytes(mail.message().as_bytes())
            (folder / f"{name}.tmp").rename(folder / f"{name}.eml")
        for old in sorted(folder.glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)
        return len(email_messages)


def newest(limit: int = 50) -> list[Copy]:
    """The last mails that were sent here, newest first."""
    return [_read(file) for file in sorted(_folder().glob("*.eml"), reverse=True)[:limit]]


def find(name: str) -> Copy | None:
    """The mail that is kept under this name, or None. A name is digits and hyphens: it leads to no other folder."""
    file = _folder() / f"{name}.eml"
    return _read(file) if NAME.fullmatch(name) and file.exists() else None


def forget(address: str) -> int:
    """Delete the copies of mails that went to this address; returns how many."""
    found = [file for file in _folder().glob("*.eml") if _read(file).to.casefold() == address.casefold()]
    for file in found:
        file.unlink(missing_ok=True)
    return len(found)


def _folder() -> Path:
    return Path(settings.MAIL_COPIES_DIR)


def _read(file: Path) -> Copy:
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return Copy(
        name=file.stem,
        subject=str(mail["Subject"] or ""),
        to=str(mail["To"] or ""),
        date=str(mail["Date"] or ""),
        text=text.get_content() if text else "",
        html=html.get_content() if html else None,
        attached=tuple(
            Attached(part.get_filename() or "", cast(bytes, part.get_payload(decode=True)), part.get_content_type())
            for part in mail.iter_attachments()
        ),
    )
