"""Which networks and mail domains pledges come from, hour by hour: the loudest fifty of each."""

import datetime as dt

from django.db import transaction
from django.db.models import Count, Expression, Q
from django.utils import timezone

from pledges.models import Pledge, TrendingSource
from pledges.models.pledges import MAIL_DOMAIN
from pledges.sources import NEIGHBOURHOOD

HOUR = dt.timedelta(hours=1)
KEPT = dt.timedelta(days=30)
MOST_HOURS = 24  # of what a worker catches up with after an outage
LOUDEST = 50
KINDS: dict[str, tuple[Expression, Q]] = {
    TrendingSource.Kind.NETWORK: (NEIGHBOURHOOD, Q(source_ip__isnull=False)),
    TrendingSource.Kind.DOMAIN: (MAIL_DOMAIN, Q(canonical_email__isnull=False)),
}


def note_trends() -> int:
    """Write down the hours since the last time, the running one as far as it is; forget old ones. Returns the rows.

    Safe to repeat: an hour is counted anew. For every ten minutes.
    """
    running = timezone.now().replace(minute=0, second=0, microsecond=0)
    TrendingSource.objects.filter(hour__lt=running - KEPT).delete()
    newest = TrendingSource.objects.order_by("-hour").values_list("hour", flat=True).first()
    hour = max(newest or running - HOUR, running - MOST_HOURS * HOUR)
    noted = 0
    while hour <= running:
        noted += _note(hour)
        hour += HOUR
    return noted


@transaction.atomic
def _note(hour: dt.datetime) -> int:
    rows = [row for kind in KINDS for row in _loudest(kind, hour)]
    TrendingSource.objects.filter(hour=hour).delete()
    return len(TrendingSource.objects.bulk_create(rows))


def _loudest(kind: str, hour: dt.datetime) -> list[TrendingSource]:
    source, is_known = KINDS[kind]
    counted = (
        Pledge.objects.filter(is_known, created_at__gte=hour, created_at__lt=hour + HOUR)
        .order_by()
        .values(source=source)
        .annotate(
            pledges=Count("pk"),
            confirmed=Count("pk", filter=~Q(status=Pledge.Status.PENDING)),
            suspected=Count("pk", filter=~Q(standing=Pledge.Standing.GOOD)),
        )
        .order_by("-pledges", "source")[:LOUDEST]
    )
    return [TrendingSource(hour=hour, kind=kind, **row) for row in counted]
