"""What contributors pay on what they promised: suggested, recorded, reversed. Each act is booked with it.

Locks: the contributor, then promises, then instalments by number.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.money import CURRENCIES, LARGEST_MINOR
from blueheart.post import outbox
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from donations import days, ledger
from donations.exchange_rates import exchanged
from donations.models import Contributor, Instalment, LedgerTransaction, PaymentPart, PromisePayment
from donations.services.promised_gifts import lock_contributor, lock_instalments, settle_status

Status = PromisePayment.Status
# What two posts of one form have in common.
SAID = ("contributor_id", "method", "amount_minor", "currency", "received_on", "reference")


class PaymentError(RefusedError):
    """It cannot be done so; the message says why, in the reader's language."""


class Settles(NamedTuple):
    """What a payment counts for in the currency of what was promised, where it came in another one."""

    amount_minor: int
    currency: str


@dataclass(frozen=True)
class Allocation:
    """A part of a payment for one instalment, or beyond the promises.

    `received_minor` is in the payment's currency, `amount_minor` what it settles, in the promise's.
    """

    instalment: Instalment | None
    received_minor: int
    amount_minor: int


def outstanding_of(contributor: Contributor) -> list[Instalment]:
    """What is still to come of a contributor's promises, in the order in which payments settle it."""
    rows = Instalment.objects.outstanding().filter(promised_gift__contributor=contributor)
    return list(rows.select_related("promised_gift").order_by("due_on", "promised_gift_id", "number"))


def suggest_allocation(
    contributor: Contributor, amount_minor: int, currency: str, on: dt.date, *, settles: Settles | None = None
) -> list[Allocation]:
    """What a payment settles: the oldest instalments first, and what is left over goes beyond the promises.

    Promises in the payment's own currency come first. Where none of them is outstanding, those in the currency of the
    oldest instalment are settled: by what staff state, or else at the UN rate of the day. Raises `PaymentError`
    without such a rate.
    """
    _check_amount(amount_minor, currency)
    rows = outstanding_of(contributor)
    settles = what_settles(contributor, amount_minor, currency, on, settles=settles)
    settled = _oldest_first([row for row in rows if row.promised_gift.currency == settles.currency], settles)
    return divided(settled, amount_minor, settles.amount_minor)


def what_settles(
    contributor: Contributor, amount_minor: int, currency: str, on: dt.date, *, settles: Settles | None = None
) -> Settles:
    """What a payment counts for, and in which currency of the promises. Raises `PaymentError`."""
    if settles is None or settles.currency == currency:
        return _settled_by(amount_minor, currency, on, outstanding_of(contributor))
    if settles.amount_minor < 1:
        raise PaymentError(_("Please state what the payment settles."))
    return settles


@transaction.atomic
def record_payment(
    *,
    contributor: Contributor,
    method: str,
    amount_minor: int,
    currency: str,
    received_on: dt.date,
    by: AbstractBaseUser,
    allocations: Sequence[Allocation] | None = None,
    settles: Settles | None = None,
    reference: str = "",
    note: str = "",
    form_token: uuid.UUID | None = None,
    request: HttpRequest | None = None,
) -> PromisePayment:
    """Record money of a contributor with what it settles, book it, and have the contributor thanked.

    Without `allocations` it settles what `suggest_allocation` says; with them, what they leave over goes beyond the
    promises. The same `form_token` records it once. Raises `PaymentError`.
    """
    contributor = lock_contributor(contributor.pk)
    payment = PromisePayment(
        contributor=contributor,
        method=method,
        amount_minor=amount_minor,
        currency=currency,
        received_on=received_on,
        reference=reference.strip()[:140],
        note=note.strip(),
        recorded_by_id=by.pk,
        form_token=form_token,
    )
    if known := _made_by(payment):
        return known
    _check_amount(amount_minor, currency)
    if method not in dict(PromisePayment.Method.offline_money()):
        raise PaymentError(_("Contributors pay by bank, cheque or cash."))
    if fault := days.fault_of(received_on):
        raise PaymentError(fault)
    if allocations is None:
        allocations = suggest_allocation(contributor, amount_minor, currency, received_on, settles=settles)
    parts = _checked(contributor, amount_minor, currency, allocations)
    payment.save(force_insert=True)
    for part in parts:
        part.payment = payment
        part.save(force_insert=True)
    ledger.post_promise_payment(payment, parts, by=by)
    _settle(parts, sign=1)
    record("promise-payment.recorded", target=payment, actor=by, request=request, detail=_detail(payment))
    outbox.add(
        "promise-payment-received",
        cause=f"promise-payment-received:{payment.pk}",
        subject_id=payment.pk,
        language=contributor.language,
    )
    return payment


@transaction.atomic
def reverse_payment(
    payment: PromisePayment, *, by: AbstractBaseUser, why: str, request: HttpRequest | None = None
) -> PromisePayment:
    """Take a payment back by its contrary of today; what it settled is outstanding again. Safe to call twice.

    Raises `PaymentError`.
    """
    lock_contributor(payment.contributor_id)
    payment = PromisePayment.objects.select_for_update(of=["self"]).get(pk=payment.pk)
    if payment.status == Status.REVERSED:
        return payment
    if not why.strip():
        raise PaymentError(_("Please say why."))
    parts = list(payment.parts.select_related("instalment"))
    instalments = [part.instalment for part in parts if part.instalment]
    locked = {row.pk: row for row in lock_instalments({row.promised_gift_id for row in instalments})}
    for part in parts:
        part.instalment = locked[part.instalment_id] if part.instalment_id else None
    payment.status, payment.reversed_at = Status.REVERSED, timezone.now()
    payment.save(update_fields=["status", "reversed_at"])
    booked = payment.ledger_transactions.get(purpose=LedgerTransaction.Purpose.PROMISE_PAYMENT)
    ledger.reverse_record(booked, by=by, why=why.strip())
    _settle(parts, sign=-1)
    record(
        "promise-payment.reversed", target=payment, actor=by, why=why.strip(), request=request, detail=_detail(payment)
    )
    return payment


