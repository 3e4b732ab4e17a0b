"""A donor's own gifts as the donor sees them, and what the donor may change of what they show."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum

from django.db import transaction
from django.db.models import Prefetch

from blueheart.trail.record import record
from donations.models import Dispute, Donation, Donor, MonthlyGift, PublicName, Receipt, Refund, RefundRequest
from donations.models.donations import DonationQuerySet
from donations.services.monthly_gifts import lock_charge

GIFTS_PER_PAGE = 20
Status = Donation.Status
# A form that led to no payment is no gift.
SEEN = (Status.SUCCEEDED, Status.PROCESSING, Status.FAILED, Status.QUARANTINED, Status.REVERSED)
ON_ITS_WAY = (Refund.Status.APPROVED, Refund.Status.PENDING, Refund.Status.REQUIRES_ACTION)
TOLD_REFUNDS = (*ON_ITS_WAY, Refund.Status.SUCCEEDED, Refund.Status.FAILED)


class Became(Enum):
    """What became of a gift, in the order in which it matters to its donor; REVERSED by staff, who had recorded it."""

    TAKEN_BACK = "taken-back"
    GIVEN_BACK = "given-back"
    PARTLY_GIVEN_BACK = "partly-given-back"
    BANK_ASKS = "bank-asks"
    ARRIVED = "arrived"
    PROCESSING = "processing"
    CHECKED = "checked"
    FAILED = "failed"
    REVERSED = "reversed"


NOT_ARRIVED = {
    Status.PROCESSING: Became.PROCESSING,
    Status.QUARANTINED: Became.CHECKED,
    Status.REVERSED: Became.REVERSED,
}


@dataclass(frozen=True)
class OwnGift:
    """A donation with what the donor has to know of it; `receipt` is the valid one."""

    donation: Donation
    became: Became
    refunded_minor: int
    receipt: Receipt | None
    refunds: list[Refund] = field(default_factory=list)
    request: RefundRequest | None = None

    @property
    def may_ask_for_refund(self) -> bool:
        """Whether Stripe could give something of it back, and nothing is asked for that was not answered yet."""
        is_whole = self.became in {Became.ARRIVED, Became.PARTLY_GIVEN_BACK}
        return (
            is_whole
            and not self.donation.is_offline
            and not (self.request and self.request.status == RefundRequest.Status.OPEN)
        )


@dataclass(frozen=True)
class GiftsPage:
    """Gifts, newest first, and the reference that the page of older ones starts from; empty where there are none."""

    gifts: list[OwnGift]
    older_than: str


@dataclass(frozen=True)
class Shown:
    """What a donor wants a gift to show."""

    public_name_kind: str = PublicName.ANONYMOUS
    public_name: str = ""
    words: str = ""
    is_amount_shown: bool = False
    is_16_or_older: bool = False
    consent_version: int | None = None


def gifts_of(donor: Donor, *, before: str = "") -> GiftsPage:
    """The page of gifts that are older than the one with this reference; the newest without one. Four queries."""
    donations = donor.donations.filter(status__in=SEEN)
    if before:
        donations = donations.filter(pk__lt=donor.donations.filter(public_id=before).values("pk")[:1])
    rows = list(_told(donations).order_by("-pk")[: GIFTS_PER_PAGE + 1])
    shown = rows[:GIFTS_PER_PAGE]
    return GiftsPage(
        gifts=[_own(donation) for donation in shown],
        older_than=shown[-1].public_id if len(rows) > GIFTS_PER_PAGE else "",
    )


def gift_of(donor: Donor, public_id: str) -> OwnGift:
    """One gift of this donor. Raises `Donation.DoesNotExist`, for somebody else's too."""
    donations = _told(donor.donations.filter(status__in=SEEN)).select_related("monthly_gift", "tribute")
    gift = _own(donations.get(public_id=public_id))
    return replace(gift, request=gift.donation.refund_requests.order_by("-pk").first())


@transaction.atomic
def change_what_is_shown(donation: Donation, wish: Shown, *, for_the_coming: bool = False) -> None:
    """Let a gift show what its donor wants now; new words wait for a person to read them.

    A name that staff keep from the public stays kept from it. `for_the_coming`: the later charges of a monthly gift
    show the same name.
    """
    row = lock_charge(donation.pk)
    if wish.words != row.words:
        row.words = wish.words
        row.words_status = Donation.Words.WAITING if wish.words else Donation.Words.NONE
        row.words_declined_for = ""
    names = {
        "public_name_kind": wish.public_name_kind,
        "public_name": wish.public_name,
        "is_amount_shown": wish.is_amount_shown,
        "is_16_or_older": wish.is_16_or_older,
        "consent_version": wish.consent_version,
    }
    for name, value in names.items():
        setattr(row, name, value)
    row.save(update_fields=["words", "words_status", "words_declined_for", *names])
    if for_the_coming and row.monthly_gift_id:
        MonthlyGift.objects.filter(pk=row.monthly_gift_id).update(**names)
    record("donation.shown-changed", target=row)


def _told(donations: DonationQuerySet) -> DonationQuerySet:
    """With what the donor is told of refunds, receipts and the bank."""
    return donations.select_related("campaign").prefetch_related(
        Prefetch("refunds", Refund.objects.filter(status__in=TOLD_REFUNDS).order_by("pk")),
        Prefetch("receipts", Receipt.objects.filter(voided_at=None).defer("snapshot")),
        "disputes",
    )


def _own(donation: Donation) -> OwnGift:
    refunds = list(donation.refunds.all())
    refunded_minor = sum(refund.amount_minor for refund in refunds if refund.status == Refund.Status.SUCCEEDED)
    return OwnGift(
        donation=donation,
        became=_became(donation, refunded_minor, donation.disputes.all()),
        refunded_minor=refunded_minor,
        receipt=next(iter(donation.receipts.all()), None),
        refunds=refunds,
    )


def _became(donation: Donation, refunded_minor: int, disputes: Iterable[Dispute]) -> Became:
    if donation.status != Status.SUCCEEDED:
        return NOT_ARRIVED.get(Status(donation.status), Became.FAILED)
    standing = {dispute.status for dispute in disputes}
    if Dispute.Status.LOST in standing:
        return Became.TAKEN_BACK
    if refunded_minor >= donation.amount_minor:
        return Became.GIVEN_BACK
    if standing & Dispute.OPEN:
        return Became.BANK_ASKS
    return Became.PARTLY_GIVEN_BACK if refunded_minor else Became.ARRIVED
