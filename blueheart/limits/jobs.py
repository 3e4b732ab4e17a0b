"""The worker's part of the limits."""

from django.utils import timezone

from blueheart.limits.models import Counter, Pause


def forget_past_windows() -> int:
    """Delete the counters whose window and the pauses whose time is over; return how many there were."""
    now = timezone.now()
    counters, _by_model = Counter.objects.filter(ends_at__lt=now).delete()
    pauses, _by_model = Pause.objects.filter(until__lt=now).delete()
    return counters + pauses
