"""What began by a day and has not ended yet: whoever closes a period sees it first.

None of it keeps a day from being closed: what comes of it is posted on the first open day.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import F, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, TruncDate

from donations.models import (
    BankLine,
    Dispute,
    Donation,
    Payout,
    ReceiptOrder,
    ReconciliationFinding,
    ReconciliationRun,
    Refund,
    StripeEvent,
)

LISTED = 1000  # of each heap; all of them are counted


@dataclass(frozen=True)
class Heap:
    """Rows that have not ended, by a name of ours; `day` and `query` (of their list in the office) where they have one.

    `reference` is an id, never the name of a person.
    """

    name: str
    rows: QuerySet[Any]
    reference: str | Combinable
    day: str = ""
    has_amount: bool = True
    query: str = ""


@dataclass(frozen=True)
class OpenItem:
    """One row of a heap. The day is that on which it began; the amount is in minor units."""

    reference: str
    day: dt.date | None
    currency: str
    amount_minor: int | None


@dataclass(frozen=True)
class StillOpen:
    """A heap as it is now: how many rows, and the first thousand of them."""

    name: str
    count: int
    listed: tuple[OpenItem, ...]

    @property
    def is_whole(self) -> bool:
        return self.count == len(self.listed)


def heaps(day: dt.date) -> list[Heap]:
    """All that may be open at the end of that day (UTC)."""
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
    begun, created = {"created_at__lt": end}, f"created_at__lt={end.date()}"
    donations, events, refunds = Donation.Status, StripeEvent.Status, Refund.Status
    on_its_way = Q(status__in=[Payout.Status.PENDING, Payout.Status.IN_TRANSIT])
    unread = Q(status=Payout.Status.PAID, is_automatic=True, reconciled_at=None)
    newest = ReconciliationRun.objects.filter(ended_at__isnull=False).order_by("-pk").values("pk")[:1]
    return [
        Heap("bank-lines", BankLine.objects.unmatched().filter(booked_on__lte=day), "pk", "booked_on",
             query="status__exact=unmatched"),
        Heap("reversed", BankLine.objects.of_reversed().filter(booked_on__lte=day), "pk", "booked_on",
             query="status__exact=matched"),
        Heap("payouts", Payout.objects.filter(on_its_way | unread, **begun), "stripe_payout_id", "created_at"),
        Heap("processing", Donation.objects.filter(status=donations.PROCESSING, **begun), "public_id", "created_at",
             query=f"status__exact=processing&{created}"),
        Heap("quarantined", Donation.objects.filter(status=donations.QUARANTINED, **begun), "public_id", "created_at",
             query=f"status__exact=quarantined&{created}"),
        Heap("refunds", Refund.objects.filter(
            status__in=[refunds.APPROVED, refunds.PENDING, refunds.REQUIRES_ACTION], **begun),
            "public_id", "created_at"),
        Heap("disputes", Dispute.objects.filter(status__in=Dispute.OPEN, opened_at__lt=end),
             "stripe_dispute_id", "opened_at"),
        Heap("events", StripeEvent.objects.filter(status__in=[events.RECEIVED, events.SHELVED], happened_at__lt=end),
             "stripe_event_id", "happened_at", has_amount=False),
        Heap("receipts", ReceiptOrder.objects.filter(
            Q(next_attempt_at__isnull=False) | Q(shelved_at__isnull=False), **begun),
            "cause", "created_at", has_amount=False),
        Heap("findings", ReconciliationFinding.objects.filter(run__in=newest), "stripe_id", has_amount=False),
        Heap("not-compared", ReconciliationRun.objects.filter(pk__in=newest).exclude(failure=""),
             Value("Stripe"), has_amount=False),
    ]  # fmt: skip


def still_open(day: dt.date) -> list[StillOpen]:
    """What began by that day (UTC) and has not ended, by heap, empty ones left out; one query, and one per long heap.

    It is what is so now: a thing that ends tomorrow is not in tomorrow's answer.
    """
    asked = heaps(day)
    first, *others = [_listing(heap) for heap in asked]
    found: dict[str, list[OpenItem]] = {}
    for name, reference, begun, currency, amount_minor in first.union(*others, all=True):
        found.setdefault(name, []).append(OpenItem(reference, begun, currency, amount_minor))
    return [_ordered(heap, found[heap.name]) for heap in asked if heap.name in found]


def _listing(heap: Heap) -> QuerySet[Any]:
    reference = F(heap.reference) if isinstance(heap.reference, str) else heap.reference
    rows: QuerySet[Any] = (
        heap.rows.order_by("pk")
        .annotate(
            heap_name=Value(heap.name, models.TextField()),
            heap_reference=Cast(reference, models.TextField()),
            heap_day=_day_of(heap),
            heap_currency=Cast(F("currency") if heap.has_amount else Value(""), models.TextField()),
            heap_amount=Cast(F("amount_minor") if heap.has_amount else Value(None), models.BigIntegerField()),
        )
        .values_list("heap_name", "heap_reference", "heap_day", "heap_currency", "heap_amount")[: LISTED + 1]
    )
    return rows


def _day_of(heap: Heap) -> Combinable:
    if not heap.day:
        return Cast(Value(None), models.DateField())
    field = heap.rows.model._meta.get_field(heap.day)
    is_moment = isinstance(field, models.DateTimeField)
    return TruncDate(heap.day, tzinfo=dt.UTC) if is_moment else Cast(F(heap.day), models.DateField())


def _ordered(heap: Heap, items: list[OpenItem]) -> StillOpen:
    count = len(items) if len(items) <= LISTED else heap.rows.count()
    in_order = sorted(items[:LISTED], key=lambda item: (item.day or dt.date.min, item.reference))
    return StillOpen(heap.name, count, tuple(in_order))
