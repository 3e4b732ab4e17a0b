"""What a supporter may ask of us about themselves: to see everything, and to be forgotten.

The counts stay true: a confirmed pledge stays counted with its country and precepts, without the person.

An organisation or authority is no person. Where staff have verified it, its name, promise and place stay when the
person who pledged for it asks to be forgotten: the contact, the address and the photo go, and what else named them is
blotted out. Who wants the promise gone withdraws it first; then nothing of it stays. A group that loses its keeper is
closed; one that nobody had approved yet is deleted.

An address that asked not to be written to is remembered as an HMAC, so that nobody can have us write to it: this is
its owner's own wish and stays. That mail came back from it is forgotten.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils import timezone

from blueheart import names
from blueheart.trail.record import record
from pledges.models import (
    ConfirmationCode,
    Fulfilment,
    Group,
    HeartPhoto,
    HeartReport,
    InvalidationCase,
    KeeperLink,
    MailedLink,
    Pledge,
    PledgingBody,
    QuietAddress,
)
from pledges.models.pledges import PledgeQuerySet
from pledges.services import confirming, quiet
from pledges.services.forgetting import ERASED, forget_people, redact_cases, traces_of
from pledges.services.subject_data import Subject, export_subject, find_subject

__all__ = [
    "Erasure", "cases_at_work", "erase_again", "erase_keeper", "erase_pledge", "erase_subject", "export_subject",
    "find_subject",
]  # fmt: skip

BATCH = 1000


@dataclass(frozen=True)
class Erasure:
    """How many pledges and groups lost their person, and what could not be taken out yet."""

    pledges: int
    groups: int
    remains: list[str]


@transaction.atomic
def erase_subject(email: str, *, why: str = "", request: HttpRequest | None = None) -> Erasure:
    """Forget the owner of this address in all that pledges and groups know of them. Safe to call twice.

    `request` names the member of staff who does it, if one does; `why` never holds a name.
    """
    found = find_subject(email)
    subject = _lock(found)
    said = _names_in(subject)
    traces = traces_of([*said, subject.email])
    remains: list[str] = []
    if traces and subject.is_known:
        _blot_out(subject, traces)
        running = redact_cases(traces, {*said, subject.email})
        remains = [f"invalidation case {pk} runs under a name: end it and erase again" for pk in running]
    forget_people([pledge.pk for pledge in subject.pledges], are_hidden=True)
    for pledge in subject.pledges:
        record("pledge.erased", target=pledge, request=request, why=why)
    for group in subject.groups:
        _forget_keeper(group, why=why, request=request)
    if subject.is_known:
        quiet.of_address(email).filter(reason=QuietAddress.Reason.BOUNCED).delete()
    return Erasure(len(subject.pledges), len(subject.groups), remains)


def cases_at_work(email: str) -> list[int]:
    """Cases of invalidation that run under a name of this mailbox: it cannot be blotted out before they end."""
    subject = find_subject(email)
    if not subject.is_known:
        return []
    named = Q()
    for name in _names_in(subject) | {subject.email}:
        named |= Q(name__iexact=name)
    at_work = [InvalidationCase.Status.RUNNING, InvalidationCase.Status.UNDOING]
    return list(InvalidationCase.objects.filter(named, status__in=at_work).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def erase_pledge(pledge_id: int, *, link_id: int | None = None) -> None:
    """Forget the supporter in one pledge; others of the same mailbox stay as they are. Safe to call twice.

    The visit `link_id` moves to another pledge of the mailbox, so that its pages stay open.
    """
    pledge = Pledge.objects.select_for_update().filter(pk=pledge_id).select_related(None).first()
    if pledge is None or pledge.canonical_email is None:
        return
    alone = Subject(pledge.email, pledge.canonical_email, [pledge], [])
    traces = traces_of(_names_in(alone))
    if traces:
        _blot_out(alone, traces)
    other = Pledge.objects.of_address(pledge.canonical_email).exclude(pk=pledge.pk).order_by("-pk").first()
    if link_id and other:
        MailedLink.objects.filter(pk=link_id, opened_at__isnull=False).update(pledge=other)
    forget_people([pledge.pk], are_hidden=True)
    record("pledge.erased", target=pledge)


@transaction.atomic
def erase_keeper(group_id: int, *, why: str) -> bool:
    """Forget who keeps one group, their pledges aside; says whether there was anybody. Safe to call twice."""
    group = Group.objects.select_for_update().exclude(keeper_email="").filter(pk=group_id).first()
    if group is None:
        return False
    traces = traces_of([group.keeper_name, group.keeper_email])
    if traces:
        _blot_out(Subject(group.keeper_email, group.keeper_email, [], [group]), traces)
    _forget_keeper(group, why=why, request=None)
    return True


def erase_again() -> int:
    """Forget what came for a supporter in the very moment when they were forgotten; returns for how many pledges."""
    again, last = 0, 0
    while ids := _forget_late_comers(after=last):
        again, last = again + len(ids), ids[-1]
    return again


def late_comers() -> PledgeQuerySet:
    """Pledges that name nobody any more, and hold something of a person again."""
    late = Q()
    for rows in (
        MailedLink.objects.all(),
        ConfirmationCode.objects.all(),
        HeartPhoto.objects.all(),
        HeartReport.objects.exclude(words=""),
        Fulfilment.objects.exclude(words=""),
    ):
        late |= Q(Exists(rows.filter(pledge=OuterRef("pk"))))
    return Pledge.objects.filter(late, erased_at__isnull=False)


@transaction.atomic
def _forget_late_comers(*, after: int) -> list[int]:
    nameless = late_comers().filter(pk__gt=after).order_by("pk")
    ids = list(nameless.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:BATCH])
    forget_people(ids, are_hidden=False)
    return ids


def _lock(found: Subject) -> Subject:
    """The same, locked in the order of those who write to pledges; what was erased meanwhile is left out."""
    for campaign_id in sorted({pledge.campaign_id for pledge in found.pledges}):
        confirming.lock_mailbox(campaign_id=campaign_id, canonical_email=found.canonical_email)
    pledges = Pledge.objects.select_for_update().filter(
        pk__in=[pledge.pk for pledge in found.pledges], canonical_email__isnull=False
    )
    groups = Group.objects.select_for_update().filter(pk__in=[group.pk for group in found.groups])
    return Subject(
        found.email,
        found.canonical_email,
        list(pledges.order_by("pk")),
        list(groups.exclude(keeper_email="").order_by("pk")),
    )


def _names_in(subject: Subject) -> set[str]:
    """The names and spellings by which the person may stand in what others wrote."""
    people = {pledge.public_name for pledge in subject.pledges if pledge.kind == Pledge.Kind.PERSON}
    of_bodies = PledgingBody.objects.filter(pledge__in=subject.pledges)
    contacts = set(of_bodies.values_list("contact_name", flat=True))
    keepers = {group.keeper_name for group in subject.groups}
    said = {*people, *contacts, *keepers, *(pledge.email for pledge in subject.pledges)} - {""}
    return said | {names.key(name) for name in said}


def _blot_out(subject: Subject, traces: re.Pattern[str]) -> None:
    """Take the person out of what an organisation and a group say of themselves, and out of what staff wrote."""
    for pledge in subject.pledges:
        if pledge.kind != Pledge.Kind.PERSON:
            _change(pledge, traces, ["public_name", "words"])
            for body in PledgingBody.objects.filter(pledge=pledge):
                _change(body, traces, ["refused_for", "asked_for"])
                if any(traces.search(word) for word in re.split(r"[\W_]+", body.link)):
                    PledgingBody.objects.filter(pk=body.pk).update(link="")
    for group in subject.groups:
        _change(group, traces, ["name", "about", "about_to_read", "refused_for"])


def _change(row: Pledge | PledgingBody | Group, traces: re.Pattern[str], fields: Iterable[str]) -> None:
    changed = []
    for name in fields:
        longest: int = getattr(row._meta.get_field(name), "max_length")  # noqa: B009 every field here has it
        without = traces.sub(ERASED, getattr(row, name))[:longest]
        if without != getattr(row, name):
            setattr(row, name, without)
            changed.append(name)
    if isinstance(row, Pledge) and "public_name" in changed:
        row.name_key = names.key(row.public_name)
        changed.append("name_key")
    if changed:
        row.save(update_fields=changed)


def _forget_keeper(group: Group, *, why: str, request: HttpRequest | None) -> None:
    KeeperLink.objects.filter(group=group).delete()
    record("group.keeper-erased", target=group, request=request, why=why)
    if group.status == Group.Status.WAITING:
        group.delete()
        return
    if group.status == Group.Status.APPROVED:
        group.status, group.decided_at = Group.Status.CLOSED, timezone.now()
    group.keeper_name = group.keeper_email = ""
    group.keeper_confirmed_at = None
    group.save(update_fields=["status", "decided_at", "keeper_name", "keeper_email", "keeper_confirmed_at"])
