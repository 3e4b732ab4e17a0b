"""In honour or in memory of somebody: what was asked for, and the one mail that tells somebody else of it."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from blueheart.limits.counting import spend
from blueheart.mail_addresses import for_limits
from blueheart.post import outbox
from donations.models import Donation, Tribute
from donations.models.tributes import TributeQuerySet

NOTICES_AT_ONCE = 100
# The address of somebody who never wrote to us is kept no longer than a bounce or a complaint may take.
KEPT = dt.timedelta(days=30)
KEPT_UNSENT = dt.timedelta(days=60)
# Nobody is told more often than this, whoever asks.
NOTICES_TO_ONE, NOTICES_SECONDS = 3, 30 * 86_400


@dataclass(frozen=True)
class TributeWish:
    """Whom a gift honours, `kind` being one of `Tribute.Kind`; without `notice_email` nobody is told."""

    kind: str
    honoured_name: str
    notice_email: str = ""
    notice_name: str = ""
    notice_from: str = ""
    notice_on: dt.date | None = None


def record_tribute(donation: Donation, wish: TributeWish) -> None:
    """Keep what was asked for with the donation; a second call changes nothing."""
    Tribute.objects.bulk_create(
        [
            Tribute(
                donation=donation,
                kind=wish.kind,
                honoured_name=wish.honoured_name,
                notice_email=wish.notice_email,
                notice_name=wish.notice_name,
                notice_from=wish.notice_from,
                notice_on=wish.notice_on,
            )
        ],
        ignore_conflicts=True,
    )


def promise_notices(*, limit: int = NOTICES_AT_ONCE) -> int:
    """Promise the mails whose day has come, for gifts that have arrived and stayed; returns how many.

    Safe to run several times and at once. Who was told of enough gifts lately is told of no more.
    """
    with transaction.atomic():
        waiting = Tribute.objects.of_gifts_that_stay().filter(notice_on__lte=timezone.now().date(), noticed_at=None)
        due = waiting.select_for_update(skip_locked=True, of=("self",)).select_related("donation").order_by("pk")
        promised = 0
        for tribute in due[:limit]:
            tribute.noticed_at = timezone.now()
            tribute.save(update_fields=["noticed_at"])
            if spend("tribute-notice", for_limits(tribute.notice_email), limit=NOTICES_TO_ONE, seconds=NOTICES_SECONDS):
                outbox.add(
                    "tribute-notice",
                    cause=f"tribute-notice:{tribute.pk}",
                    subject_id=tribute.pk,
                    language=tribute.donation.language,
                )
                promised += 1
        return promised


def notices_due() -> TributeQuerySet:
    """Tributes whose mail was sent a month ago, or will not be sent."""
    now = timezone.now()
    unpaid = ~Q(donation__status=Donation.Status.SUCCEEDED) & Q(donation__created_at__lt=now - KEPT)
    over = Q(noticed_at__lt=now - KEPT) | Q(notice_on__lt=(now - KEPT_UNSENT).date()) | unpaid
    return Tribute.objects.exclude(notice_email="").filter(over)


def forget_notices() -> int:
    """Forget the addresses of mails that were sent a month ago, or that will not be sent; returns how many."""
    return Tribute.objects.filter(pk__in=notices_due().values("pk")).update(
        notice_email="", notice_name="", notice_from="", notice_on=None
    )
