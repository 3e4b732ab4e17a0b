"""Making a pledge."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from blueheart import names
from blueheart.post import outbox
from campaigns.models import Campaign
from pledges import addresses
from pledges.models import Group, Pledge, PreceptWording
from pledges.services import confirming


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
def make_pledge(
    *,
    campaign: Campaign,
    email: str,
    promise: Promise,
    language: str,
    form_token: str = "",
    source_ip: str | None = None,
    suspicion: str = "",
    group: Group | None = None,
) -> None:
    """Keep the promise until the address confirms it, and have a mail sent that lets it do so.

    Answers nothing, so that nobody learns here who has pledged. Until it is confirmed a repeat replaces what was
    promised, and is mailed again after ten minutes at the earliest; after that its owner is told by mail.
    """
    pledge = _get_or_create(campaign=campaign, email=email, promise=promise, language=language)
    if pledge.status == Pledge.Status.PENDING:
        pledge.group, pledge.source_ip = group, source_ip
        _suspect(pledge, suspicion)
        _write_down(pledge, promise, language)
        confirming.ask_to_confirm(pledge)
    elif pledge.status == Pledge.Status.CONFIRMED:
        _tell_owner(pledge, language)
    if form_token:
        confirming.bind_form(pledge=pledge, form_token=form_token)


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


def _suspect(pledge: Pledge, suspicion: str) -> None:
    """A suspicion stays, whatever is sent later; it is for the rule or for staff to lift it."""
    if suspicion and pledge.standing == Pledge.Standing.GOOD:
        pledge.standing = Pledge.Standing.SUSPECTED
        pledge.suspected_at, pledge.suspected_for = timezone.now(), suspicion


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


def _tell_owner(pledge: Pledge, language: str) -> None:
    """Once a day at most: the cause names the day."""
    cause = f"pledge-already:{pledge.pk}:{timezone.now():%Y-%m-%d}"
    outbox.add("pledge-already", cause=cause, subject_id=pledge.pk, language=language)
