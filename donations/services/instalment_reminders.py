"""Reminding contributors of instalments, before they are due and after, and telling staff of those that are overdue."""

import datetime as dt

from django.db import transaction
from django.db.models import QuerySet

from blueheart.days import utc_today
from blueheart.post import outbox
from blueheart.post.alerts import alert
from donations.models import Instalment

DAYS_BEFORE = (30, 7)
# Counted from the day on which it was due: the first is overdue by a day.
DAYS_AFTER = (1, 31, 61)
# A night may be missed, and a worker rest for some days: so long a reminder may come late, and no longer.
CATCH_UP = dt.timedelta(days=5)


@transaction.atomic
def remind(today: dt.date | None = None) -> int:
    """Promise the mails that are due today; returns of how many instalments. Safe to call as often as one likes.

    Each is sent once per instalment, day and distance; what was paid or put on another day meanwhile is not sent.
    """
    today = today or utc_today()
    reminded = sum(_write("instalment-due", distance, today + dt.timedelta(days=distance)) for distance in DAYS_BEFORE)
    reminded += sum(
        _write("instalment-overdue", distance, today - dt.timedelta(days=distance)) for distance in DAYS_AFTER
    )
    for instalment in _due_by(today - dt.timedelta(days=1)):
        alert("alert-instalment-overdue", cause=_cause("overdue", instalment, 0), subject_id=instalment.pk)
    return reminded


def _write(kind: str, distance: int, day: dt.date) -> int:
    """Remind of what is due that day, or was some days before where nobody was reminded then."""
    found = _due_by(day).exclude(promised_gift__contributor__contact_email="")
    for instalment in found:
        outbox.add(
            kind,
            cause=_cause(kind, instalment, distance),
            subject_id=instalment.pk,
            language=instalment.promised_gift.contributor.language,
        )
    return len(found)


def _due_by(day: dt.date) -> "QuerySet[Instalment]":
    days = Instalment.objects.outstanding().filter(due_on__lte=day, due_on__gt=day - CATCH_UP)
    return days.select_related("promised_gift__contributor").order_by("due_on", "pk")


def _cause(kind: str, instalment: Instalment, distance: int) -> str:
    """It names the day: an instalment that is put on another one is reminded of again."""
    return f"{kind}:{instalment.pk}:{instalment.due_on:%Y%m%d}:{distance}"
