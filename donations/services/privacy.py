"""What a person may ask of us about themselves: to see everything, and to be forgotten.

The books stay true: amounts, days and Stripe's ids stay, without the person. Receipts stay, names included, as long as
the law wants them.
"""

import contextlib
import re
import uuid

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from blueheart.trail.record import record
from donations import gateway
from donations.models import (
    BankLine,
    BankMatch,
    Donation,
    Donor,
    GiftReport,
    GivingLink,
    MonthlyGift,
    MonthlyGiftChange,
    PublicName,
    Receipt,
    Refund,
    RefundRequest,
    TransferReference,
    Tribute,
)
from donations.models.bank import BankMatchQuerySet
from donations.models.donations import DonationQuerySet
from donations.services.fulfilment import fulfil_checkout, look_at_checkout
from donations.services.monthly_gift_acts import MonthlyGiftError, cancel
from donations.services.monthly_gifts import Asked
from donations.services.subject_data import export_subject

__all__ = ["ErasureHeldError", "erase_subject", "export_subject", "find_subject", "kept_receipts", "running_gifts"]

Status = Donation.Status
ERASED = "[erased]"
LONGEST = {"in_kind": 280}
SHORTEST_NAME = 3  # a word of a name; shorter ones are words of many languages
NOBODY = {"receipt_name": "", "public_name": "", "public_name_kind": PublicName.ANONYMOUS, "is_amount_shown": False}


class ErasureHeldError(Exception):
    """Something that charges the donor could not be ended: nothing was erased."""


def find_subject(email: str) -> Donor | None:
    """The donor of this address; upper and lower case are one address."""
    return Donor.objects.with_email(email).first()


def running_gifts(donor: Donor) -> "QuerySet[MonthlyGift]":
    """What would be charged again."""
    return donor.monthlygifts.exclude(status__in=MonthlyGift.ENDED)


def kept_receipts(donor: Donor) -> "QuerySet[Receipt]":
    """The donor's receipts that the law wants kept, those that were voided too."""
    receipts = Receipt.objects.filter(donation__donor=donor).exclude(snapshot={})
    return receipts.defer("snapshot").order_by("kept_until", "number")


def erase_subject(
    donor: Donor, *, by: str = MonthlyGiftChange.By.DONOR, why: str = "", request: HttpRequest | None = None
) -> list[Receipt]:
    """Forget a donor and return the receipts that the law wants kept. Safe to call twice.

    What still charges is ended at Stripe first, outside any transaction. Raises `ErasureHeldError` where that cannot be
    done: then nothing was erased. `request` names the member of staff who does it, if one does.
    """
    if donor.erased_at is None:
        _end_at_stripe(donor, by)
        _erase(donor, why=why, request=request)
    return list(kept_receipts(donor))


def late_gifts() -> DonationQuerySet:
    """Gifts of forgotten donors that hold something of a person again."""
    of_erased = Donation.objects.filter(donor__erased_at__isnull=False)
    return of_erased.exclude(receipt_name="", public_name="", words="", offline_reference="")


def late_matches() -> BankMatchQuerySet:
    """Bank lines of forgotten donors in which, or in whose repetitions, the bank wrote of a person again."""
    of_erased = BankMatch.objects.filter(donation__donor__erased_at__isnull=False)
    telling = BankLine.objects.exclude(counterparty="", counterparty_iban="", remittance="", end_to_end_id="")
    is_telling, is_repeated = (Exists(telling.filter(**{key: OuterRef("line")})) for key in ("pk", "duplicate_of"))
    return of_erased.filter(is_telling | is_repeated)


@transaction.atomic
def erase_again() -> int:
    """Forget what came for a donor in the very moment when they were forgotten; returns how many gifts it was."""
    _forget_bank_lines(late_matches())
    late = list(late_gifts().select_for_update(of=["self"]).order_by("pk").values_list("pk", flat=True))
    _forget_gifts(Donation.objects.filter(pk__in=late), MonthlyGift.objects.none())
    return len(late)


def _end_at_stripe(donor: Donor, by: str) -> None:
    try:
        for donation in donor.donations.filter(status__in=[Status.PENDING, Status.PROCESSING]):
            _close_pay_page(donation, by)
        for monthly_gift in running_gifts(donor):
            cancel(monthly_gift, asked=Asked(by, uuid.uuid4()))
        customers = donor.monthlygifts.exclude(stripe_customer_id="").values_list("stripe_customer_id", flat=True)
        for customer_id in customers.distinct():
            _delete_customer(customer_id)
    except (gateway.GatewayError, MonthlyGiftError) as error:
        raise ErasureHeldError(str(error)) from error


