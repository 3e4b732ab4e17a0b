"""Refunds where Stripe has them: sent by the worker, heard of by events, made by somebody in Stripe's dashboard.

Every look takes in all refunds of a payment: one that failed makes room for the next, whichever we hear of first.
"""

import datetime as dt

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from blueheart.post import outbox
from blueheart.post.alerts import alert
from donations import gateway, ledger
from donations.models import Donation, Refund
from donations.services.fulfilment import order_receipt
from donations.services.payments import NotYetError, OddAnswerError, is_posted, lock_paid_donation
from donations.services.refunds import RefundError, call_off

Status = Refund.Status
WORDS = frozenset({Status.PENDING, Status.REQUIRES_ACTION, Status.SUCCEEDED, Status.FAILED, Status.CANCELED})
CAME_BACK = frozenset({Status.FAILED, Status.CANCELED})


def look_at_refunds(payment_intent_id: str) -> list[gateway.Refund]:
    """Ask Stripe for all refunds of a payment. Raises `GatewayError`."""
    return gateway.refunds_of(payment_intent_id)


@transaction.atomic
def book_refunds(payment_intent_id: str, seen: list[gateway.Refund]) -> Donation:
    """Bring the refunds of a donation to where Stripe says they are; any number of times, at any moment.

    Raises `UnknownDonationError` `NotYetError` `OddAnswerError` `UnbalancedError`.
    """
    donation = lock_paid_donation(payment_intent_id)
    for each in sorted(seen, key=lambda refund: (refund.status not in CAME_BACK, refund.created_at)):
        _book(donation, each)
    return donation


def send_refunds(*, limit: int = 20) -> int:
    """Ask Stripe for the refunds that are due and return how many were taken up."""
    refunds = Refund.objects.claim(limit=limit)
    for refund in refunds:
        if refund.begin():
            _send(refund)
    return len(refunds)


def call_off_refund(refund: Refund, *, by: User, why: str, request: HttpRequest | None = None) -> Refund:
    """End a refund that waits or was set aside, after a look whether Stripe has made it all the same.

    Raises `RefundError`, and `GatewayError` where Stripe cannot be asked: then nothing has changed.
    """
    if refund.status == Status.APPROVED:
        payment_intent_id = str(refund.donation.stripe_payment_intent_id)
        seen = look_at_refunds(payment_intent_id)
        if _of(refund, seen):
            book_refunds(payment_intent_id, seen)
            raise RefundError(_("Stripe has made this refund meanwhile; it is booked."))
    return call_off(refund, by=by, why=why, request=request)


def _send(refund: Refund) -> None:
    """One try. An earlier one may have reached Stripe without our hearing of it: we look before we ask again."""
    payment_intent_id = str(Donation.objects.get(pk=refund.donation_id).stripe_payment_intent_id)
    try:
        seen = look_at_refunds(payment_intent_id)
        if not _of(refund, seen):
            seen = [*seen, _create(refund, payment_intent_id)]
    except gateway.GatewayRefusedError as error:
        _set_aside(refund, f"Stripe refuses it: {error}", refusals=1)
    except gateway.GatewayError as error:
        _set_back(refund, f"Stripe cannot be asked: {error}")
    else:
        _book_sent(refund, payment_intent_id, seen)


def _book_sent(refund: Refund, payment_intent_id: str, seen: list[gateway.Refund]) -> None:
    try:
        book_refunds(payment_intent_id, seen)
    except (NotYetError, OddAnswerError, ledger.UnbalancedError) as error:
        _set_aside(refund, f"Stripe has it, but it cannot be booked: {error}")
    else:
        _set_aside(refund, "Stripe has a refund with this reference that is another one")


def _create(refund: Refund, payment_intent_id: str) -> gateway.Refund:
    # Stripe repeats a refusal under the key that it was given for.
    suffix = f"-{refund.refusals}" if refund.refusals else ""
    return gateway.create_refund(
        payment_intent_id=payment_intent_id,
        amount_minor=refund.amount_minor,
        refund=refund.public_id,
        reason=refund.stripe_reason,
        idempotency_key=f"refund-{refund.public_id}{suffix}",
    )


def _set_back(refund: Refund, reason: str) -> None:
    """Try again later; set it aside after many tries."""
    with transaction.atomic():
        row = _lock_claimed(refund)
        if row:
            row.retry(reason)
            _alert_of_shelved(row)


