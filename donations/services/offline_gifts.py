"""Gifts that Stripe never sees: recorded by staff with a receipt and books like any other, and reversed by them."""

import datetime as dt
import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from blueheart.money import CURRENCIES
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from campaigns.models import Campaign
from donations import days, ledger
from donations.models import Donation, Donor, Interval, LedgerTransaction, PublicName
from donations.services.donors import find_or_make_donor
from donations.services.fulfilment import order_receipt

__all__ = ["OfflineGiftError", "find_or_make_donor", "record_gift_of", "record_offline_gift", "reverse_offline_gift"]

Method, ReversedFor, Status = Donation.Method, Donation.ReversedFor, Donation.Status
# What two posts of one form have in common.
SAID = (
    "donor_id", "amount_minor", "currency", "method", "in_kind", "offline_reference", "campaign_id", "receipt_name",
)  # fmt: skip


class OfflineGiftError(RefusedError):
    """It cannot be recorded or reversed so; the message says why, in the reader's language."""


@transaction.atomic
def record_offline_gift(
    *,
    donor: Donor,
    amount_minor: int,
    currency: str,
    method: str,
    received_on: dt.date,
    by: AbstractBaseUser,
    campaign: Campaign | None = None,
    in_kind: str = "",
    reference: str = "",
    receipt_name: str = "",
    public_name: str = "",
    public_name_kind: str = PublicName.ANONYMOUS,
    is_amount_shown: bool = False,
    is_16_or_older: bool = False,
    form_token: uuid.UUID | None = None,
    request: HttpRequest | None = None,
) -> Donation:
    """Record a gift by bank, cheque, cash or in kind, with its posting, and order its receipt.

    `amount_minor` of a gift in kind is its fair value, and `in_kind` says what was given. A `form_token` makes one gift
    however often the form is sent. Raises `OfflineGiftError`.
    """
    gift = Donation(
        donor=donor,
        campaign=campaign,
        amount_minor=amount_minor,
        currency=currency,
        method=method,
        interval=Interval.ONCE,
        in_kind=in_kind.strip(),
        offline_reference=reference.strip(),
        receipt_name=receipt_name or donor.name,
        public_name=public_name,
        public_name_kind=public_name_kind,
        is_amount_shown=is_amount_shown,
        is_16_or_older=is_16_or_older,
        language=donor.language,
        status=Status.SUCCEEDED,
        succeeded_at=ledger.noon_of(received_on),
        recorded_by_id=by.pk,
        form_token=form_token,
    )
    known = _made_by(gift)
    if known:
        return known
    _check(gift, received_on)
    try:
        with transaction.atomic():
            gift.save(force_insert=True)
    except IntegrityError:
        known = _made_by(gift)  # another post of the form was faster
        if known is None:
            raise
        return known
    ledger.post_offline_donation(gift, by=by)
    order_receipt(gift, cause=f"donation:{gift.pk}")
    record("donation.recorded", target=gift, actor=by, request=request, detail=_detail(gift))
    return gift


@transaction.atomic
def record_gift_of(
    donor: Donor | None, *, email: str, name: str, language: str, form_token: uuid.UUID, **gift: Any
) -> Donation:
    """Record a gift of a donor, or of the one of this address, or of somebody new; `gift` as `record_offline_gift`.

    Where that is refused nobody new stays, and a form sent twice makes one donor. Raises `OfflineGiftError`.
    """
    if donor is None:
        known = Donation.objects.filter(form_token=form_token).select_related("donor").first()
        is_same = known and known.donor.email.casefold() == email.casefold()
        donor = known.donor if known and is_same else find_or_make_donor(email=email, name=name, language=language)
    return record_offline_gift(donor=donor, form_token=form_token, **gift)


@transaction.atomic
def reverse_offline_gift(
    donation: Donation,
    *,
    by: AbstractBaseUser,
    why: str,
    reversed_for: str = ReversedFor.MISTAKE,
    request: HttpRequest | None = None,
) -> Donation:
    """Take a recorded gift back out of the books by a posting of today, and have its receipt voided.

    `why` stays with the posting and names nobody; `reversed_for` is what the donor is told. Safe to call twice. Raises
    `OfflineGiftError`.
    """
    donation = Donation.objects.select_for_update(of=["self"]).get(pk=donation.pk)
    if donation.status == Status.REVERSED:
        return donation
    if not donation.is_offline:
        raise OfflineGiftError(_("This gift came through Stripe: refund it instead."))
    if not why.strip():
        raise OfflineGiftError(_("Please say why."))
    booked = donation.ledger_transactions.get(purpose=LedgerTransaction.Purpose.DONATION)
    donation.status, donation.reason = Status.REVERSED, why.strip()
    donation.reversed_for = ReversedFor(reversed_for)
    donation.save(update_fields=["status", "reason", "reversed_for"])
    ledger.reverse_record(booked, by=by, why=donation.reason)
    order_receipt(donation, cause=f"reversal:{donation.pk}")
    detail = _detail(donation) | {"reversed_for": donation.reversed_for}
    record("donation.reversed", target=donation, actor=by, why=donation.reason, request=request, detail=detail)
    return donation


def _made_by(gift: Donation) -> Donation | None:
    """The gift that the same form made already. Raises `OfflineGiftError` where that was another one."""
    known = Donation.objects.filter(form_token=gift.form_token).first() if gift.form_token else None
    if known and any(getattr(known, name) != getattr(gift, name) for name in SAID):
        raise OfflineGiftError(_("This form has recorded another gift already. Please open it again."))
    return known


def _check(gift: Donation, received_on: dt.date) -> None:
    if gift.method not in Method.values or not gift.is_offline:
        raise OfflineGiftError(_("Staff record gifts by bank, cheque, cash or in kind."))
    if gift.amount_minor < 1 or gift.currency not in CURRENCIES:
        raise OfflineGiftError(_("This is no amount of a gift."))
    if fault := days.fault_of(received_on):
        raise OfflineGiftError(fault)
    if gift.is_in_kind != bool(gift.in_kind):
        raise OfflineGiftError(_("Of a gift in kind, and only of one, say what was given."))
    if gift.donor.erased_at:
        raise OfflineGiftError(_("This donor was erased. Please record the gift for a new one."))


def _detail(gift: Donation) -> dict[str, Any]:
    return {"method": gift.method, "amount_minor": gift.amount_minor, "currency": gift.currency}
