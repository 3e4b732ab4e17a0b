"""Confirming a pledge: by the link in a mail, or by six digits typed on the site."""

import datetime as dt
import hashlib

from django.db import transaction
from django.utils import timezone

from blueheart import tokens
from blueheart.post import outbox
from pledges import limits
from pledges.models import ConfirmationCode, MailedLink, Pledge
from pledges.services import counting

LINK_LASTS = dt.timedelta(days=7)
MAIL_PAUSE = dt.timedelta(minutes=10)


class LinkExpiredError(Exception):
    """The link is unknown, altered or too old."""


class PledgeChangedError(Exception):
    """The pledge is not any more what its supporter saw when they confirmed it."""


def ask_to_confirm(pledge: Pledge) -> None:
    """Have a mail sent with link and code; ten minutes after the last one at the earliest. For a locked pledge."""
    now = timezone.now()
    if pledge.asked_at and now - pledge.asked_at < MAIL_PAUSE:
        return
    if not limits.may_mail(pledge.email):
        return
    pledge.asked_at = now
    pledge.save(update_fields=["asked_at"])
    cause = f"pledge-confirm:{pledge.pk}:{int(now.timestamp())}"
    outbox.add("pledge-confirm", cause=cause, subject_id=pledge.pk, language=pledge.language)


def bind_form(*, pledge: Pledge, form_token: str) -> None:
    """Let the browser that sent this form type the code of the pledge's mail. Safe to repeat with the same form."""
    ConfirmationCode.objects.bulk_create(
        [ConfirmationCode(form_digest=tokens.digest(form_token), pledge=pledge, seal=seal(pledge))],
        ignore_conflicts=True,
    )


def pledge_behind(token: str) -> Pledge:
    """The pledge that a mailed link is about; looking at it changes nothing. Raises `LinkExpiredError`."""
    link = (
        MailedLink.objects.select_related("pledge__campaign")
        .filter(digest=tokens.digest(token), purpose=MailedLink.Purpose.CONFIRM, expires_at__gt=timezone.now())
        .first()
    )
    if link is None or link.pledge.status == Pledge.Status.WITHDRAWN:
        raise LinkExpiredError
    return link.pledge


@transaction.atomic
def confirm_pledge(*, token: str, seen: str) -> Pledge:
    """Make the pledge count and show; `seen` is the `seal` of what the supporter was shown.

    Safe to call twice: a confirmed pledge keeps its number. Raises `LinkExpiredError` and `PledgeChangedError`.
    """
    pledge = Pledge.objects.select_for_update().filter(pk=pledge_behind(token).pk).first()
    if pledge is None:
        raise LinkExpiredError
    if pledge.status != Pledge.Status.PENDING:
        return pledge
    if seen != seal(pledge):
        raise PledgeChangedError
    pledge.status = Pledge.Status.CONFIRMED
    pledge.confirmed_at = timezone.now()
    pledge.number = counting.draw_number()
    pledge.save(update_fields=["status", "confirmed_at", "number"])
    return pledge


def seal(pledge: Pledge) -> str:
    """A short digest of all that a pledge says: another promise has another one."""
    precepts = sorted(pledge.precepts.values_list("pk", flat=True))
    promise = (pledge.public_name, pledge.country, pledge.way, pledge.words, precepts)
    return hashlib.sha256(repr(promise).encode()).hexdigest()[:16]
