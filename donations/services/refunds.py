"""Giving money back, as staff see it: asked for by one, above a limit approved by another, called off or tried again.

What Stripe makes of it is booked in `refunds_at_stripe`.
"""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from blueheart.money import CURRENCIES, format_amount
from blueheart.post import outbox
from blueheart.post.alerts import alert
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from donations.models import Dispute, Donation, GivingCurrency, Refund, RefundRequest
from donations.services.payments import received

Status = Refund.Status
# While a bank has the money, or keeps it, there is nothing that Stripe could give back.
HELD_BY_THE_BANK = frozenset({Dispute.Status.NEEDS_RESPONSE, Dispute.Status.UNDER_REVIEW, Dispute.Status.LOST})


class RefundError(RefusedError):
    """It cannot be done so; the message says why, in the reader's language."""


@dataclass(frozen=True)
class Refundable:
    """How much of a donation may still go back, in minor units of the currency that was paid.

    From `second_person_from_minor` on another person has to approve; from the first cent where it is 0.
    """

    currency: str
    received_minor: int
    left_minor: int
    second_person_from_minor: int


def refundable(donation: Donation) -> Refundable:
    """What may still be given back of a donation, refunds that are only asked for counted. Raises `RefundError`."""
    if donation.is_offline:
        raise RefundError(_("This gift was recorded by staff: reverse it instead."))
    paid = received(donation)
    if paid is None:
        raise RefundError(_("There is nothing to give back: the books hold no money of this donation."))
    taken = donation.refunds.filter(status__in=Refund.AT_STRIPE | Refund.ASKED).aggregate(sum=Sum("amount_minor"))
    limits = GivingCurrency.objects.filter(currency=paid.currency).values_list("second_person_from_minor", flat=True)
    return Refundable(
        currency=paid.currency,
        received_minor=paid.amount_minor,
        left_minor=paid.amount_minor - (taken["sum"] or 0),
        second_person_from_minor=limits.first() or 0,
    )


def check_refund(donation: Donation, amount_minor: int) -> Refundable:
    """What may still be given back, where so much may be. Raises `RefundError`."""
    left = refundable(donation)
    _check_bank(donation)
    if amount_minor < 1 or amount_minor % CURRENCIES[left.currency].step_minor:
        raise RefundError(_("This is no amount that can be refunded in %(currency)s.") % {"currency": left.currency})
    if amount_minor > left.left_minor:
        shown = format_amount(left.left_minor, left.currency, page_language())
        raise RefundError(_("Only %(left)s can still be refunded.") % {"left": shown})
    return left


@transaction.atomic
def ask_refund(
    donation: Donation,
    *,
    amount_minor: int,
    why: str,
    by: User,
    stripe_reason: str = "",
    source: str = Refund.Source.STAFF,
    public_id: str = "",
    request: HttpRequest | None = None,
) -> Refund:
    """Have the worker refund a part of a donation, or all; above a limit it first waits for a second person.

    The same `public_id`, which a form carries, asks once however often it is sent. Raises `RefundError`.
    """
    donation = _lock(donation)
    known: Refund | None = donation.refunds.filter(public_id=public_id).first() if public_id else None
    if known:
        return known
    if not why.strip():
        raise RefundError(_("Please say why."))
    left = check_refund(donation, amount_minor)
    waits = needs_second_person(donation, amount_minor, left, by=by)
    refund = Refund(
        donation=donation,
        amount_minor=amount_minor,
        currency=left.currency,
        status=Status.WAITING if waits else Status.APPROVED,
        source=source,
        stripe_reason=stripe_reason,
        why=why.strip(),
        requested_by=by,
        next_attempt_at=None if waits else timezone.now(),
    )
    if public_id:
        refund.public_id = public_id
    refund.save(force_insert=True)
    record("refund.asked", target=refund, actor=by, why=refund.why, request=request, detail=_detail(refund))
    if waits:
        alert("alert-refund-waiting", cause=f"refund-waiting:{refund.pk}", subject_id=refund.pk)
    return refund


def needs_second_person(donation: Donation, amount_minor: int, left: Refundable, *, by: User) -> bool:
    """Whether another person has to approve: what one person refunds of a gift counts together, cut small or not."""
    alone = donation.refunds.filter(requested_by=by, approved_by=None, status__in=Refund.AT_STRIPE | Refund.ASKED)
    before: int = alone.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return before + amount_minor >= left.second_person_from_minor


