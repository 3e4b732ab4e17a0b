"""The mails to donors about money that goes back."""

from typing import Any

from django.urls import reverse

from blueheart.languages import page_language
from blueheart.money import format_amount
from blueheart.post.letters import Letter, letter, site_url
from blueheart.post.models import Message
from donations.models import Donation, Refund, RefundRequest

Status = Refund.Status
UNDER_WAY = Refund.AT_STRIPE | {Status.APPROVED}


@letter("refund-asked")
def refund_asked(message: Message) -> Letter | None:
    """Confirm that a request has arrived, while it is open."""
    wish = _wish(message)
    return _of_wish(wish) if wish.status == RefundRequest.Status.OPEN else None


@letter("refund-declined")
def refund_declined(message: Message) -> Letter | None:
    """Say no, with the answer that staff wrote."""
    wish = _wish(message)
    return _of_wish(wish, answer=wish.answer) if wish.status == RefundRequest.Status.DECLINED else None


@letter("refund-granted")
def refund_granted(message: Message) -> Letter | None:
    """Say yes, unless the refund was called off since."""
    refund = _refund(message)
    if refund.status not in UNDER_WAY:
        return None
    wish = RefundRequest.objects.filter(refund=refund).first()
    return _of_refund(refund, answer=wish.answer if wish else "")


@letter("refund-made")
def refund_made(message: Message) -> Letter | None:
    """Say that the money is on its way, unless it came back meanwhile."""
    refund = _refund(message)
    return _of_refund(refund) if refund.status == Status.SUCCEEDED else None


@letter("refund-failed")
def refund_failed(message: Message) -> Letter | None:
    """Say that the money did not arrive."""
    refund = _refund(message)
    return _of_refund(refund, was_called_off=refund.status == Status.CANCELED)


def _wish(message: Message) -> RefundRequest:
    return RefundRequest.objects.select_related("donation__donor", "donation__campaign").get(pk=message.subject_id)


def _refund(message: Message) -> Refund:
    found: Refund = Refund.objects.select_related("donation__donor", "donation__campaign").get(pk=message.subject_id)
    return found


def _of_wish(wish: RefundRequest, **more: Any) -> Letter | None:
    return _letter(wish.donation, wish.amount_minor, wish.donation.currency, **more)


def _of_refund(refund: Refund, **more: Any) -> Letter | None:
    is_gift = refund.donation.status == Donation.Status.SUCCEEDED
    is_part = is_gift and refund.amount_minor < refund.donation.amount_minor
    return _letter(refund.donation, refund.amount_minor, refund.currency, is_gift=is_gift, is_part=is_part, **more)


def _letter(gift: Donation, amount_minor: int, currency: str, **more: Any) -> Letter | None:
    """Nobody is written to whose address was erased."""
    if not gift.donor.email:
        return None
    context = {
        "gift": gift,
        "amount_minor": amount_minor,
        "currency": currency,
        "amount": format_amount(amount_minor, currency, page_language()),
        "giving_url": site_url(reverse("donations:giving")),
        **more,
    }
    return Letter(to=gift.donor.email, context=context)