def is_matched(payment: PromisePayment) -> bool:
    """Whether a line of a bank statement says that it came; one query."""
    return payment.bank_matches.standing().exists()


def _made_by(payment: PromisePayment) -> PromisePayment | None:
    """The payment that the same form made already. Raises `PaymentError` where that was another one."""
    known = PromisePayment.objects.filter(form_token=payment.form_token).first() if payment.form_token else None
    if known and any(getattr(known, name) != getattr(payment, name) for name in SAID):
        raise PaymentError(_("This form has recorded another payment already. Please open it again."))
    return known


def _settled_by(amount_minor: int, currency: str, on: dt.date, rows: Sequence[Instalment]) -> Settles:
    """What the payment counts for, where staff state nothing."""
    if not rows or any(row.promised_gift.currency == currency for row in rows):
        return Settles(amount_minor, currency)
    promised = rows[0].promised_gift.currency
    converted = exchanged(amount_minor, currency, promised, on)
    if converted is None:
        raise PaymentError(
            _("There is no UN rate from %(currency)s to %(promised)s for this day. Please state what it settles.")
            % {"currency": currency, "promised": promised}
        )
    if not converted:
        raise PaymentError(_("Please state what the payment settles."))
    return Settles(converted, promised)


def _oldest_first(rows: Iterable[Instalment], settles: Settles) -> list[tuple[Instalment, int]]:
    left, settled = settles.amount_minor, []
    for row in rows:
        part = min(left, row.outstanding_minor)
        if part:
            settled.append((row, part))
        left -= part
    return settled


def divided(settled: Sequence[tuple[Instalment, int]], received_minor: int, settles_minor: int) -> list[Allocation]:
    """What was received, divided in the proportion of what is settled; what goes beyond the promises gets the rest.

    Raises `PaymentError` where more is settled than the payment counts for.
    """
    if sum(amount_minor for _row, amount_minor in settled) > settles_minor:
        raise PaymentError(_("More is settled than was received."))
    found: list[Allocation] = []
    given = so_far = 0
    for row, amount_minor in settled:
        so_far += amount_minor
        part = received_minor * so_far // settles_minor - given
        given += part
        found.append(Allocation(row, part, amount_minor))
    if received_minor - given:
        found.append(Allocation(None, received_minor - given, received_minor - given))
    return found


def _checked(
    contributor: Contributor, received_minor: int, currency: str, allocations: Sequence[Allocation]
) -> list[PaymentPart]:
    """The parts of a payment, on instalments that are locked. Raises `PaymentError`."""
    wanted = [each for each in allocations if each.instalment is not None]
    ids = {each.instalment.promised_gift_id for each in wanted if each.instalment}
    locked = {row.pk: row for row in lock_instalments(ids) if row.promised_gift.contributor_id == contributor.pk}
    parts = [_part(locked.get(each.instalment.pk), each, currency) for each in wanted if each.instalment]
    if len({part.instalment_id for part in parts}) < len(parts):
        raise PaymentError(_("An instalment is named twice."))
    beyond = received_minor - sum(part.received_minor for part in parts)
    if beyond < 0:
        raise PaymentError(_("More is settled than was received."))
    if beyond:
        parts.append(PaymentPart(instalment=None, received_minor=beyond, amount_minor=beyond))
    return parts


def _part(row: Instalment | None, given: Allocation, currency: str) -> PaymentPart:
    if row is None:
        raise PaymentError(_("This instalment is another contributor’s."))
    if given.received_minor < 1 or given.amount_minor < 1:
        raise PaymentError(_("A part of the payment comes to nothing. Please divide it differently."))
    if row.promised_gift.currency == currency and given.received_minor != given.amount_minor:
        raise PaymentError(_("What is received in the currency of the promise settles just that."))
    if given.amount_minor > row.outstanding_minor:
        raise PaymentError(
            _("More would be settled of instalment %(number)s than is outstanding.") % {"number": row.number}
        )
    return PaymentPart(instalment=row, received_minor=given.received_minor, amount_minor=given.amount_minor)


def _settle(parts: Iterable[PaymentPart], *, sign: int) -> None:
    """Write down what was paid of the locked instalments, and what that makes of their promises."""
    promises = {}
    for part in parts:
        if part.instalment:
            part.instalment.paid_minor += sign * part.amount_minor
            part.instalment.save(update_fields=["paid_minor"])
            promises[part.instalment.promised_gift_id] = part.instalment.promised_gift
    for promise in promises.values():
        settle_status(promise)


def _check_amount(amount_minor: int, currency: str) -> None:
    if currency not in CURRENCIES or not 0 < amount_minor <= LARGEST_MINOR:
        raise PaymentError(_("This is no amount that can be paid in %(currency)s.") % {"currency": currency})


def _detail(payment: PromisePayment) -> dict[str, Any]:
    return {"amount_minor": payment.amount_minor, "currency": payment.currency, "status": payment.status}
