"""Everything that is stored about one donor, for the donor: as a record for programs, and labelled for reading."""

from collections.abc import Iterable

from django.db.models import Model, Prefetch, Q

from blueheart.personal_data import Json, Part, as_json, part_of
from blueheart.post.models import Message
from blueheart.trail.models import Entry
from donations.models import (
    BankMatch,
    Donation,
    Donor,
    LedgerTransaction,
    MonthlyGift,
    Refund,
    RefundRequest,
    StripeEvent,
)

__all__ = ["SUBJECTS", "as_json", "export_subject", "subject_parts"]

# Secrets and digests, who of the staff did it, the rows' own keys, and where a job stands.
LEFT_OUT = frozenset(
    {
        "approved_by", "authenticate_url", "checkout_tries", "checkout_url", "decided_by", "digest", "donation",
        "donor", "form_digest", "form_token", "id", "leased_until", "monthly_gift", "next_attempt_at", "refusals",
        "requested_by", "shelved_at", "tries", "refund", "replaces", "cause", "subject_id", "payload", "transaction",
        "actor", "address", "target_type", "target_id", "reverses", "booked_by", "dispute", "payout",
        "recorded_by", "statement", "fingerprint", "duplicate_of", "position", "contributor", "promised_gift",
        "promise_payment", "grant_payment", "minimised_at",
    }
)  # fmt: skip
# What the subject of each mail is.
OF_DONATION, OF_DONOR, OF_RECEIPT, OF_REFUND = "donation", "donor", "receipt", "refund"
OF_REQUEST, OF_TRIBUTE, OF_MONTHLY_GIFT, OF_CHANGE = "request", "tribute", "monthly gift", "change"
SUBJECTS = {
    "charge-failed": OF_MONTHLY_GIFT,
    "confirm-charge": OF_MONTHLY_GIFT,
    "donation-received": OF_DONATION,
    "gift-upcoming": OF_MONTHLY_GIFT,
    "giving-link": OF_DONOR,
    "monthly-gift-cancelled": OF_CHANGE,
    "monthly-gift-card": OF_CHANGE,
    "monthly-gift-changed": OF_CHANGE,
    "monthly-gift-ended": OF_CHANGE,
    "monthly-gift-paused": OF_CHANGE,
    "monthly-gift-resumed": OF_CHANGE,
    "receipt-reissued": OF_RECEIPT,
    "receipt-voided": OF_RECEIPT,
    "transfer-instructions": OF_DONOR,
    "refund-asked": OF_REQUEST,
    "refund-declined": OF_REQUEST,
    "refund-failed": OF_REFUND,
    "refund-granted": OF_REFUND,
    "refund-made": OF_REFUND,
    "tribute-notice": OF_TRIBUTE,
}


def export_subject(donor: Donor) -> Json:
    """Everything we store about the donor, as plain data. The number of queries is the same for any number of gifts."""
    return as_json(subject_parts(donor))


def subject_parts(donor: Donor) -> list[Part]:
    """The donor's rows, for reading in the page's language."""
    donations = list(_donations(donor))
    monthly_gifts = list(donor.monthlygifts.select_related("campaign").prefetch_related("changes").order_by("pk"))
    return [
        _part("donor", donor),
        *(_monthly(monthly_gift) for monthly_gift in monthly_gifts),
        *(_donation(donation) for donation in donations),
        *(_part("transfer_references", reference) for reference in donor.transfer_references.order_by("pk")),
        *(_part("links", link) for link in donor.giving_links.order_by("pk")),
        *(_part("mails", message) for message in _mails(donor, donations, monthly_gifts)),
        *(_part("stripe_events", event) for event in _events(donations, monthly_gifts)),
        *(_part("acts", entry) for entry in _acts(donor, donations, monthly_gifts)),
    ]


def _donations(donor: Donor) -> Iterable[Donation]:
    booked = LedgerTransaction.objects.prefetch_related("entries").order_by("pk")
    matches = BankMatch.objects.standing().select_related("line").order_by("pk")
    return (
        donor.donations.select_related("campaign", "monthly_gift", "tribute")
        .prefetch_related(
            "refunds", "refund_requests", "receipts__entity", "receipt_orders", "disputes", "fraud_warnings",
            Prefetch("ledger_transactions", booked), Prefetch("bank_matches", matches),
        )
        .order_by("pk")
    )  # fmt: skip


