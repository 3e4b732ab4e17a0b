"""Grants out: proposed, signed by two persons, paid, and what came back. Each payment is booked in its transaction.

All gifts go into one Fund: nothing here knows which gift paid for which grant.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.languages import DEFAULT_LANGUAGE, countries, page_language
from blueheart.money import CURRENCIES, format_amount
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from donations import days, ledger
from donations.models import Account, Grant, GrantPayment, LedgerEntry, LedgerTransaction, Organisation

Status = Grant.Status
Kind = GrantPayment.Kind
SIGN = "donations.sign_grant"
# What two posts of one form have in common.
PROPOSED = ("organisation_id", "country", "purpose", "amount_minor", "currency", "starts_on", "ends_on")
MOVED = ("grant_id", "kind", "amount_minor", "moved_minor", "moved_currency", "happened_on", "reference")


class GrantError(RefusedError):
    """It cannot be done so; the message says why, in the reader's language."""


@dataclass(frozen=True)
class GrantMoney:
    """What became of a grant's money so far, in minor units of its currency."""

    granted_minor: int
    paid_minor: int
    returned_minor: int

    @property
    def kept_minor(self) -> int:
        """What the organisation has, or has used."""
        return self.paid_minor - self.returned_minor

    @property
    def left_minor(self) -> int:
        """What may still be paid."""
        return self.granted_minor - self.kept_minor


def money_of(grant: Grant) -> GrantMoney:
    """What was paid and what came back, as booked; one query."""
    sums = grant.payments.filter(status=GrantPayment.Status.BOOKED).aggregate(
        paid=Sum("amount_minor", filter=Q(kind=Kind.PAID), default=0),
        returned=Sum("amount_minor", filter=Q(kind=Kind.RETURNED), default=0),
    )
    return GrantMoney(grant.amount_minor, sums["paid"], sums["returned"])


def bank_balance_minor(currency: str) -> int:
    """What the bank holds in this currency, by the books."""
    sums = LedgerEntry.objects.filter(account=Account.BANK, currency=currency).aggregate(
        sum=Sum("amount_minor", default=0)
    )
    balance: int = sums["sum"]
    return balance


@transaction.atomic
def propose_grant(
    *,
    organisation: Organisation,
    purpose: str,
    amount_minor: int,
    currency: str,
    starts_on: dt.date,
    ends_on: dt.date,
    by: User,
    country: str = "",
    language: str = DEFAULT_LANGUAGE,
    why: str = "",
    form_token: uuid.UUID | None = None,
    request: HttpRequest | None = None,
) -> Grant:
    """Put a grant before the two persons who sign; the same `form_token` proposes once. Raises `GrantError`.

    `country` is where the work is done (ISO 3166-1), the organisation's own without one.
    """
    country = country or organisation.country
    if country not in dict(countries(DEFAULT_LANGUAGE)):
        raise GrantError(_("We do not know the country %(country)s.") % {"country": country})
    _check_amount(amount_minor, currency)
    if ends_on < starts_on:
        raise GrantError(_("A grant cannot end before it begins."))
    if not purpose.strip():
        raise GrantError(_("Please say what the grant is for."))
    grant = Grant(
        organisation=organisation, country=country, purpose=purpose.strip(), language=language,
        amount_minor=amount_minor, currency=currency, starts_on=starts_on, ends_on=ends_on,
        proposed_by=by, why=why.strip(), form_token=form_token,
    )  # fmt: skip
    try:
        with transaction.atomic():
            grant.save(force_insert=True)
    except IntegrityError as error:
        if form_token is None or "a_form_proposes_one_grant" not in str(error):
            raise
        known = Grant.objects.get(form_token=form_token)
        _check_same(known, grant, PROPOSED)
        return known
    record("grant.proposed", target=grant, actor=by, why=grant.why, request=request, detail=_detail(grant))
    return grant


