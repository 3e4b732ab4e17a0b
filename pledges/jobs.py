"""The worker's part: closing windows of counting, and forgetting what was never confirmed."""

from django.db import transaction
from django.utils import timezone

from pledges.models import MailedLink, Pledge
from pledges.services import counting
from pledges.services.confirming import LINK_LASTS


def close_windows() -> int:
    """Add the waiting changes to the tallies and return how many tallies changed. For every other second."""
    return counting.close_windows()


def purge_unconfirmed() -> int:
    """Delete pledges that nobody confirmed within seven days of the last mail, and expired links; returns how many."""
    now = timezone.now()
    MailedLink.objects.filter(expires_at__lt=now).delete()
    expired = Pledge.objects.pending().filter(created_at__lt=now - LINK_LASTS).exclude(asked_at__gte=now - LINK_LASTS)
    with transaction.atomic():
        # Locked first: a pledge that is confirmed or asked for again in this moment stays.
        ids = list(expired.select_for_update(skip_locked=True).values_list("pk", flat=True))
        Pledge.objects.filter(pk__in=ids).delete()
    return len(ids)
