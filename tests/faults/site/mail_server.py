"""A mail server with moods: it takes mail, refuses it for now or for good, is slow, or is not there."""

import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope, Session

from tests.portal import free_port

WELL, FOR_NOW, FOR_GOOD = "well", "for now", "for good"
ANSWERS = {FOR_NOW: "451 4.3.0 come back later", FOR_GOOD: "550 5.1.1 no such mailbox"}

logging.getLogger("mail.log").setLevel(logging.WARNING)  # else it tells each word of each hand-over


@dataclass(frozen=True)
class Mail:
    to: str
    message: EmailMessage

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def text(self) -> str:
        return str(self.message.get_body(("plain",)).get_content())


class MailServer:
    """Listens on a port of its own from `start` to `stop`; may be started again on the same one."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mood = WELL
        self.seconds = 0.0  # how long it thinks about each mail
        self.refused = 0
        self._taken: list[Mail] = []
        self._lock = threading.Lock()
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, decode_data=False)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
        self._controller = None

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        if self.seconds:
            time.sleep(self.seconds)
        if self.mood != WELL:
            with self._lock:
                self.refused += 1
            return ANSWERS[self.mood]
        message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        with self._lock:
            self._taken += [Mail(to, message) for to in envelope.rcpt_tos]
        return "250 taken"

    def mails(self, to: str = "") -> list[Mail]:
        """What was taken, oldest first; of one address, or all."""
        with self._lock:
            return [mail for mail in self._taken if to in ("", mail.to)]

    def times(self) -> Counter[str]:
        """How often each Message-ID was taken."""
        return Counter(mail.message_id for mail in self.mails())
