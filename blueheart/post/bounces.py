"""Mail that comes back: what a mail server says of a recipient, at once or in a report later (RFC 3464)."""

import email
import re
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Mail

from django.db import transaction

from blueheart.post.letters import tell_returned
from blueheart.post.models import Message

LARGEST_REPORT = 1024 * 1024  # bytes
MESSAGE_ID = re.compile(r"<post\.(\d{1,18})\.[0-9a-f]{32}@[^<>\s]+>")
ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
MAILBOX_IS_GONE = frozenset({550, 551, 553})  # RFC 5321, where no enhanced code says more
# RFC 3463: bad address, or no detail; mailbox disabled; and two by which servers say that mailbox or domain is gone.
GONE = re.compile(r"5\.(0\.0|1\.\d+|2\.1|4\.1|4\.4)")
OF_POLICY = re.compile(r"5\.7\.\d+")


class UnreadableReportError(ValueError):
    """What came is no report of ours about mail that could not be delivered; the message says what is wrong."""


@dataclass(frozen=True)
class Refusal:
    """What a server says of one recipient: its reply code and its enhanced code (RFC 3463), where it gave one."""

    address: str
    reply: int = 0
    status: str = ""

    @property
    def is_final(self) -> bool:
        """Whether another try is useless. A refusal by policy is often about us, and a person may mend it."""
        if OF_POLICY.fullmatch(self.status):
            return False
        if self.status:
            return self.status.startswith("5")
        return self.reply in MAILBOX_IS_GONE

    @property
    def is_for_good(self) -> bool:
        """Whether the mailbox is gone, and not only full or the mail too large."""
        return self.is_final and (bool(GONE.fullmatch(self.status)) if self.status else True)

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.reply or ""), self.status) if part)


def refusal_of(error: Exception) -> Refusal | None:
    """What the server said of the one recipient of a mail that it did not take; None where it said something else."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused) or len(error.recipients) != 1:
        return None
    ((address, (reply, said)),) = error.recipients.items()
    words = said.decode("ascii", "replace") if isinstance(said, bytes) else str(said)
    return Refusal(address=address, reply=reply, status=_enhanced(words))


def book(message: Message, refusal: Refusal) -> None:
    """End the message as returned and, where the mailbox is gone, tell its app. For a locked message."""
    if refusal.is_for_good:
        tell_returned(message, refusal.address)
    _end(message, refusal)


@transaction.atomic
def take_report(report: bytes) -> str:
    """Book what a report says and return it in a line for the log, without an address.

    Only a message of ours, known by its whole Message-ID, and only its own recipient: anyone may send us a report.
    Raises `UnreadableReportError`. Safe to repeat with the same report.
    """
    if len(report) > LARGEST_REPORT:
        raise UnreadableReportError("the report is larger than a mebibyte")
    parts = list(email.message_from_bytes(report).walk())
    refusals = [refusal for part in parts for refusal in _refusals(part)]
    if not refusals:
        raise UnreadableReportError("this is no report (RFC 3464) that mail to somebody failed")
    message = _message(parts)
    for refusal in refusals:
        if refusal.is_for_good and tell_returned(message, refusal.address):
            _end(message, refusal)
            return f"message {message.pk}: its mailbox is gone ({refusal})"
    return f"message {message.pk}: nothing changed; its mailbox is not gone for good, or the report is about another"


def _end(message: Message, refusal: Refusal) -> None:
    message.done(status=Message.Status.RETURNED, shelved_at=None, reason=f"the mailbox refused it: {refusal}")


def _message(parts: list[Mail]) -> Message:
    """The message whose headers the report repeats, locked."""
    for message_id in _original_ids(parts):
        found = MESSAGE_ID.fullmatch(message_id)
        message: Message | None = Message.objects.select_for_update().filter(pk=found[1]).first() if found else None
        if message is not None and message.is_known_as(message_id):
            return message
    raise UnreadableReportError("the report names no message of ours")


def _original_ids(parts: list[Mail]) -> Iterator[str]:
    for part in parts:
        if part.get_content_type() == "message/rfc822" and part.is_multipart():
            original = part.get_payload(0)
        elif part.get_content_type() == "text/rfc822-headers":
            original = email.message_from_string(str(part.get_payload()))
        else:
            continue
        if isinstance(original, Mail):
            yield str(original.get("Message-ID", "")).strip()


def _refusals(part: Mail) -> Iterator[Refusal]:
    if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
        return
    for block in part.get_payload():
        if isinstance(block, Mail) and str(block.get("Action", "")).strip().lower() == "failed":
            yield from _refusal(block)


def _refusal(block: Mail) -> Iterator[Refusal]:
    """One for the address as we wrote it and one for what it was forwarded to, where they differ."""
    status = _enhanced(str(block.get("Status", "")))
    headers = ("Original-Recipient", "Final-Recipient")
    named = (str(block.get(header, "")).rpartition(";")[2].strip() for header in headers)
    for address in dict.fromkeys(address.strip("<>") for address in named if address):
        yield Refusal(address=address, status=status)


def _enhanced(words: str) -> str:
    found = ENHANCED.search(words)
    return found[0] if found else ""
