"""What a receipt says, written down when it is issued and never changed."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.utils import translation

from campaigns.printing import in_page_language
from donations.models import Account, Dispute, Donation, LedgerEntry, LegalEntity, Receipt, Refund, Tribute


class ForgottenReceiptError(LookupError):
    """The law no longer wants this receipt kept, and its words were taken out."""


@dataclass(frozen=True)
class Snapshot:
    """The words and amounts of one receipt. Days are ISO 8601, in the time zone of who issued it."""

    number: str
    entity: str
    address: str
    note: str
    donor: str
    amount_minor: int
    currency: str
    fee_cover_minor: int
    fees: list[tuple[str, int]]
    refunded_minor: int
    disputed_minor: int
    net_minor: int
    interval: str
    campaign: str
    tribute: str
    honoured: str
    reference: str
    given_on: str
    issued_on: str
    time_zone: str
    replaces: str
    method: str = Donation.Method.STRIPE.value
    in_kind: str = ""

    @classmethod
    def of(cls, receipt: Receipt) -> Self:
        """What the receipt said when it was issued. Raises `ForgottenReceiptError` once that was taken out."""
        if not receipt.snapshot:
            raise ForgottenReceiptError(receipt.number)
        fields = dict(receipt.snapshot)
        return cls(**fields | {"fees": [(currency, amount) for currency, amount in fields["fees"]]})

    def stored(self) -> dict[str, Any]:
        """As the row keeps it."""
        return asdict(self)


@dataclass(frozen=True)
class Standing:
    """How much of a donation is still with us: what was sent back, by us or by the donor's bank, is not."""

    amount_minor: int
    refunded_minor: int
    disputed_minor: int

    @property
    def net_minor(self) -> int:
        return max(0, self.amount_minor - self.refunded_minor - self.disputed_minor)


def standing_of(donation: Donation) -> Standing:
    """What remains of the donation by the refunds that succeeded and the disputes that were lost."""
    refunds = [refund for refund in donation.refunds.all() if refund.status == Refund.Status.SUCCEEDED]
    lost = [dispute for dispute in donation.disputes.all() if dispute.status == Dispute.Status.LOST]
    return Standing(
        donation.amount_minor,
        sum(refund.amount_minor for refund in refunds),
        sum(dispute.amount_minor for dispute in lost if dispute.currency == donation.currency),
    )


def take_snapshot(
    donation: Donation,
    standing: Standing,
    entity: LegalEntity,
    *,
    number: str,
    issued_at: dt.datetime,
    replaces: Receipt | None,
) -> Snapshot:
    """Write down what the receipt of the donation says; the donor's name is that of the receipt it replaces."""
    tribute = Tribute.objects.filter(donation=donation).first()
    return Snapshot(
        number=number,
        entity=entity.name,
        address=entity.address,
        note=entity.note,
        donor=replaces.snapshot["donor"] if replaces and replaces.snapshot else donation.receipt_name,
        amount_minor=donation.amount_minor,
        currency=donation.currency,
        fee_cover_minor=donation.fee_cover_minor,
        fees=_fees(donation),
        refunded_minor=standing.refunded_minor,
        disputed_minor=standing.disputed_minor,
        net_minor=standing.net_minor,
        interval=donation.interval,
        campaign=_campaign_title(donation),
        tribute=tribute.kind if tribute else "",
        honoured=tribute.honoured_name if tribute else "",
        reference=donation.public_id,
        given_on=local_day(donation.succeeded_at or donation.created_at, entity).isoformat(),
        issued_on=local_day(issued_at, entity).isoformat(),
        time_zone=entity.time_zone,
        replaces=replaces.number if replaces else "",
        method=donation.method,
        in_kind=donation.in_kind,
    )


def local_day(moment: dt.datetime, entity: LegalEntity) -> dt.date:
    """The day of the moment where the entity's years begin and end."""
    return moment.astimezone(ZoneInfo(entity.time_zone)).date()


def _fees(donation: Donation) -> list[tuple[str, int]]:
    """What Stripe kept of the donation, in the currency of our balance: (currency, minor units)."""
    kept = LedgerEntry.objects.filter(
        transaction__donation=donation, transaction__purpose="donation", account=Account.PROCESSING_FEES
    )
    return list(kept.order_by("currency").values_list("currency", "amount_minor"))


def _campaign_title(donation: Donation) -> str:
    if donation.campaign is None:
        return ""
    with translation.override(donation.language):
        return in_page_language(donation.campaign, "title")[0]
