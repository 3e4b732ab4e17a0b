"""The last mail to somebody whom we forget: it leaves no trace here."""

import logging
from smtplib import SMTPException

from django.utils import translation

from blueheart.post.letters import Letter, render

logger = logging.getLogger(__name__)


def say_farewell(kind: str, written: Letter, *, language: str) -> None:
    """Tell somebody that they are forgotten, at once and without a row of the outbox.

    Any row that leads to the address would remember it. Where the mail server does not take the mail now, it is lost;
    the page has said the same.
    """
    with translation.override(language):
        mail = render(kind, written, language=language)
    try:
        mail.send()
    except (SMTPException, OSError) as error:
        logger.warning("a farewell was not taken by the mail server: %s", type(error).__name__)
