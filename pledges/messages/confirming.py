"""Confirming a pledge by mail."""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import timezone

from blueheart import tokens
from blueheart.post.letters import Letter, letter, returned, site_url
from blueheart.post.models import Message
from pledges.models import ConfirmationCode, MailedLink, Pledge
from pledges.services import codes, quiet
from pledges.services.confirming import ends_at

CODE_MINUTES = int(ConfirmationCode.LASTS.total_seconds()) // 60


@letter("pledge-confirm")
def confirm(message: Message) -> Letter | None:
    """Ask a supporter to confirm; nothing to ask once the pledge is confirmed or purged."""
    pledge = _to_ask(message)
    if pledge is None:
        return None
    digits = codes.draw(pledge)
    code = {"code": f"{digits[:3]} {digits[3:]}" if digits else "", "minutes": CODE_MINUTES}
    return Letter(to=pledge.email, context=_with_link(pledge) | code)


@letter("pledge-reminder")
def remind(message: Message) -> Letter | None:
    """Ask once more, by a fresh link; without a code, for the form is long closed."""
    pledge = _to_ask(message)
    return None if pledge is None else Letter(to=pledge.email, context=_with_link(pledge))


@letter("pledge-already")
def already(message: Message) -> Letter | None:
    """Tell a supporter that somebody, probably they, pledged again. A hidden heart has no page to send them to."""
    pledge = Pledge.objects.with_own_page().filter(pk=message.subject_id).exclude(email="").first()
    if pledge is None or not quiet.may_write(pledge.email):
        return None
    return Letter(to=pledge.email, context={"link": site_url(pledge.get_absolute_url()), "number": pledge.number})


@returned("pledge-confirm", "pledge-reminder", "pledge-already", "pledge-household")
def came_back(message: Message, address: str) -> bool:
    """Leave the mailbox alone, if it is the one that we wrote to."""
    pledge = Pledge.objects.filter(pk=message.subject_id).first()
    return pledge is not None and quiet.came_back(written_to=pledge.email, address=address)


def _to_ask(message: Message) -> Pledge | None:
    """The pledge, locked, if it still waits and its mailbox may be written to."""
    pledge = Pledge.objects.pending().select_for_update().filter(pk=message.subject_id).first()
    if pledge is None or ends_at(pledge) <= timezone.now() or not quiet.may_write(pledge.email):
        return None
    return pledge


def _with_link(pledge: Pledge) -> dict[str, Any]:
    token, digest = tokens.mint()
    purpose, until = MailedLink.Purpose.CONFIRM, ends_at(pledge)
    MailedLink.objects.create(pledge=pledge, purpose=purpose, digest=digest, expires_at=until)
    link = site_url(reverse("pledges:confirm", args=[token]))
    # A day that has begun counts: half a day before the end is “one more day”.
    days = -(-(until - timezone.now()) // dt.timedelta(days=1))
    return {"name": pledge.public_name, "link": link, "days": days}