def _close_pay_page(donation: Donation, by: str) -> None:
    """Let nobody begin a gift on a page that is still open; end one that was begun and is not booked yet."""
    if not donation.stripe_checkout_session_id:
        return
    if donation.status == Status.PENDING:
        with contextlib.suppress(gateway.GatewayRefusedError):  # closed already: what came of it is booked below
            gateway.expire_session(donation.stripe_checkout_session_id)
    try:
        subscription = look_at_checkout(donation.stripe_checkout_session_id).session.subscription
        fulfil_checkout(donation.stripe_checkout_session_id)
    except gateway.GatewayMissingError:
        return
    known = subscription and MonthlyGift.objects.filter(stripe_subscription_id=subscription.subscription_id).exists()
    if subscription and not known:
        asked = Asked(by, uuid.uuid4())
        gateway.cancel_subscription(
            subscription.subscription_id, feedback="", mark=asked.mark(MonthlyGiftChange.Kind.CANCELLED)
        )


def _delete_customer(customer_id: str) -> None:
    with contextlib.suppress(gateway.GatewayMissingError):
        gateway.delete_customer(customer_id)


@transaction.atomic
def _erase(donor: Donor, *, why: str, request: HttpRequest | None) -> None:
    _forget_bank_lines(BankMatch.objects.filter(donation__donor=donor))
    # In the order of those who book a charge, and without holding up the row that it will point to.
    monthly_gifts = list(donor.monthlygifts.select_for_update(of=["self"]).order_by("pk"))
    donations = list(donor.donations.select_for_update(of=["self"]).order_by("pk"))
    row = Donor.objects.select_for_update(no_key=True).get(pk=donor.pk)
    if not all(monthly_gift.has_ended for monthly_gift in monthly_gifts):
        raise ErasureHeldError("a monthly gift began meanwhile")
    _redact_free_text(row, donations)
    _forget_gifts(row.donations.all(), row.monthlygifts.all())
    GivingLink.objects.filter(donor=row).delete()
    TransferReference.objects.filter(donor=row).delete()
    donor.email, donor.name, donor.erased_at = "", "", timezone.now()
    donor.save(update_fields=["email", "name", "erased_at"])
    record("donor.erased", target=row, request=request, why=why)


def _forget_gifts(donations: QuerySet[Donation], monthly_gifts: QuerySet[MonthlyGift]) -> None:
    Tribute.objects.filter(donation__in=donations).delete()
    GiftReport.objects.filter(donation__in=donations).delete()
    RefundRequest.objects.filter(donation__in=donations).update(words="", answer="")
    donations.exclude(status=Status.PENDING).update(checkout_url="")
    monthly_gifts.update(authenticate_url="", **NOBODY)
    donations.update(
        words="", words_status=Donation.Words.NONE, words_declined_for="", form_token=None, form_digest="",
        offline_reference="", **NOBODY
    )  # fmt: skip


def _forget_bank_lines(matches: BankMatchQuerySet) -> None:
    """Empty what the bank wrote of who gave, in the lines of these matches and in those that repeat them.

    Lines of an import that was undone are such, too. Bank lines are locked before the gifts that they are matched with.
    The amount, the day and the bank's own reference stay: by these a line is known when it comes again.
    """
    undone = BankLine.Status.UNDONE
    lines = BankLine.objects.filter(
        pk__in=matches.filter(Q(undone_at=None) | Q(line__status=undone)).order_by().values("line")
    )
    found = dict(lines.select_for_update(of=["self"]).order_by("pk").values_list("pk", "fingerprint"))
    repeated = Q(duplicate_of__in=found) | Q(status=undone, fingerprint__in=set(found.values()))
    BankLine.objects.filter(Q(pk__in=found) | repeated).update(
        counterparty="", counterparty_iban="", remittance="", end_to_end_id=""
    )


def _redact_free_text(donor: Donor, donations: list[Donation]) -> None:
    """Take the donor's names out of what staff wrote about gifts and refunds; the rest of it is part of the books."""
    names = {donor.name, *(name for donation in donations for name in (donation.receipt_name, donation.public_name))}
    said = {donor.email} | names | {word for name in names for word in name.split() if len(word) >= SHORTEST_NAME}
    longest_first = sorted(said - {""}, key=len, reverse=True)
    if not longest_first:
        return
    traces = re.compile(
        "|".join(rf"(?<![A-Za-z]){re.escape(name)}(?![A-Za-z])" for name in longest_first), re.IGNORECASE
    )
    refunds = Refund.objects.filter(donation__donor=donor).select_for_update(of=["self"]).order_by("pk")
    for row in (*refunds, *donations):
        kept = [name for name in ("why", "reason", "in_kind") if hasattr(row, name)]
        without = {name: traces.sub(ERASED, getattr(row, name))[: LONGEST.get(name)] for name in kept}
        if any(said != getattr(row, name) for name, said in without.items()):
            type(row)._base_manager.filter(pk=row.pk).update(**without)
