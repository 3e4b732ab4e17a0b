"""What is forgotten of pledges after its time: where they came from, and who made them.

Counts keep country and precepts: a pledge whose supporter is forgotten stays counted, and on the wall as that of "a
supporter". Staff can hold a campaign (`CampaignTerms.is_held`): then nothing of its pledges is forgotten.
"""

import calendar
import datetime as dt
from collections.abc import Callable, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from blueheart.days import utc_today
from blueheart.trail.record import record
from campaigns.models import Campaign
from pledges.models import CampaignTerms, InvalidationCase, Pledge
from pledges.services.forgetting import ERASED, forget_people

SOURCES_KEPT = dt.timedelta(days=30)
CASES_NAMED = dt.timedelta(days=365)
BATCH = 1000  # rows of one short transaction
NO_CASE_AT_WORK = ("done", "cancelled", "undone")

Forget = Callable[[Sequence[int]], object]


def sources_due() -> "QuerySet[Pledge]":
    """Pledges that came from somewhere longer ago than 30 days."""
    held = CampaignTerms.objects.filter(is_held=True).values("campaign")
    long_ago = timezone.now() - SOURCES_KEPT
    return Pledge.objects.filter(source_ip__isnull=False, created_at__lt=long_ago).exclude(campaign__in=held)


def forget_sources() -> int:
    """Forget from which network address pledges came; returns of how many."""
    return _in_batches(sources_due(), lambda ids: Pledge.objects.filter(pk__in=ids).update(source_ip=None))


def names_due() -> "QuerySet[Pledge]":
    """Pledges that still name somebody so many months after their campaign ended, or after they were taken back."""
    due = Q(pk=None)
    for campaign in Campaign.objects.select_related("pledge_terms"):
        terms = getattr(campaign, "pledge_terms", None) or CampaignTerms(campaign=campaign)
        if terms.is_held:
            continue
        before = _months_before(utc_today(), terms.anonymise_after_months)
        if campaign.ends_on and campaign.ends_on <= before:
            due |= Q(campaign=campaign)
        else:
            due |= Q(campaign=campaign, status=Pledge.Status.WITHDRAWN, withdrawn_at__date__lte=before)
    return Pledge.objects.filter(due, canonical_email__isnull=False).exclude(status=Pledge.Status.PENDING)


def forget_names() -> int:
    """Take the person out of pledges whose time is over; returns of how many.

    A verified organisation or authority keeps its name and loses its contact.
    """
    forgotten = _in_batches(names_due(), lambda ids: forget_people(ids, are_hidden=False))
    if forgotten:
        record("pledges.names-forgotten", detail={"pledges": forgotten})
    return forgotten


def cases_due() -> "QuerySet[InvalidationCase]":
    """Cases of invalidation that looked for a name, and ended a year ago."""
    long_ago = timezone.now() - CASES_NAMED
    ended = InvalidationCase.objects.filter(status__in=NO_CASE_AT_WORK, opened_at__lt=long_ago)
    return ended.exclude(name__in=["", ERASED])


def forget_names_of_cases() -> int:
    """Blot out the names that old cases looked for; returns in how many. What they did can still be undone."""
    return cases_due().update(name=ERASED)


def _in_batches(due: "QuerySet[Pledge]", forget: Forget) -> int:
    """Forget all that are due, in short transactions; two that do it at once share the work."""
    forgotten, last = 0, 0
    while True:
        with transaction.atomic():
            batch = due.filter(pk__gt=last).select_for_update(skip_locked=True, of=("self",)).order_by("pk")
            ids = list(batch.values_list("pk", flat=True)[:BATCH])
            if not ids:
                return forgotten
            forget(ids)
        forgotten, last = forgotten + len(ids), ids[-1]


def _months_before(day: dt.date, months: int) -> dt.date:
    """The same day so many months before, or the last one of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
