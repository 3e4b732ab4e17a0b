"""Confirming a pledge: by the link in a mail, or by six digits typed on the site."""

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart import names
from blueheart.post import outbox
from blueheart.postgresql.trips import Statement, send
from blueheart.refusals import RefusedError
from blueheart.visits.links import LinkExpiredError, link_behind
from pledges import limits
from pledges.models import MailedLink, Pledge, PledgingBody, QuietAddress
from pledges.models.pledges import PledgeQuerySet
from pledges.services import codes, counting, quiet

LINK_LASTS = dt.timedelta(days=7)
MAIL_PAUSE = dt.timedelta(minutes=10)
REMIND_AFTER = (dt.timedelta(days=2), dt.timedelta(days=5))
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
BODY_FIELDS = ("form", "people", "link", "contact_name", "contact_role")


class PledgeChangedError(Exception):
    """The pledge is not any more what its supporter saw when they confirmed it."""


class NameTakenError(RefusedError):
    """Another pledge of the same mailbox and campaign has this name."""


@dataclass(frozen=True)
class LastChange:
    """What a supporter may still change when they confirm."""

    public_name: str
    words: str
    is_16_or_older: bool
    consent_version: int | None = None


def ask_to_confirm(pledge: Pledge) -> None:
    """Have a mail sent with link and code; ten minutes after the last one at the earliest. For a locked pledge.

    The seven days of an unconfirmed pledge begin here, and not again with a reminder.
    """
    now = timezone.now()
    if pledge.asked_at and now - pledge.asked_at < MAIL_PAUSE:
        return
    if not limits.may_mail(pledge.email):
        return
    pledge.asked_at = now
    pledge.save(update_fields=["asked_at"])
    cause = f"pledge-confirm:{pledge.pk}:{int(now.timestamp())}"
    outbox.add("pledge-confirm", cause=cause, subject_id=pledge.pk, language=pledge.language)


def ends_at(pledge: Pledge) -> dt.datetime:
    """When a pledge that nobody confirms is deleted; no link to it works any longer than that."""
    return (pledge.asked_at or pledge.created_at) + LINK_LASTS


def pledge_behind(token: str, *, to_show: bool = False) -> Pledge:
    """The pledge that a mailed link is about; looking at it changes nothing. Raises `LinkExpiredError`.

    With its campaign and its group, to be shown.
    """
    mailed = MailedLink.objects.select_related(*(("pledge__campaign", "pledge__group") if to_show else ("pledge",)))
    link = link_behind(mailed.filter(purpose=MailedLink.Purpose.CONFIRM), token)
    if link.pledge.status == Pledge.Status.WITHDRAWN:
        raise LinkExpiredError
    return link.pledge


@transaction.atomic
def confirm_pledge(*, token: str, seen: str, change: LastChange | None = None) -> Pledge:
    """Make the pledge count and show; `seen` is the `seal` of what the supporter was shown.

    Safe to call twice: a confirmed pledge keeps its number and what it says. Raises `LinkExpiredError`,
    `PledgeChangedError` and `NameTakenError`.
    """
    pledge = _lock(pledge_behind(token))
    if pledge.status != Pledge.Status.PENDING:
        return pledge
    if seen != seal(pledge):
        raise PledgeChangedError
    if change:
        _apply(change, pledge)
    return _confirm(pledge)


def confirm_by_code(*, form_token: str, typed: str) -> Pledge:
    """Make the pledge count and show that this form was about, by the digits that were mailed for it.

    Raises `codes.WrongCodeError` and `codes.CodeExpiredError`; and `PledgeChangedError` where the digits are right and
    the pledge says something else than the form: its supporter should look at it behind the mailed link.
    """
    with transaction.atomic():
        pledge = _lock(codes.pledge_of(form_token))
        trial = codes.spend(form_token=form_token, pledge=pledge, typed=typed)
        if trial.promised:
            return _confirm_as_promised(pledge, trial.promised)
    # Raised out here, where the try stays counted.
    raise codes.WrongCodeError(trial.left) if trial.left else codes.CodeExpiredError


def remind() -> int:
    """Promise the reminders that are due, two for a pledge at most; returns how many."""
    ids = list(_due_to_remind().order_by("asked_at").values_list("pk", flat=True))
    return sum(_remind(pk) for pk in ids)


@transaction.atomic
def disown_pledge(*, token: str) -> None:
    """Delete a pledge whose address says that it was not them, and leave the address alone. Raises `LinkExpiredError`.

    Once it is confirmed this is too late: its own pages withdraw it.
    """
    pledge = _lock(pledge_behind(token))
    if pledge.status != Pledge.Status.PENDING:
        raise LinkExpiredError
    quiet.leave_alone(pledge.email, QuietAddress.Reason.NOT_ME)
    pledge.delete()


