"""Who is looking at a row now: taken by one statement, so that two of the staff never decide on the same one.

A claim ends by deciding, by leaving, by turning to another row of the kind, or five minutes after its holder was last
seen looking: nobody keeps more than one row of a kind from the others.
"""

import datetime as dt
from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.utils import timezone

from blueheart.days import utc_today
from blueheart.moderation.models import Claim, Decision, Skip

LASTS = dt.timedelta(minutes=5)
KEPT = dt.timedelta(days=2)  # decisions and what was left to others: they serve the day
AT_ONCE = 20  # rows that are tried before others are looked for: as many colleagues may begin at one moment

TAKE = """
    INSERT INTO moderation_claim AS mine (kind, target_id, holder_id, queue, expires_at) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (kind, target_id) DO UPDATE
    SET holder_id = EXCLUDED.holder_id, queue = EXCLUDED.queue, expires_at = EXCLUDED.expires_at
    WHERE mine.expires_at <= %s OR mine.holder_id = EXCLUDED.holder_id
    RETURNING mine.id
"""


class Taken(NamedTuple):
    """A row that is this person's for five minutes, and whether it was not before."""

    row: Any
    is_new: bool


def kind_of(model: type[Model] | Model) -> str:
    """The name under which rows of a model are claimed: one for a model and its proxies."""
    return str(model._meta.concrete_model._meta.label_lower)  # type: ignore[union-attr]


def take(row: Model, holder: User, *, queue: str = "") -> bool:
    """Claim a row for five minutes, or renew the claim; False while somebody else holds it."""
    return _take(kind_of(row), row.pk, holder, queue)


def take_over(row: Model, holder: User) -> None:
    """Claim a row that a colleague holds: for somebody who was told so and wants it all the same."""
    Claim.objects.filter(kind=kind_of(row), target_id=row.pk).exclude(holder=holder).delete()
    take(row, holder)


def renew(row: Model, holder: User, *, queue: str) -> bool:
    """Claim a row for another five minutes that this person was the last to hold; False for any other row."""
    mine = Claim.objects.filter(kind=kind_of(row), target_id=row.pk, holder=holder)
    return mine.exists() and take(row, holder, queue=queue)


def release(row: Model, holder: User) -> None:
    """Let go of a row, so that a colleague may take it at once."""
    Claim.objects.filter(kind=kind_of(row), target_id=row.pk, holder=holder).delete()


def release_all(model: type[Model], holder: User) -> None:
    """Let go of every row of this model that the person holds."""
    Claim.objects.filter(kind=kind_of(model), holder=holder).delete()


def held_by_other(row: Model, holder: User) -> Claim | None:
    """The claim of a colleague that keeps this person from the row; None where there is none."""
    claims = Claim.objects.live().filter(kind=kind_of(row), target_id=row.pk).exclude(holder=holder)
    return claims.select_related("holder").first()


def free_for(rows: "QuerySet[Any]", holder: User) -> "QuerySet[Any]":
    """Those of the rows that no colleague looks at, and that this person did not leave to others today."""
    kind = kind_of(rows.model)
    held = Claim.objects.live().filter(kind=kind).exclude(holder=holder)
    left = Skip.objects.filter(kind=kind, person=holder, on=utc_today())
    return rows.exclude(pk__in=held.values("target_id")).exclude(pk__in=left.values("target_id"))


def take_next(rows: "QuerySet[Any]", holder: User, *, queue: str) -> Taken | None:
    """Claim the first of the ordered rows that is free; None where none is left.

    The one that the person holds already comes first. What a colleague takes at the same moment is passed over, and
    so is what they have just decided.
    """
    kind = kind_of(rows.model)
    held = Claim.objects.live().filter(kind=kind, holder=holder, queue=queue, target_id=OuterRef("pk"))
    free = free_for(rows, holder).annotate(is_mine=Exists(held)).values_list("pk", "is_mine")
    tried: set[int] = set()
    while keys := dict(free.exclude(pk__in=tried)[:AT_ONCE]):
        for pk in sorted(keys, key=lambda key: not keys[key]):
            if not _take(kind, pk, holder, queue):
                continue
            if row := rows.filter(pk=pk).first():
                return Taken(row, is_new=not keys[pk])
            Claim.objects.filter(kind=kind, target_id=pk, holder=holder).delete()
        tried.update(keys)
    return None


def skip(row: Model, person: User) -> None:
    """Leave a row to a colleague: it is not shown to this person again today. Safe to call twice."""
    mine = Skip(kind=kind_of(row), target_id=row.pk, person=person, on=utc_today())
    Skip.objects.bulk_create([mine], ignore_conflicts=True)
    release(row, person)


def left_by(rows: "QuerySet[Any]", person: User) -> int:
    """How many of the rows this person left to others today."""
    left = Skip.objects.filter(kind=kind_of(rows.model), person=person, on=utc_today())
    return rows.order_by().filter(pk__in=left.values("target_id")).count()


def show_skipped_again(model: type[Model], person: User) -> None:
    """Show this person what they left to others today."""
    Skip.objects.filter(kind=kind_of(model), person=person).delete()


def forget_past() -> int:
    """Delete claims that ran out, and decisions and skips of days before; returns how many. For every hour."""
    long_ago = timezone.now() - KEPT
    past = [
        Claim.objects.filter(expires_at__lt=timezone.now() - LASTS),
        Decision.objects.filter(at__lt=long_ago),
        Skip.objects.filter(on__lt=long_ago.date()),
    ]
    return sum(rows.delete()[0] for rows in past)


def _take(kind: str, pk: int, holder: User, queue: str) -> bool:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [kind, pk, holder.pk, queue, now + LASTS, now])
        is_taken = cursor.fetchone() is not None
    if is_taken:
        Claim.objects.filter(kind=kind, holder=holder).exclude(target_id=pk).delete()
    return is_taken
