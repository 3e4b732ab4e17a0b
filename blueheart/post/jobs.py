"""The worker's part of the post."""

import logging

from django.db import transaction
from django.utils import timezone

from blueheart.metrics.figures import count_mail
from blueheart.post import bounces
from blueheart.post.letters import write
from blueheart.post.models import Message

logger = logging.getLogger(__name__)

# A mail server may take EMAIL_TIMEOUT for each of some ten answers; until then nobody else may send the same mail.
LEASE_SECONDS = 240
# When a mail server is back, what waited for it goes out within two hours.
LONGEST_PAUSE_SECONDS = 2 * 60 * 60


def send_due(*, limit: int = 50) -> int:
    """Send the messages that are due and return how many were taken up.

    The mail server is spoken to outside any transaction. A process that dies between the hand-over and the booking
    sends the mail once more, with the same Message-ID.
    """
    messages = Message.objects.claim(limit=limit, lease_seconds=LEASE_SECONDS)
    for message in messages:
        if message.begin(lease_seconds=LEASE_SECONDS):
            _send(message)
    return len(messages)


def _send(message: Message) -> None:
    try:
        with transaction.atomic():
            mail = write(message)
    except Exception as error:  # a broken template or letter must not stop the mail of others
        logger.exception("message %s cannot be written", message.pk)
        _book(message, failure=_reason(error))
        return
    if mail is None:
        _book(message, status=Message.Status.DROPPED)
        return
    try:
        handed_over = mail.send()
    except Exception as error:  # not only SMTP's: an address may be one that cannot be encoded
        logger.warning("message %s was not taken by the mail server: %s", message.pk, type(error).__name__)
        _book_failure(message, error)
        return
    if handed_over:
        _book(message, status=Message.Status.SENT)
    else:
        _book(message, failure="there is nobody to send it to")


def _book_failure(message: Message, error: Exception) -> None:
    refusal = bounces.refusal_of(error)
    if refusal is None or not refusal.is_final:
        _put_off(message, _reason(error))
        return
    with transaction.atomic():
        row = message.lock_claimed()
        if row is not None:
            bounces.book(row, refusal)
    if row is not None:
        count_mail("returned")


def _put_off(message: Message, failure: str) -> None:
    """The mail server is away or busy, which is no fault of the message: it waits longer than one that is broken."""
    with transaction.atomic():
        row = message.lock_claimed()
        if row is not None:
            row.retry(failure, most=Message.MOST_TRIES, longest_pause=LONGEST_PAUSE_SECONDS)
    _count(row)


def _reason(error: Exception) -> str:
    """The kind of failure and the server's code, without its words: they repeat the address, which we do not store."""
    return f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()


def _book(message: Message, *, status: str = "", failure: str = "") -> None:
    with transaction.atomic():
        row = message.lock_claimed()
        if row is None:
            return
        if failure:
            row.retry(failure)
        else:
            row.done(status=status, sent_at=timezone.now() if status == Message.Status.SENT else None)
    _count(row)


def _count(row: Message | None) -> None:
    """Count what became of a message, once that is certain; None was another worker's."""
    if row is not None:
        count_mail("later" if row.status == Message.Status.WAITING else row.status)
