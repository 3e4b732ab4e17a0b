"""The worker's part of the limits."""

from django.utils import timezone

from blueheart.limits.models import Counter


def forget_past_windows() -> int:
    """Delete the counters whose window is over and return how many there were."""
    deleted, _by_model = Counter.objects.filter(ends_at__lt=timezone.now()).delete()
    return deleted
