"""The worker's part of the post."""

import logging
import smtplib

from django.db import transaction
from django.utils import timezone

from blueheart.post.letters import write
from blueheart.post.models import Message

logger = logging.getLogger(__name__)

MAIL_TROUBLE = (smtplib.SMTPException, OSError)


def send_due(*, limit: int = 50) -> int:
    """Send the messages that are due and return how many were taken up.

    The mail server is spoken to outside any transaction. A process that dies between the hand-over and the booking
    sends the mail once more, with the same Message-ID.
    """
    messages = Message.objects.claim(limit=limit)
    for message in messages:
        _send(message)
    return len(messages)


def _send(message: Message) -> None:
    try:
        with transaction.atomic():
            mail = write(message)
    except Exception as error:  # a broken template or letter must not stop the mail of others
        logger.exception("message %s cannot be written", message.pk)
        _book(message, failure=f"{type(error).__name__}: {error}")
        return
    if mail is None:
        _book(message, status=Message.Status.DROPPED)
        return
    try:
        mail.send()
    except MAIL_TROUBLE as error:
        logger.warning("message %s was not taken by the mail server: %s", message.pk, error)
        _book(message, failure=f"{type(error).__name__}: {error}")
    else:
        _book(message, status=Message.Status.SENT)


def _book(message: Message, *, status: str = "", failure: str = "") -> None:
    with transaction.atomic():
        row = message.lock_claimed()
        if row is None:
            return
        if failure:
            row.retry(failure)
        else:
            row.done(status=status, sent_at=timezone.now() if status == Message.Status.SENT else None)
