"""Suspected pledges: who suspects and who releases them.

Released by rule: what a limit suspected, once its source has been quiet for 24 hours and no open case is about it. A
source is loud while anything from it is suspected: its neighbourhood, and the mailbox. What a block or staff suspect
is released by staff alone.

None stays unreviewed for over seven days: whoever may release is told by mail, every day from the fifth on, and the
heap stands first in the office from the seventh. No clock decides: released unseen, what a source goes on sending would
be counted; invalidated unseen, honest supporters would lose their page. Suspected, they notice nothing.
"""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from blueheart.post.alerts import alert
from blueheart.trail.record import record
from pledges import sources
from pledges.models import InvalidationCase, Pledge
from pledges.services import invalidation

QUIET = dt.timedelta(hours=24)
TELL_AFTER = dt.timedelta(days=5)
REVIEW_WITHIN = dt.timedelta(days=7)
BATCH = 1_000
BY_LIMIT = [
    Pledge.Suspicion.BURST,
    Pledge.Suspicion.SUSTAINED,
    Pledge.Suspicion.ONE_MAILBOX,
    Pledge.Suspicion.WHOLE_SITE,
]


@transaction.atomic
def release(*, ids: Collection[int], request: HttpRequest) -> int:
    """Count these suspected pledges from now on, each in the trail; returns how many were suspected."""
    return _stand(Pledge.objects.suspected().filter(pk__in=ids), Pledge.Standing.GOOD, "pledge.released", request)


@transaction.atomic
def suspect(*, ids: Collection[int], request: HttpRequest) -> int:
    """Take these pledges out of the count until staff release them, each in the trail; returns how many were good.

    Their supporters notice nothing, but that the heart is not on the wall.
    """
    good = Pledge.objects.filter(pk__in=ids, standing=Pledge.Standing.GOOD)
    return _stand(
        good,
        Pledge.Standing.SUSPECTED,
        "pledge.suspected",
        request,
        suspected_at=timezone.now(),
        suspected_for=Pledge.Suspicion.BY_STAFF,
        featured_at=None,
    )


def overdue() -> QuerySet[Pledge]:
    """What should have been reviewed by now."""
    return Pledge.objects.suspected().filter(suspected_at__lt=timezone.now() - REVIEW_WITHIN)


def next_review() -> dt.datetime | None:
    """By when the oldest suspected pledge wants its review."""
    oldest = Pledge.objects.suspected().order_by("suspected_at").values_list("suspected_at", flat=True).first()
    return oldest + REVIEW_WITHIN if oldest else None


def release_quiet() -> int:
    """Release what the rule releases, a batch per transaction, and return how much it was. For every hour."""
    released = 0
    while done := _release_batch():
        released += done
    return released


def to_release() -> QuerySet[Pledge]:
    """Suspected pledges that the rule releases now."""
    since = timezone.now() - QUIET
    loud = Pledge.objects.filter(
        suspected_at__gt=since, standing__in=[Pledge.Standing.SUSPECTED, Pledge.Standing.INVALID]
    ).alias(neighbourhood=sources.NEIGHBOURHOOD)
    quiet = (
        Pledge.objects.suspected()
        .filter(suspected_at__lte=since, suspected_for__in=BY_LIMIT)
        .alias(neighbourhood=sources.NEIGHBOURHOOD)
        .exclude(Exists(loud.filter(neighbourhood=OuterRef("neighbourhood"))))
        .exclude(Exists(loud.filter(canonical_email=OuterRef("canonical_email"))))
    )
    for case in InvalidationCase.objects.filter(
        status__in=[InvalidationCase.Status.DRAFT, InvalidationCase.Status.RUNNING]
    ):
        quiet = quiet.exclude(invalidation.marks(case))
    return quiet


@transaction.atomic
def tell_of_old() -> int:
    """Promise those who may release a mail about what has waited for five days, once a day; returns how much waits."""
    now = timezone.now()
    old = Pledge.objects.suspected().filter(suspected_at__lt=now - TELL_AFTER)
    oldest = old.order_by("suspected_at").first()
    if oldest is None:
        return 0
    cause = f"alert-suspected:{now:%Y-%m-%d}"
    alert("alert-suspected", cause=cause, subject_id=oldest.pk)
    return old.count()


@transaction.atomic
def _release_batch() -> int:
    locked = to_release().order_by("pk").select_for_update(of=["self"], skip_locked=True)
    ids = list(locked.values_list("pk", flat=True)[:BATCH])
    released = Pledge.objects.filter(pk__in=ids).update(standing=Pledge.Standing.GOOD)
    if released:
        record("pledges.released-by-rule", detail={"pledges": released})
    return released


def _stand(
    pledges: QuerySet[Pledge], standing: Pledge.Standing, action: str, request: HttpRequest, **changes: object
) -> int:
    ids = list(pledges.order_by("pk").select_for_update(of=["self"]).values_list("pk", flat=True))
    for pk in ids:
        record(action, target=Pledge(pk=pk), request=request)
    return Pledge.objects.filter(pk__in=ids).update(standing=standing, **changes)