def _donation(donation: Donation) -> Part:
    tribute = getattr(donation, "tribute", None)
    lists = {
        "refunds": donation.refunds.all(),
        "refund_requests": donation.refund_requests.all(),
        "receipts": donation.receipts.all(),
        "receipt_orders": donation.receipt_orders.all(),
        "disputes": donation.disputes.all(),
        "fraud_warnings": donation.fraud_warnings.all(),
        "bank_lines": [match.line for match in donation.bank_matches.all()],
    }
    parts = [_part("tribute", tribute)] if tribute else []
    parts += [_part(name, row) for name, rows in lists.items() for row in rows]
    parts += [
        _part("booked", booked, [_part("entries", entry) for entry in booked.entries.all()])
        for booked in donation.ledger_transactions.all()
    ]
    return _part("donations", donation, parts)


def _monthly(monthly_gift: MonthlyGift) -> Part:
    return _part("monthly_gifts", monthly_gift, [_part("changes", change) for change in monthly_gift.changes.all()])


def _part(name: str, row: Model, parts: list[Part] | None = None) -> Part:
    return part_of(name, row, left_out=LEFT_OUT, parts=parts)


def _mails(donor: Donor, donations: list[Donation], monthly_gifts: list[MonthlyGift]) -> Iterable[Message]:
    """Those that were written about the donor's rows."""
    subjects = {
        OF_DONOR: [donor.pk],
        OF_DONATION: [donation.pk for donation in donations],
        OF_RECEIPT: [receipt.pk for donation in donations for receipt in donation.receipts.all()],
        OF_REFUND: [refund.pk for donation in donations for refund in donation.refunds.all()],
        OF_REQUEST: [wish.pk for donation in donations for wish in donation.refund_requests.all()],
        OF_TRIBUTE: [donation.tribute.pk for donation in donations if hasattr(donation, "tribute")],
        OF_MONTHLY_GIFT: [monthly_gift.pk for monthly_gift in monthly_gifts],
        OF_CHANGE: [change.pk for monthly_gift in monthly_gifts for change in monthly_gift.changes.all()],
    }
    about = Q(pk=None)
    for kind, subject in SUBJECTS.items():
        about |= Q(kind=kind, subject_id__in=subjects[subject])
    return Message.objects.filter(about).order_by("pk")


def _events(donations: list[Donation], monthly_gifts: list[MonthlyGift]) -> Iterable[StripeEvent]:
    """What Stripe told us of the donor's objects; events are kept without what is personal in them."""
    ids: set[str | None] = set()
    for donation in donations:
        ids |= {donation.stripe_checkout_session_id, donation.stripe_payment_intent_id, donation.stripe_invoice_id}
        ids |= {refund.stripe_refund_id for refund in donation.refunds.all()}
        ids |= {dispute.stripe_dispute_id for dispute in donation.disputes.all()}
    for monthly_gift in monthly_gifts:
        ids |= {monthly_gift.stripe_subscription_id, monthly_gift.stripe_customer_id}
    return StripeEvent.objects.filter(stripe_object_id__in=ids - {None, ""}).defer("payload").order_by("pk")


def _acts(donor: Donor, donations: list[Donation], monthly_gifts: list[MonthlyGift]) -> Iterable[Entry]:
    """What the trail says was done with the donor's rows."""
    targets: dict[type[Model], list[int]] = {
        Donor: [donor.pk],
        Donation: [donation.pk for donation in donations],
        MonthlyGift: [monthly_gift.pk for monthly_gift in monthly_gifts],
        Refund: [refund.pk for donation in donations for refund in donation.refunds.all()],
        RefundRequest: [wish.pk for donation in donations for wish in donation.refund_requests.all()],
    }
    about = Q(pk=None)
    for model, ids in targets.items():
        about |= Q(target_type=model._meta.label_lower, target_id__in=[str(pk) for pk in ids])
    return Entry.objects.filter(about).order_by("pk")