def rename(pledge: Pledge, public_name: str) -> None:
    """Give the pledge another name, not yet saved. For a locked mailbox. Raises `NameTakenError`."""
    name_key = names.key(public_name)
    # Asked and not tried: PostgreSQL would write the name and the address of a double into its log.
    others = Pledge.objects.of_address(pledge.canonical_email or "").in_force().exclude(pk=pledge.pk)
    if others.filter(campaign=pledge.campaign_id, name_key=name_key).exists():
        raise NameTakenError(
            _("Another pledge of yours in this campaign has this name already. Please choose another name.")
        )
    pledge.public_name, pledge.name_key = public_name, name_key


def lock_mailbox(*, campaign_id: int, canonical_email: str | None) -> None:
    """One act at a time for a campaign and a mailbox, to the end of the transaction."""
    # The same lock as that of the function `pledges_open_mailbox`, which returns the mailbox's pledges, too.
    send(Statement(LOCK, [f"pledge {campaign_id} {canonical_email}"]))


def seal(pledge: Pledge) -> str:
    """A short digest of all that a pledge says: another promise has another one."""
    return seal_of(pledge, precepts=pledge.precepts.values_list("pk", flat=True), body=body_of(pledge))


def body_of(pledge: Pledge) -> tuple[object, ...] | None:
    """What stands of the pledge's body in its seal. One query, none for a person."""
    if pledge.kind == Pledge.Kind.PERSON:
        return None
    return PledgingBody.objects.filter(pledge=pledge).values_list(*BODY_FIELDS).first()


def seal_of(pledge: Pledge, *, precepts: Iterable[int], body: tuple[object, ...] | None) -> str:
    """The `seal` of what a pledge says together with these precepts and this body. No query."""
    said = (pledge.kind, pledge.group_id, pledge.public_name, pledge.country, pledge.way, pledge.words)
    # As text: a choice that was just set and one that comes from the database are written differently.
    return hashlib.sha256(repr(([str(part) for part in said], body, sorted(precepts))).encode()).hexdigest()[:16]


def _due_to_remind() -> PledgeQuerySet:
    now = timezone.now()
    due = Q()
    for number, after in enumerate(REMIND_AFTER):
        due |= Q(reminders=number, asked_at__lte=now - after)
    waiting = Pledge.objects.pending().filter(due, asked_at__gt=now - LINK_LASTS, hidden_at=None)
    return waiting.exclude(standing=Pledge.Standing.INVALID)


@transaction.atomic
def _remind(pledge_id: int) -> bool:
    """False where the pledge was confirmed or reminded meanwhile, or its mailbox gets no more mail now."""
    pledge = _due_to_remind().select_for_update(skip_locked=True).filter(pk=pledge_id).first()
    if pledge is None or not quiet.may_write(pledge.email) or not limits.may_mail(pledge.email):
        return False
    waits = timezone.now() - (pledge.asked_at or pledge.created_at)
    # After an outage the second may be due as well: one mail is for both.
    pledge.reminders = sum(after <= waits for after in REMIND_AFTER)
    pledge.save(update_fields=["reminders"])
    cause = f"pledge-reminder:{pledge.pk}:{pledge.reminders}"
    outbox.add("pledge-reminder", cause=cause, subject_id=pledge.pk, language=pledge.language)
    return True


def _confirm_as_promised(pledge: Pledge, promised: str) -> Pledge:
    if pledge.status == Pledge.Status.WITHDRAWN or promised != seal(pledge):
        raise PledgeChangedError
    return pledge if pledge.status == Pledge.Status.CONFIRMED else _confirm(pledge)


def _lock(seen: Pledge) -> Pledge:
    """The pledge as it is now, locked after its mailbox. Raises `LinkExpiredError` if it has gone meanwhile."""
    lock_mailbox(campaign_id=seen.campaign_id, canonical_email=seen.canonical_email)
    pledge = Pledge.objects.select_for_update().filter(pk=seen.pk).first()
    if pledge is None:
        raise LinkExpiredError
    return pledge


def _apply(change: LastChange, pledge: Pledge) -> None:
    rename(pledge, change.public_name)
    pledge.words = change.words
    pledge.words_status = Pledge.Words.WAITING if change.words else Pledge.Words.NONE
    pledge.is_16_or_older, pledge.consent_version = change.is_16_or_older, change.consent_version
    pledge.save(update_fields=["public_name", "name_key", "words", "words_status", "is_16_or_older", "consent_version"])


def _confirm(pledge: Pledge) -> Pledge:
    pledge.status = Pledge.Status.CONFIRMED
    pledge.confirmed_at = timezone.now()
    pledge.number = counting.draw_number()
    pledge.save(update_fields=["status", "confirmed_at", "number"])
    return pledge
