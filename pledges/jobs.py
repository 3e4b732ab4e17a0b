"""The worker's part: closing windows of counting, and forgetting what was never confirmed."""

from django.db import transaction
from django.utils import timezone

from blueheart.visits.links import forget_past
from pledges.models import MailedLink, Pledge
from pledges.models.pledges import PledgeQuerySet
from pledges.services import codes, confirming, counting
from pledges.services.confirming import LINK_LASTS


def close_windows() -> int:
    """Add the waiting changes to the tallies and return how many tallies changed. For every other second."""
    return counting.close_windows()


def unconfirmed_due() -> PledgeQuerySet:
    """Pledges whose seven days to confirm are over."""
    since = timezone.now() - LINK_LASTS
    return Pledge.objects.pending().filter(created_at__lt=since).exclude(asked_at__gte=since)


def purge_unconfirmed() -> int:
    """Delete pledges that nobody confirmed within seven days of being asked, and expired links; returns how many.

    A reminder does not begin the seven days anew; sending the form again does.
    """
    forget_past(MailedLink.objects.all())
    codes.forget_past()
    with transaction.atomic():
        # Locked first: a pledge that is confirmed or asked for again in this moment stays.
        ids = list(unconfirmed_due().select_for_update(skip_locked=True).values_list("pk", flat=True))
        Pledge.objects.filter(pk__in=ids).delete()
    return len(ids)


def remind_unconfirmed() -> int:
    """Promise the reminders that are due; returns how many. For every hour."""
    return confirming.remind()
