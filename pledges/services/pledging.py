"""Making a pledge, and confirming it by the link in a mail."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from blueheart import names, tokens
from blueheart.post import outbox
from campaigns.models import Campaign
from pledges import addresses, limits
from pledges.models import MailedLink, Pledge, PreceptWording
from pledges.services import counting

LINK_LASTS = dt.timedelta(days=7)
MAIL_PAUSE = dt.timedelta(minutes=10)


class LinkExpiredError(Exception):
    """The link is unknown, altered or too old."""


class PledgeChangedError(Exception):
    """The pledge is not any more what its supporter saw when they confirmed it."""


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What a supporter fills in about themselves and what they will do."""

    country: str
    precepts: Sequence[PreceptWording]
    way: str
    public_name: str = ""
    words: str = ""
    is_16_or_older: bool = False


@transaction.atomic
def make_pledge(*, campaign: Campaign, email: str, promise: Promise, language: str) -> None:
    """Keep the promise until the address confirms it, and have a mail sent that lets it do so.

    Answers nothing, so that nobody learns here who has pledged. Until it is confirmed a repeat replaces what was
    promised, and is mailed again after ten minutes at the earliest; after that its owner is told by mail.
    """
    pledge = _get_or_create(campaign=campaign, email=email, promise=promise, language=language)
    if pledge.status == Pledge.Status.PENDING:
        _write_down(pledge, promise, language)
        _ask_to_confirm(pledge)
    elif pledge.status == Pledge.Status.CONFIRMED:
        _tell_owner(pledge, language)


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


def _get_or_create(*, campaign: Campaign, email: str, promise: Promise, language: str) -> Pledge:
    """The one pledge of this address and name, locked, whether it was there before or not."""
    canonical_email = addresses.canonical(email)
    _lock_address(campaign, canonical_email)
    known = Pledge.objects.of_address(canonical_email).exclude(status=Pledge.Status.WITHDRAWN)
    name_key = names.key(promise.public_name)
    found = known.select_for_update().filter(campaign=campaign, name_key=name_key).first()
    return found or Pledge.objects.create(
        campaign=campaign,
        email=addresses.normalise(email),
        canonical_email=canonical_email,
        public_name=promise.public_name,
        name_key=name_key,
        is_16_or_older=promise.is_16_or_older,
        country=promise.country,
        way=promise.way,
        language=language,
    )


def _lock_address(campaign: Campaign, canonical_email: str) -> None:
    """One form at a time for a campaign and a mailbox, to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"pledge {campaign.pk} {canonical_email}"]
        )


def _write_down(pledge: Pledge, promise: Promise, language: str) -> None:
    pledge.public_name = promise.public_name
    pledge.is_16_or_older = promise.is_16_or_older
    pledge.country = promise.country
    pledge.way = promise.way
    pledge.words = promise.words
    pledge.words_status = Pledge.Words.WAITING if promise.words else Pledge.Words.NONE
    pledge.language = language
    pledge.save()
    pledge.precepts.set(promise.precepts)


def _ask_to_confirm(pledge: Pledge) -> None:
    now = timezone.now()
    if pledge.asked_at and now - pledge.asked_at < MAIL_PAUSE:
        return
    if not limits.may_mail(pledge.email):
        return
    pledge.asked_at = now
    pledge.save(update_fields=["asked_at"])
    cause = f"pledge-confirm:{pledge.pk}:{int(now.timestamp())}"
    outbox.add("pledge-confirm", cause=cause, subject_id=pledge.pk, language=pledge.language)


def _tell_owner(pledge: Pledge, language: str) -> None:
    """Once a day at most: the cause names the day."""
    cause = f"pledge-already:{pledge.pk}:{timezone.now():%Y-%m-%d}"
    outbox.add("pledge-already", cause=cause, subject_id=pledge.pk, language=language)