def _set_aside(refund: Refund, reason: str, *, refusals: int = 0) -> None:
    """Leave it to a person, unless it has ended meanwhile."""
    with transaction.atomic():
        row = _lock_claimed(refund)
        if row:
            row.refusals += refusals
            row.save(update_fields=["refusals"])
            row.shelve(reason)
            _alert_of_shelved(row)


def _lock_claimed(refund: Refund) -> Refund | None:
    Donation.objects.select_for_update(of=["self"]).get(pk=refund.donation_id)
    return refund.lock_claimed()


def _alert_of_shelved(row: Refund) -> None:
    if row.shelved_at:
        moment = int(row.shelved_at.timestamp())
        alert("alert-refund-stuck", cause=f"refund-shelved:{row.pk}:{moment}", subject_id=row.pk)


def _of(refund: Refund, seen: list[gateway.Refund]) -> bool:
    return any(each.refund == refund.public_id for each in seen)


def _book(donation: Donation, seen: gateway.Refund) -> None:
    if seen.status not in WORDS:
        raise OddAnswerError(f"refund {seen.refund_id} is {seen.status}, which we have no word for")
    refund = _ours(donation, seen)
    before = refund.status if refund else None
    if refund is None:
        refund = _made_elsewhere(donation, seen)
    elif refund.may_become(seen.status):
        _move(refund, seen)
    _post(refund, seen)
    if refund.status != before:
        _tell(donation, refund)


def _ours(donation: Donation, seen: gateway.Refund) -> Refund | None:
    """The row of a refund, locked; found by our mark where its answer got lost."""
    refunds = donation.refunds.select_for_update(of=["self"])
    known = refunds.filter(stripe_refund_id=seen.refund_id).first()
    if known or not seen.refund:
        return known
    return refunds.filter(
        public_id=seen.refund, stripe_refund_id=None, status=Status.APPROVED,
        amount_minor=seen.amount_minor, currency=seen.currency,
    ).first()  # fmt: skip


def _made_elsewhere(donation: Donation, seen: gateway.Refund) -> Refund:
    return Refund.objects.create(
        donation=donation,
        amount_minor=seen.amount_minor,
        currency=seen.currency,
        status=seen.status,
        source=Refund.Source.STRIPE,
        stripe_reason=seen.reason[:40],
        failure_code=seen.failure_code[:80],
        stripe_refund_id=seen.refund_id,
        created_at=seen.created_at,
        succeeded_at=_succeeded_at(seen),
        next_attempt_at=None,
    )


def _move(refund: Refund, seen: gateway.Refund) -> None:
    refund.done(
        status=seen.status,
        stripe_refund_id=seen.refund_id,
        failure_code=seen.failure_code[:80],
        succeeded_at=refund.succeeded_at or _succeeded_at(seen),
        shelved_at=None,
    )


def _succeeded_at(seen: gateway.Refund) -> dt.datetime | None:
    if seen.status != Status.SUCCEEDED:
        return None
    return seen.moved.created_at if seen.moved else seen.created_at


def _post(refund: Refund, seen: gateway.Refund) -> None:
    if seen.moved and not is_posted(seen.moved.balance_transaction_id):
        ledger.post_refund(refund, seen.moved)
    if seen.moved_back and not is_posted(seen.moved_back.balance_transaction_id):
        ledger.post_refund(refund, seen.moved_back, came_back=True)


def _tell(donation: Donation, refund: Refund) -> None:
    """Those whom the new state concerns: the receipt, the donor once it is sure, staff where it came back."""
    if donation.status == Donation.Status.SUCCEEDED:
        order_receipt(donation, cause=f"refund:{refund.pk}:{refund.status}")
    if refund.status == Status.SUCCEEDED:
        _mail(donation, refund, "refund-made")
    if refund.status in CAME_BACK:
        _mail(donation, refund, "refund-failed")
        alert("alert-refund-stuck", cause=f"refund-came-back:{refund.pk}", subject_id=refund.pk)


def _mail(donation: Donation, refund: Refund, kind: str) -> None:
    outbox.add(kind, cause=f"{kind}:{refund.pk}", subject_id=refund.pk, language=donation.language)
