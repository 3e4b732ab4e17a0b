"""Erasing with four eyes: one member of staff asks, another approves, then it is done, and tried again where Stripe is
away.
"""

import re

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.post.alerts import alert
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from donations.services.privacy import ErasureHeldError
from office.models import Erasure
from office.privacy import subjects
from pledges.services.privacy import cases_at_work

LEASE_SECONDS = 10 * 60  # Stripe is asked for each gift that runs
SHORTEST_NAME = 4  # a word of a name; shorter ones are words of many languages
READERS = "office.approve_erasure"
Status = Erasure.Status


class ErasureError(RefusedError):
    """What was asked cannot be done with this erasure as it stands."""


@transaction.atomic
def ask(*, email: str, case: str, why: str, by: User, request: HttpRequest | None = None) -> Erasure:
    """Write down that somebody wants to be forgotten, and tell those who may approve it; nothing is erased yet.

    Raises `ErasureError` for an address that nothing knows, and for one whose erasure waits already.
    """
    person = subjects.find(email)
    if not person.is_known:
        raise ErasureError(_("Nobody is known by this address."))
    _refuse_person_in(case, why, person)
    try:
        with transaction.atomic():
            erasure = Erasure.objects.create(
                email=email, case=case.strip(), why=why.strip(), asked_by=by, next_attempt_at=None
            )
    except IntegrityError as taken:
        raise ErasureError(_("An erasure of this person is open already.")) from taken
    record("erasure.asked", target=erasure, actor=by, why=erasure.why, request=request, detail=_detail(erasure))
    alert("alert-erasure-waiting", cause=f"erasure-waiting:{erasure.pk}", subject_id=erasure.pk)
    return erasure


@transaction.atomic
def approve(erasure: Erasure, *, by: User, request: HttpRequest | None = None) -> Erasure:
    """Let an erasure go that somebody else asked for: the worker does it, or `work_on`. Raises `ErasureError`."""
    row = _lock_waiting(erasure)
    if row.asked_by_id == by.pk:
        raise ErasureError(_("You asked for this erasure. Another person has to approve it."))
    row.status, row.decided_by, row.decided_at, row.next_attempt_at = Status.DOING, by, timezone.now(), timezone.now()
    row.save(update_fields=["status", "decided_by", "decided_at", "next_attempt_at"])
    record("erasure.approved", target=row, actor=by, request=request, detail=_detail(row))
    return row


@transaction.atomic
def decline(erasure: Erasure, *, by: User, why: str, request: HttpRequest | None = None) -> Erasure:
    """Say no, or call off what one asked for oneself; the address is forgotten. Raises `ErasureError`."""
    row = _lock_waiting(erasure)
    if not why.strip():
        raise ErasureError(_("Please say why."))
    _refuse_person_in("", why, subjects.find(row.email))
    row.status, row.decided_by, row.decided_at = Status.DECLINED, by, timezone.now()
    row.done_at, row.answer, row.email = row.decided_at, why.strip(), ""
    row.save(update_fields=["status", "decided_by", "decided_at", "done_at", "answer", "email"])
    record("erasure.declined", target=row, actor=by, why=row.answer, request=request, detail=_detail(row))
    return row


@transaction.atomic
def try_again(erasure: Erasure, *, by: User, request: HttpRequest | None = None) -> Erasure:
    """Have a held erasure tried now, also one that was set aside after many tries. Raises `ErasureError`."""
    row: Erasure = Erasure.objects.select_for_update(of=["self"]).get(pk=erasure.pk)
    if row.status != Status.HELD:
        raise ErasureError(_("This erasure is not held."))
    row.requeue()
    record("erasure.tried-again", target=row, actor=by, request=request, detail=_detail(row))
    return row


def work(*, limit: int = 5) -> int:
    """Do the approved erasures that are due; returns how many were tried. For the worker."""
    claimed: list[Erasure] = Erasure.objects.claim(limit=limit, lease_seconds=LEASE_SECONDS)
    for erasure in claimed:
        if erasure.begin(lease_seconds=LEASE_SECONDS):
            _do(erasure)
    return len(claimed)


def work_on(erasure: Erasure) -> Erasure:
    """Do this one now, unless a worker is at it, and return it as it is then."""
    for claimed in Erasure.objects.filter(pk=erasure.pk).claim(limit=1, lease_seconds=LEASE_SECONDS):
        _do(claimed)
    erasure.refresh_from_db()
    return erasure


def _do(erasure: Erasure) -> None:
    """Erase, writing down each line as soon as it is true: what breaks off is begun again and loses none."""
    why = f"erasure {erasure.pk}"
    try:
        if running := cases_at_work(erasure.email):
            raise ErasureHeldError(f"invalidation cases run under a name: {', '.join(map(str, running))}")
        for line in subjects.erase(erasure.email, why=why):
            erasure.outcome = f"{erasure.outcome}\n{line}".strip()
            erasure.save(update_fields=["outcome"])
    except ErasureHeldError as held:
        _hold(erasure, str(held))
    except subjects.NobodyKnownError:
        _end(erasure, "" if erasure.outcome else "Nothing was known any more.")
    except subjects.SomethingRemainsError as remains:
        _end(erasure, f"This remains: {remains}.")
    else:
        _end(erasure, "")


@transaction.atomic
def _hold(erasure: Erasure, reason: str) -> None:
    row = erasure.lock_claimed()
    if row is None:
        return
    if row.status != Status.HELD:
        record("erasure.held", target=row, why=reason, detail=_detail(row))
    row.status = Status.HELD
    row.save(update_fields=["status"])
    row.retry(reason)


@transaction.atomic
def _end(erasure: Erasure, line: str) -> None:
    row = erasure.lock_claimed()
    if row is None:
        return
    outcome = f"{erasure.outcome}\n{line}".strip()
    row.done(status=Status.DONE, email="", done_at=timezone.now(), outcome=outcome)
    record("erasure.done", target=row, detail=_detail(row))


def _lock_waiting(erasure: Erasure) -> Erasure:
    row: Erasure = Erasure.objects.select_for_update(of=["self"]).get(pk=erasure.pk)
    if row.status != Status.WAITING:
        raise ErasureError(_("This erasure does not wait any more."))
    return row


def _refuse_person_in(case: str, why: str, person: subjects.Person) -> None:
    """What is asked stays for ever, in the trail too: it must not name who is forgotten."""
    names = {donor.name for donor in person.donors} | {pledge.public_name for pledge in person.supporter.pledges}
    names |= {spelling.partition("@")[0] for spelling in person.spellings}
    theirs = {word for name in names for word in _words(name) if len(word) >= SHORTEST_NAME}
    if "@" in case + why or theirs & _words(f"{case} {why}"):
        raise ErasureError(_("Please write neither a name nor an address here: these words stay."))


def _words(text: str) -> set[str]:
    return set(re.split(r"[\W_]+", text.casefold()))


def _detail(erasure: Erasure) -> dict[str, str]:
    return {"case": erasure.case}
