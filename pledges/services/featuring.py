"""The few hearts above the wall. Each act is in the audit trail."""

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from pledges.models import Pledge
from pledges.wall import MOST_FEATURED

LOCK = 7_306_006  # an advisory lock's number, of our own choosing


class TooManyFeaturedError(RefusedError):
    """As many hearts as there is room for stand above the wall already."""


@transaction.atomic
def feature_heart(*, pledge_id: int, request: HttpRequest) -> bool:
    """Put a heart above the wall, before those that are there; False for one that is there or that nobody may see.

    Raises `TooManyFeaturedError` where there is no room.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])  # two at once would both find the last place
    pledge = Pledge.objects.select_for_update().get(pk=pledge_id)
    if pledge.featured_at or not pledge.is_shown:
        return False
    if Pledge.objects.shown().filter(featured_at__isnull=False).count() >= MOST_FEATURED:
        raise TooManyFeaturedError(
            _("%(most)d hearts stand above the wall, and there is no room for more. Take one away first.")
            % {"most": MOST_FEATURED}
        )
    pledge.featured_at = timezone.now()
    pledge.save(update_fields=["featured_at"])
    record("pledge.featured", target=pledge, request=request)
    return True


@transaction.atomic
def unfeature_heart(*, pledge_id: int, request: HttpRequest) -> bool:
    """Take a heart from above the wall, where it stays; False for one that was not above it."""
    if not Pledge.objects.filter(pk=pledge_id, featured_at__isnull=False).update(featured_at=None):
        return False
    record("pledge.unfeatured", target=Pledge(pk=pledge_id), request=request)
    return True
