"""The mails about promised gifts: what is due soon, what is overdue, what was received, and what staff are told."""

from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from blueheart.days import utc_today
from blueheart.languages import page_language
from blueheart.money import format_amount
from blueheart.post.alerts import to_staff
from blueheart.post.letters import Letter, letter
from blueheart.post.models import Message
from donations.models import Contributor, Instalment, PromisePayment


@letter("instalment-due")
def instalment_due(message: Message) -> Letter | None:
    """Remind of an instalment to come; nothing where it was paid or put on another day since."""
    instalment = _still_so(message)
    return _of(instalment) if instalment and instalment.due_on >= utc_today() else None


@letter("instalment-overdue")
def instalment_overdue(message: Message) -> Letter | None:
    """Ask for an instalment that has not come; as above."""
    instalment = _still_so(message)
    return _of(instalment) if instalment and instalment.due_on < utc_today() else None


@letter("promise-payment-received")
def payment_received(message: Message) -> Letter | None:
    """Thank for a payment and say what it settled, unless it was reversed since."""
    payment = PromisePayment.objects.select_related("contributor").get(pk=message.subject_id)
    if payment.status != PromisePayment.Status.BOOKED:
        return None
    parts = payment.parts.select_related("instalment__promised_gift").order_by("pk")
    return _to(
        payment.contributor,
        payment=payment,
        amount=_amount(payment.amount_minor, payment.currency),
        settled=[_settled(part.instalment, part.amount_minor) for part in parts if part.instalment],
        beyond=[_amount(part.amount_minor, payment.currency) for part in parts if part.instalment is None],
        outstanding=_outstanding(payment.contributor),
    )


@letter("alert-instalment-overdue")
def instalment_is_overdue(message: Message) -> Letter | None:
    """Tell staff of an instalment that has not come, while it has not."""
    instalment = _still_so(message)
    if instalment is None or instalment.due_on >= utc_today():
        return None
    promise = instalment.promised_gift
    said = [
        promise.contributor.name_in(page_language()),
        _("Instalment %(number)s of %(promise)s was due on %(day)s. %(amount)s of it is outstanding.")
        % {
            "number": instalment.number,
            "promise": promise.public_id,
            "day": date_format(instalment.due_on),
            "amount": _amount(instalment.outstanding_minor, promise.currency),
        },
    ]
    return to_staff(message, promise, _("An instalment is overdue"), said)


def _still_so(message: Message) -> Instalment | None:
    """The instalment, if it is still due on the day that the cause names and something of it is still to come."""
    rows = Instalment.objects.outstanding().select_related("promised_gift__contributor")
    instalment = rows.filter(pk=message.subject_id).first()
    named = f":{message.subject_id}:{instalment.due_on:%Y%m%d}:" if instalment else ""
    return instalment if instalment and named in message.cause else None


def _of(instalment: Instalment) -> Letter | None:
    promise = instalment.promised_gift
    return _to(
        promise.contributor,
        instalment=instalment,
        promise=promise,
        amount=_amount(instalment.outstanding_minor, promise.currency),
        is_part=instalment.outstanding_minor < instalment.amount_minor,
    )


def _settled(instalment: Instalment, amount_minor: int) -> dict[str, Any]:
    return {
        "amount": _amount(amount_minor, instalment.promised_gift.currency),
        "number": instalment.number,
        "reference": instalment.promised_gift.public_id,
        "due_on": instalment.due_on,
    }


def _outstanding(contributor: Contributor) -> list[str]:
    """What is still to come of all its promises, one amount per currency."""
    sums: dict[str, int] = {}
    rows = Instalment.objects.outstanding().filter(promised_gift__contributor=contributor)
    for row in rows.select_related("promised_gift"):
        currency = row.promised_gift.currency
        sums[currency] = sums.get(currency, 0) + row.outstanding_minor
    return [_amount(amount_minor, currency) for currency, amount_minor in sorted(sums.items())]


def _to(contributor: Contributor, **more: Any) -> Letter | None:
    """To the contributor's contact, if there is one."""
    if not contributor.contact_email:
        return None
    reference = contributor.transfer_references.first()
    context = {
        "contributor": contributor.name_in(page_language()),
        "contact": contributor.contact_name,
        "transfer_reference": reference.reference if reference else "",
        **more,
    }
    return Letter(to=contributor.contact_email, context=context)


def _amount(amount_minor: int, currency: str) -> str:
    return format_amount(amount_minor, currency, page_language())