@transaction.atomic
def sign_grant(grant: Grant, *, by: User, request: HttpRequest | None = None) -> Grant:
    """Put one's name under a grant; the second person's signature approves it. Raises `GrantError`."""
    grant = _lock_proposed(grant, by)
    if grant.first_signed_by_id == by.pk:
        raise GrantError(_("You have signed this grant: now another person has to."))
    if grant.first_signed_by_id is None:
        grant.first_signed_by, grant.first_signed_at = by, timezone.now()
        grant.save(update_fields=["first_signed_by", "first_signed_at"])
        record("grant.signed", target=grant, actor=by, request=request, detail=_detail(grant))
        return grant
    grant.second_signed_by, grant.second_signed_at, grant.status = by, timezone.now(), Status.APPROVED
    grant.save(update_fields=["second_signed_by", "second_signed_at", "status"])
    record("grant.approved", target=grant, actor=by, request=request, detail=_detail(grant))
    return grant


@transaction.atomic
def decline_grant(grant: Grant, *, by: User, why: str, request: HttpRequest | None = None) -> Grant:
    """Say no to a proposal, also to one that somebody has signed. Raises `GrantError`."""
    grant = _lock_proposed(grant, by)
    return _end(grant, Status.DECLINED, "grant.declined", by=by, why=why, request=request)


@transaction.atomic
def close_grant(grant: Grant, *, by: User, why: str, request: HttpRequest | None = None) -> Grant:
    """End a grant: nothing more is paid, though money may still come back. Raises `GrantError`."""
    grant = _lock(grant)
    if grant.status != Status.APPROVED:
        raise GrantError(_("Only an approved grant can be closed."))
    return _end(grant, Status.CLOSED, "grant.closed", by=by, why=why, request=request)


@transaction.atomic
def record_grant_payment(
    grant: Grant,
    *,
    amount_minor: int,
    moved_minor: int,
    moved_currency: str,
    happened_on: dt.date,
    by: User,
    reference: str = "",
    form_token: uuid.UUID | None = None,
    request: HttpRequest | None = None,
) -> GrantPayment:
    """Record and book money of a grant that left our bank; the same `form_token` records once. Raises `GrantError`.

    `amount_minor` counts towards the grant, in its currency; `moved_minor` is what the bank moved.
    """
    grant = _lock(grant)
    payment = GrantPayment(
        grant=grant, kind=Kind.PAID, amount_minor=amount_minor, moved_minor=moved_minor,
        moved_currency=moved_currency, happened_on=happened_on, reference=reference.strip(), form_token=form_token,
    )  # fmt: skip
    if known := _recorded(payment):
        return known
    if grant.status != Status.APPROVED:
        raise GrantError(_("Only an approved grant can be paid: two persons sign first, and a closed one is over."))
    left = money_of(grant).left_minor
    if amount_minor > left:
        raise GrantError(_("Only %(left)s of this grant can still be paid.") % {"left": _shown(left, grant.currency)})
    return _book(payment, "grant.paid", by=by, request=request)


@transaction.atomic
def record_grant_return(
    grant: Grant,
    *,
    amount_minor: int,
    moved_minor: int,
    moved_currency: str,
    happened_on: dt.date,
    by: User,
    why: str,
    reference: str = "",
    form_token: uuid.UUID | None = None,
    request: HttpRequest | None = None,
) -> GrantPayment:
    """Record and book money of a grant that came back to our bank, and why; once per `form_token`.

    It may be paid again as long as the grant is not closed. Raises `GrantError`.
    """
    grant = _lock(grant)
    payment = GrantPayment(
        grant=grant, kind=Kind.RETURNED, amount_minor=amount_minor, moved_minor=moved_minor,
        moved_currency=moved_currency, happened_on=happened_on, reference=reference.strip(), why=why.strip(),
        form_token=form_token,
    )  # fmt: skip
    if known := _recorded(payment):
        return known
    if not why.strip():
        raise GrantError(_("Please say why the money came back."))
    kept = money_of(grant).kept_minor
    if amount_minor > kept:
        raise GrantError(_("No more can come back than was paid: %(kept)s.") % {"kept": _shown(kept, grant.currency)})
    return _book(payment, "grant.returned", by=by, request=request)


