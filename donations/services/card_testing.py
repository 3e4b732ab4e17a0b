"""Card testing: somebody opens pay pages by the hundred to find out which stolen cards still work.

Stripe's pages see the cards and we see that nobody pays. While that goes on the site is in strict mode by itself: what
one network may begin is divided, and a form has to have been open for a few seconds. Donors give on.
"""

import datetime as dt
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from blueheart.post.alerts import alert
from blueheart.site_settings import changing, declaring
from blueheart.site_settings.models import SiteSetting, SiteSettingChange
from blueheart.site_settings.reading import current
from blueheart.site_settings.switches import STRICT_MODE
from donations.models import Donation
from donations.site_settings import STRICT_FROM

WINDOW = dt.timedelta(minutes=10)
ON_STRIPES_PAGE = dt.timedelta(minutes=2)  # so long an honest donor may be typing the number of a card
LASTS = dt.timedelta(minutes=15)
RENEWED_BEFORE = dt.timedelta(minutes=5)
PEOPLE_DECIDED = dt.timedelta(hours=1)
PAID_SHARE = 4  # of so many gifts begun one is paid on any honest day, the busiest too

UNPAID = (Donation.Status.NOT_STARTED, Donation.Status.PENDING, Donation.Status.EXPIRED, Donation.Status.FAILED)


class Begun(NamedTuple):
    """The gifts begun in a window of ten minutes: how many nobody has paid yet, and all of them."""

    unpaid: int
    total: int


def watch() -> int:
    """Turn strict mode on, or keep it on, while pay pages are opened that nobody pays; returns 1 where that changed.

    It ends by itself a quarter of an hour after the last such minute. Staff who turned it on for longer, or off less
    than an hour ago, are not overruled. Told to those who may turn switches, once each time it comes on. Safe to call
    at any time and twice.
    """
    now = timezone.now()
    begun = gifts_begun(now)
    if not is_card_testing(begun) or _people_said_no(now) or _lasts_until(now + RENEWED_BEFORE):
        return 0
    with transaction.atomic():
        was_on = current().is_on(STRICT_MODE)
        why = f"{begun.unpaid} of {begun.total} gifts begun in ten minutes were not paid: cards are being tested"
        if not changing.switch_on(STRICT_MODE.key, why, until=now + LASTS):
            return 0
        if not was_on:
            changed = SiteSettingChange.objects.filter(key=STRICT_MODE.key).latest("pk")
            alert("alert-card-testing", cause=f"card-testing:{changed.pk}", subject_id=changed.pk)
    return 1


def gifts_begun(now: dt.datetime) -> Begun:
    """The gifts of ten minutes, begun long enough ago to be paid."""
    begun = Donation.objects.filter(
        method=Donation.Method.STRIPE,
        created_at__gt=now - WINDOW - ON_STRIPES_PAGE,
        created_at__lte=now - ON_STRIPES_PAGE,
    )
    return Begun(**begun.aggregate(unpaid=Count("pk", filter=Q(status__in=UNPAID)), total=Count("pk")))


def is_card_testing(begun: Begun) -> bool:
    """Many are unpaid, and nearly all: on a World Day many are begun, and many of them paid."""
    least = current().number(STRICT_FROM)
    return 0 < least <= begun.unpaid and (begun.total - begun.unpaid) * PAID_SHARE < begun.total


def _people_said_no(now: dt.datetime) -> bool:
    last = SiteSettingChange.objects.filter(key=STRICT_MODE.key).order_by("-pk").first()
    return last is not None and last.by_id is not None and last.after is None and last.at > now - PEOPLE_DECIDED


def _lasts_until(moment: dt.datetime) -> bool:
    """Whether strict mode is on until then or for longer."""
    value = STRICT_MODE.read(SiteSetting.objects.filter(key=STRICT_MODE.key).values_list("value", flat=True).first())
    ends = declaring.until(value)
    return bool(value["on"]) and (ends is None or ends > moment)
