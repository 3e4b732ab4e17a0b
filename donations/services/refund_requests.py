"""A donor asks for a gift back; staff grant it, through the same refund as any other, or decline with an answer."""

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.post import outbox
from blueheart.post.alerts import alert
from blueheart.trail.record import record
from donations.models import Donation, Refund, RefundRequest
from donations.services.refunds import RefundError, ask_refund, check_refund, promise_donor

Status = RefundRequest.Status


@transaction.atomic
def ask_for_refund_by_donor(donation: Donation, *, amount_minor: int, words: str) -> RefundRequest:
    """Keep a donor's wish to have a gift back, and have both sides told. Safe to call twice.

    A request that is still open is returned as it is. Raises `RefundError`, in the visitor's language.
    """
    donation = Donation.objects.select_for_update(of=["self"]).get(pk=donation.pk)
    known = donation.refund_requests.filter(status=Status.OPEN).first()
    if known:
        return known
    if donation.status != Donation.Status.SUCCEEDED:
        raise RefundError(_("This gift cannot be given back: it was never collected."))
    check_refund(donation, amount_minor)
    wish = RefundRequest.objects.create(donation=donation, amount_minor=amount_minor, words=words.strip()[:1000])
    record("refund-request.made", target=wish, detail={"donation": donation.public_id, "amount_minor": amount_minor})
    outbox.add("refund-asked", cause=f"refund-asked:{wish.pk}", subject_id=wish.pk, language=donation.language)
    alert("alert-refund-request", cause=f"refund-request:{wish.pk}", subject_id=wish.pk)
    return wish


@transaction.atomic
def grant_request(
    wish: RefundRequest,
    *,
    by: User,
    amount_minor: int | None = None,
    answer: str = "",
    stripe_reason: str = Refund.Reason.REQUESTED_BY_CUSTOMER,
    request: HttpRequest | None = None,
) -> Refund:
    """Refund what the donor asked for, or a part; the donor hears of it once nobody else has to approve.

    Raises `RefundError`.
    """
    wish = _lock_open(wish)
    refund = ask_refund(
        wish.donation,
        amount_minor=wish.amount_minor if amount_minor is None else amount_minor,
        why=f"the donor’s request {wish.pk}",
        by=by,
        stripe_reason=stripe_reason,
        source=Refund.Source.DONOR,
        request=request,
    )
    _decide(wish, Status.GRANTED, by=by, answer=answer, refund=refund)
    record("refund-request.granted", target=wish, actor=by, request=request, detail={"refund": refund.public_id})
    promise_donor(refund)
    return refund


@transaction.atomic
def decline_request(wish: RefundRequest, *, by: User, answer: str, request: HttpRequest | None = None) -> RefundRequest:
    """Say no to a donor, and why: the answer is mailed. Raises `RefundError`."""
    wish = _lock_open(wish)
    if not answer.strip():
        raise RefundError(_("Please write an answer: it is mailed to the donor."))
    _decide(wish, Status.DECLINED, by=by, answer=answer)
    record("refund-request.declined", target=wish, actor=by, request=request)
    outbox.add(
        "refund-declined", cause=f"refund-declined:{wish.pk}", subject_id=wish.pk, language=wish.donation.language
    )
    return wish


def _lock_open(wish: RefundRequest) -> RefundRequest:
    Donation.objects.select_for_update(of=["self"]).get(pk=wish.donation_id)
    wish = RefundRequest.objects.select_for_update(of=["self"]).select_related("donation").get(pk=wish.pk)
    if wish.status != Status.OPEN:
        raise RefundError(_("This request was decided already."))
    return wish


def _decide(wish: RefundRequest, status: str, *, by: User, answer: str, refund: Refund | None = None) -> None:
    wish.status, wish.decided_by, wish.decided_at = status, by, timezone.now()
    wish.answer, wish.refund = answer.strip(), refund
    wish.save(update_fields=["status", "decided_by", "decided_at", "answer", "refund"])