@transaction.atomic
def reverse_grant_payment(
    payment: GrantPayment, *, by: User, why: str, request: HttpRequest | None = None
) -> GrantPayment:
    """Take back a payment, or money that came back, which was recorded wrongly; the books keep both.

    Raises `GrantError`, also where the grant's sums would not hold without it.
    """
    grant = _lock(payment.grant)
    payment = GrantPayment.objects.select_for_update(of=["self"]).select_related("grant").get(pk=payment.pk)
    if payment.status != GrantPayment.Status.BOOKED:
        raise GrantError(_("This was reversed before."))
    if not why.strip():
        raise GrantError(_("Please say why."))
    money = money_of(grant)
    if payment.kind == Kind.PAID and payment.amount_minor > money.kept_minor:
        raise GrantError(_("A part of this payment came back: reverse that record first."))
    if payment.kind == Kind.RETURNED and payment.amount_minor > money.left_minor:
        raise GrantError(_("Meanwhile it was paid again: reverse that payment first."))
    payment.status, payment.reversed_at = GrantPayment.Status.REVERSED, timezone.now()
    payment.save(update_fields=["status", "reversed_at"])
    booked = LedgerTransaction.objects.get(grant_payment=payment, reverses=None)
    ledger.reverse_record(booked, by=by, why=why.strip())
    record("grant-payment.reversed", target=payment, actor=by, why=why.strip(), request=request,
           detail=_detail_of_payment(payment))  # fmt: skip
    return payment


def _book(payment: GrantPayment, action: str, *, by: User, request: HttpRequest | None) -> GrantPayment:
    _check_payment(payment)
    payment.recorded_by = by
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
    except IntegrityError as error:
        if "a_form_records_one_grant_payment" not in str(error):
            raise
        raise GrantError(_("This form was sent before, for another grant. Please open it again.")) from error
    ledger.post_grant_payment(payment, by=by)
    record(action, target=payment, actor=by, why=payment.why, request=request, detail=_detail_of_payment(payment))
    return payment


def _check_payment(payment: GrantPayment) -> None:
    currency = payment.grant.currency
    _check_amount(payment.amount_minor, currency)
    _check_amount(payment.moved_minor, payment.moved_currency)
    if payment.moved_currency == currency and payment.moved_minor != payment.amount_minor:
        raise GrantError(_("In one currency both amounts are the same; a fee of the bank’s is booked apart."))
    if fault := days.fault_of(payment.happened_on):
        raise GrantError(fault)


def _check_amount(amount_minor: int, currency: str) -> None:
    if currency not in CURRENCIES:
        raise GrantError(_("We do not know the currency %(currency)s.") % {"currency": currency})
    if amount_minor < 1:
        raise GrantError(_("The amount must be more than nothing."))


def _recorded(payment: GrantPayment) -> GrantPayment | None:
    """What the same form recorded of this grant already. Raises `GrantError` where that was something else."""
    token = payment.form_token
    known = payment.grant.payments.filter(form_token=token).first() if token else None
    if known:
        _check_same(known, payment, MOVED)
    return known


def _check_same(known: Grant | GrantPayment, asked: Grant | GrantPayment, said: tuple[str, ...]) -> None:
    if any(getattr(known, name) != getattr(asked, name) for name in said):
        raise GrantError(_("This form has recorded something else already. Please open it again."))


def _end(grant: Grant, status: str, action: str, *, by: User, why: str, request: HttpRequest | None) -> Grant:
    if not why.strip():
        raise GrantError(_("Please say why."))
    grant.status, grant.reason = status, why.strip()
    grant.save(update_fields=["status", "reason"])
    record(action, target=grant, actor=by, why=grant.reason, request=request, detail=_detail(grant))
    return grant


def _lock(grant: Grant) -> Grant:
    return Grant.objects.select_for_update(of=["self"]).get(pk=grant.pk)


def _lock_proposed(grant: Grant, by: User) -> Grant:
    grant = _lock(grant)
    if grant.status != Status.PROPOSED:
        raise GrantError(_("This grant was decided already."))
    if not by.has_perm(SIGN):
        raise GrantError(_("You may not sign grants."))
    return grant


def _shown(amount_minor: int, currency: str) -> str:
    return format_amount(amount_minor, currency, page_language())


def _detail(grant: Grant) -> dict[str, object]:
    return {
        "grant": grant.public_id,
        "organisation": grant.organisation_id,
        "amount_minor": grant.amount_minor,
        "currency": grant.currency,
        "status": grant.status,
    }


def _detail_of_payment(payment: GrantPayment) -> dict[str, object]:
    return {
        "grant": payment.grant.public_id,
        "kind": payment.kind,
        "amount_minor": payment.amount_minor,
        "currency": payment.grant.currency,
        "moved_minor": payment.moved_minor,
        "moved_currency": payment.moved_currency,
    }
