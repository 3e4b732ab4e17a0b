"""What django-axes keeps of tries to sign in: names as they were typed and network addresses, for ninety days."""

import datetime as dt

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.utils import timezone

KEPT = dt.timedelta(days=90)
LOGS = (AccessAttempt, AccessFailureLog, AccessLog)


def forget_old() -> int:
    """Delete tries that are older; returns how many there were."""
    return sum(log.objects.filter(attempt_time__lt=timezone.now() - KEPT).delete()[0] for log in LOGS)


def count_old() -> int:
    """How many `forget_old` would delete now."""
    return sum(log.objects.filter(attempt_time__lt=timezone.now() - KEPT).count() for log in LOGS)