@transaction.atomic
def approve_refund(refund: Refund, *, by: User, request: HttpRequest | None = None) -> Refund:
    """Let a refund go that somebody else asked for. Raises `RefundError`."""
    refund = _lock_waiting(refund, by)
    _check_bank(refund.donation)
    if refundable(refund.donation).left_minor < 0:
        raise RefundError(_("Meanwhile other refunds were made: so much is not left any more."))
    refund.status, refund.approved_by, refund.next_attempt_at = Status.APPROVED, by, timezone.now()
    refund.save(update_fields=["status", "approved_by", "next_attempt_at"])
    record("refund.approved", target=refund, actor=by, request=request, detail=_detail(refund))
    promise_donor(refund)
    return refund


@transaction.atomic
def decline_refund(refund: Refund, *, by: User, why: str, request: HttpRequest | None = None) -> Refund:
    """Say no to a refund that somebody else asked for; a donor's request is open again. Raises `RefundError`."""
    refund = _lock_waiting(refund, by)
    if not why.strip():
        raise RefundError(_("Please say why."))
    refund.status, refund.approved_by, refund.reason = Status.DECLINED, by, why.strip()
    refund.save(update_fields=["status", "approved_by", "reason"])
    record("refund.declined", target=refund, actor=by, why=why, request=request, detail=_detail(refund))
    _open_request_again(refund)
    return refund


@transaction.atomic
def try_refund_again(refund: Refund, *, by: User, why: str, request: HttpRequest | None = None) -> Refund:
    """Have the worker ask Stripe once more for a refund that was set aside. Raises `RefundError`."""
    _lock(refund.donation)
    refund = Refund.objects.select_for_update(of=["self"]).get(pk=refund.pk)
    if refund.status != Status.APPROVED or refund.shelved_at is None:
        raise RefundError(_("This refund is not set aside."))
    refund.requeue()
    record("refund.tried-again", target=refund, actor=by, why=why, request=request)
    return refund


@transaction.atomic
def call_off(refund: Refund, *, by: User, why: str, request: HttpRequest | None = None) -> Refund:
    """End a refund that Stripe has not made; ask Stripe first (`refunds_at_stripe.call_off_refund`)."""
    _lock(refund.donation)
    refund = Refund.objects.select_for_update(of=["self"]).get(pk=refund.pk)
    if refund.status not in Refund.ASKED:
        raise RefundError(_("This refund has ended, or is at Stripe already."))
    if refund.leased_until is not None and refund.leased_until > timezone.now():
        raise RefundError(_("Stripe is being asked for this refund just now. Please look again in a minute."))
    if not why.strip():
        raise RefundError(_("Please say why."))
    refund.done(status=Status.CANCELED, shelved_at=None, reason=why.strip())
    record("refund.called-off", target=refund, actor=by, why=why, request=request, detail=_detail(refund))
    _open_request_again(refund)
    return refund


def promise_donor(refund: Refund) -> None:
    """Tell a donor who asked for it that the refund was granted, once nobody has to approve it any more."""
    if refund.status == Status.APPROVED and refund.source == Refund.Source.DONOR:
        outbox.add(
            "refund-granted",
            cause=f"refund-granted:{refund.pk}",
            subject_id=refund.pk,
            language=refund.donation.language,
        )


def _open_request_again(refund: Refund) -> None:
    """A donor who asked for it still waits for an answer."""
    RefundRequest.objects.filter(refund=refund).update(
        status=RefundRequest.Status.OPEN, refund=None, decided_at=None, decided_by=None, answer=""
    )


def _check_bank(donation: Donation) -> None:
    if donation.disputes.filter(status__in=HELD_BY_THE_BANK).exists():
        raise RefundError(_("The donor’s bank has disputed this gift: while it holds the money, none can be refunded."))


def _lock(donation: Donation) -> Donation:
    return Donation.objects.select_for_update(of=["self"]).get(pk=donation.pk)


def _lock_waiting(refund: Refund, by: User) -> Refund:
    _lock(refund.donation)
    refund = Refund.objects.select_for_update(of=["self"]).select_related("donation").get(pk=refund.pk)
    if refund.status != Status.WAITING:
        raise RefundError(_("This refund does not wait for a second person any more."))
    if refund.requested_by_id == by.pk:
        raise RefundError(_("You asked for this refund: another person has to decide."))
    if not by.has_perm("donations.approve_refund"):
        raise RefundError(_("You may not approve refunds."))
    return refund


def _detail(refund: Refund) -> dict[str, object]:
    return {
        "donation": refund.donation.public_id,
        "amount_minor": refund.amount_minor,
        "currency": refund.currency,
        "status": refund.status,
    }
