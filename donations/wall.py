"""The donor wall: pages of gifts whose donors want to be read, newest first, found by one partial index."""

from dataclasses import dataclass

from django.db.models import BigIntegerField, Model, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from donations.models import Dispute, Donation, LedgerTotal, Refund
from donations.models.donations import DonationQuerySet

GIFTS_PER_PAGE = 48
# A bank that only asks has taken nothing, and what was won is back.
TOOK_IT = (Dispute.Status.NEEDS_RESPONSE, Dispute.Status.UNDER_REVIEW, Dispute.Status.LOST)
# Nothing else is read: a public page has no use for a donor's row or for the name on a receipt.
SHOWN = (
    "public_id", "public_name", "public_name_hidden", "words", "words_status", "language", "is_amount_shown",
    "amount_minor", "currency", "method", "interval", "succeeded_at",
)  # fmt: skip


@dataclass(frozen=True)
class WallPage:
    """Gifts with the references that the pages of newer and older ones start from, empty where there are none."""

    gifts: list[Donation]
    newer_than: str
    older_than: str


NOBODY = WallPage(gifts=[], newer_than="", older_than="")


def shown() -> DonationQuerySet:
    """Gifts that stand on the wall: something of them is still with us, and their donors want to be read."""
    refunded = _taken(Refund.objects.filter(status=Refund.Status.SUCCEEDED))
    disputed = _taken(Dispute.objects.filter(status__in=TOOK_IT))
    return Donation.objects.may_be_shown().filter(amount_minor__gt=refunded + disputed)


def page(*, before: str = "", after: str = "") -> WallPage:
    """The page of gifts older than the one of this reference, or newer than it; the newest without either.

    Two queries at most, however many gifts there are. Raises `Donation.DoesNotExist` for a reference that is none.
    """
    gifts = shown().only(*SHOWN)
    if after:
        newer = list(gifts.filter(pk__gt=_place(after)).order_by("pk")[: GIFTS_PER_PAGE + 1])
        found, has_newer, has_older = newer[:GIFTS_PER_PAGE][::-1], len(newer) > GIFTS_PER_PAGE, True
    else:
        older = gifts.filter(pk__lt=_place(before)) if before else gifts
        rows = list(older.order_by("-pk")[: GIFTS_PER_PAGE + 1])
        found, has_newer, has_older = rows[:GIFTS_PER_PAGE], bool(before), len(rows) > GIFTS_PER_PAGE
    return WallPage(
        gifts=found,
        newer_than=found[0].public_id if found and has_newer else "",
        older_than=found[-1].public_id if found and has_older else "",
    )


def number_of_gifts() -> int:
    """How many gifts of money have come in, the unnamed ones too, as of the last window; one query."""
    counted: int | None = LedgerTotal.objects.aggregate(gifts=Sum("donations"))["gifts"]
    return counted or 0


def _place(public_id: str) -> int:
    """Where a page begins, also after a gift that is shown no more."""
    return Donation.objects.only("pk").get(public_id=public_id).pk


def _taken(rows: "QuerySet[Refund] | QuerySet[Dispute]") -> Coalesce:
    """What these rows took of the donation at hand; looked up for each gift of the page, and for no other."""
    of_it: QuerySet[Model] = rows.filter(donation=OuterRef("pk")).order_by().values("donation")  # type: ignore[assignment]
    taken = of_it.annotate(taken=Sum("amount_minor")).values("taken")
    return Coalesce(Subquery(taken, output_field=BigIntegerField()), Value(0))
