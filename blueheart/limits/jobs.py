"""The worker's part of the limits."""

from typing import TYPE_CHECKING

from django.utils import timezone

from blueheart.limits.models import Counter, Pause

if TYPE_CHECKING:
    from django.db.models import QuerySet


def forget_past_windows() -> int:
    """Delete the counters whose window and the pauses whose time is over; return how many there were."""
    counters, pauses = _past()
    return counters.delete()[0] + pauses.delete()[0]


def count_past_windows() -> int:
    """How many `forget_past_windows` would delete now."""
    counters, pauses = _past()
    return counters.count() + pauses.count()


def _past() -> "tuple[QuerySet[Counter], QuerySet[Pause]]":
    now = timezone.now()
    return Counter.objects.filter(ends_at__lt=now), Pause.objects.filter(until__lt=now)
