"""Taking many pledges out of the count at once, and putting them back exactly as they were.

A case names its marks and is counted first. The worker does a batch at a time, each in a transaction of its own that
holds the row of the case: a cancelled case stops between two batches, and a killed worker leaves none half done. The
tallies follow by trigger, with few changes per batch.
"""

import ipaddress

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart import names
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from pledges import sources
from pledges.models import InvalidatedPledge, InvalidationCase, Pledge

BATCH = 1_000
COUNTING_MS = 4_000  # a visitor's connection is given up after five seconds
Status = InvalidationCase.Status


def shortest(network: str) -> str:
    """The network in its shortest form; what is none stays as it was typed."""
    try:
        return str(ipaddress.ip_network(network, strict=False))
    except ValueError:
        return network


def marks(case: InvalidationCase) -> Q:
    """What a pledge must be for the case to be about it, whatever its standing."""
    marks = Q()
    if case.network:
        marks &= sources.within(case.network)
    if case.domain:
        marks &= sources.of_domain(case.domain)
    if case.name:
        marks &= ~Q(name_key="") & Q(name_key=names.key(case.name))
    if case.country:
        marks &= Q(country=case.country)
    if case.campaign_id:
        marks &= Q(campaign=case.campaign_id)
    if case.made_from:
        marks &= Q(created_at__gte=case.made_from)
    if case.made_until:
        marks &= Q(created_at__lt=case.made_until)
    return marks


def matching(case: InvalidationCase) -> QuerySet[Pledge]:
    """The pledges that the case would take out of the count now. What another case holds is invalid already."""
    wanted = Pledge.objects.filter(marks(case)).in_force()
    if case.is_only_suspected:
        return wanted.filter(standing=Pledge.Standing.SUSPECTED)
    return wanted.exclude(standing=Pledge.Standing.INVALID)


@transaction.atomic
def count(case: InvalidationCase) -> int:
    """Count what a draft is about and keep the figure; one more than `MOST_COUNTED` stands for "more".

    Raises `OperationalError` where the database needs longer than a page may take.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [COUNTING_MS])
        found = matching(case).order_by()[: InvalidationCase.MOST_COUNTED + 1].count()
        cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
    InvalidationCase.objects.filter(pk=case.pk, status=Status.DRAFT).update(found=found)
    case.found = found
    return found


@transaction.atomic
def begin(*, case_id: int, request: HttpRequest) -> None:
    """Let the worker run a case that was counted; pledges made from now on are not part of it.

    Raises `RefusedError` for one that was not counted, and for one that has begun.
    """
    case = _locked(case_id)
    if case.status != Status.DRAFT:
        raise RefusedError(_("This case has begun before."))
    if case.found is None:
        raise RefusedError(_("Count first."))
    _go_on(case, Status.RUNNING, began_at=timezone.now(), last_pledge_id=0)
    record("invalidation-case.begun", target=case, request=request, detail={"found": case.found})


@transaction.atomic
def cancel(*, case_id: int, request: HttpRequest) -> None:
    """Stop a case; what it did already stays until it is undone. Raises `RefusedError` for one that has ended."""
    case = _locked(case_id)
    if not case.is_open:
        raise RefusedError(_("Only a case that waits or runs can be cancelled."))
    _go_on(case, Status.CANCELLED, ended_at=timezone.now())
    record("invalidation-case.cancelled", target=case, request=request, detail={"done": case.done})


@transaction.atomic
def undo(*, case_id: int, request: HttpRequest) -> None:
    """Let the worker give each pledge of a case its standing back. Raises `RefusedError` where there is nothing."""
    case = _locked(case_id)
    if not case.can_be_undone:
        raise RefusedError(_("There is nothing to undo."))
    _go_on(case, Status.UNDOING, last_pledge_id=0)
    record("invalidation-case.undo-begun", target=case, request=request, detail={"done": case.done})


@transaction.atomic
def work() -> int:
    """Do the next batch of the oldest case at work and return how many pledges it changed, at least 1 for its end.

    Several workers may call it: each takes another case.
    """
    at_work = InvalidationCase.objects.filter(status__in=[Status.RUNNING, Status.UNDOING])
    case = at_work.order_by("pk").select_for_update(skip_locked=True).first()
    if case is None:
        return 0
    return _invalidate(case) if case.status == Status.RUNNING else _put_back(case)


def _invalidate(case: InvalidationCase) -> int:
    chosen = matching(case).filter(pk__gt=case.last_pledge_id, created_at__lt=case.began_at).order_by("pk")
    before = list(chosen.select_for_update(of=["self"]).values_list("pk", "standing")[:BATCH])
    InvalidatedPledge.objects.bulk_create(
        InvalidatedPledge(case=case, pledge_id=pk, standing=standing) for pk, standing in before
    )
    # What is not counted cannot stand above the wall either (`featured_heart_is_shown`).
    ids = [pk for pk, _standing in before]
    Pledge.objects.filter(pk__in=ids).update(standing=Pledge.Standing.INVALID, featured_at=None)
    case.done += len(ids)
    if len(ids) < BATCH:
        return _end(case, Status.DONE, "invalidation-case.done")
    _go_on(case, case.status, done=case.done, last_pledge_id=ids[-1])
    return len(ids)


def _put_back(case: InvalidationCase) -> int:
    """A pledge that was erased or withdrawn meanwhile stays so; one that was deleted is gone from the case, too."""
    held = Pledge.objects.filter(invalidations__case=case, invalidations__undone_at=None, pk__gt=case.last_pledge_id)
    ids = list(held.order_by("pk").select_for_update(of=["self"]).values_list("pk", flat=True)[:BATCH])
    of_case = InvalidatedPledge.objects.filter(case=case, pledge__in=ids, undone_at=None)
    for standing in Pledge.Standing.values:
        before = of_case.filter(standing=standing).values("pledge")
        Pledge.objects.filter(pk__in=before, standing=Pledge.Standing.INVALID).update(standing=standing)
    of_case.update(undone_at=timezone.now())
    case.done -= min(case.done, len(ids))
    if len(ids) < BATCH:
        return _end(case, Status.UNDONE, "invalidation-case.undone")
    _go_on(case, case.status, done=case.done, last_pledge_id=ids[-1])
    return len(ids)


def _end(case: InvalidationCase, status: Status, action: str) -> int:
    held = case.pledges.filter(undone_at=None).count()
    _go_on(case, status, done=held, ended_at=timezone.now())
    record(action, target=case, detail={"found": case.found, "held": held, "undone": case.pledges.count() - held})
    return 1


def _locked(case_id: int) -> InvalidationCase:
    return InvalidationCase.objects.select_for_update().get(pk=case_id)


def _go_on(case: InvalidationCase, status: str, **changes: object) -> None:
    case.status = status
    for name, value in changes.items():
        setattr(case, name, value)
    case.save(update_fields=["status", *changes])
