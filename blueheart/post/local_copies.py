"""Mail in development: nothing leaves the machine, every mail is a file that `/_mail/` shows."""

import os
import time
from collections.abc import Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMail
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

KEPT = 200


class EmailBackend(BaseEmailBackend):
    """Keeps the newest 200 mails as `.eml` files in `MAIL_COPIES_DIR`."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.MAIL_COPIES_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        for mail in email_messages:
            name = f"{time.time_ns():020d}-{os.getpid()}"
            (folder / f"{name}.tmp").write_bytes(mail.message().as_bytes())
            (folder / f"{name}.tmp").rename(folder / f"{name}.eml")
        for old in sorted(folder.glob("*.eml"))[:-KEPT]:
            old.unlink(missing_ok=True)
        return len(email_messages)


def newest(limit: int = 50) -> list[ParsedMail]:
    """The last mails that were sent here, newest first."""
    files = sorted(Path(settings.MAIL_COPIES_DIR).glob("*.eml"), reverse=True)[:limit]
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
