"""Issuing receipts, one after the other: their numbers have no gap, whatever fails and however many work at it.

A number is drawn under the lock of who issues it, in the transaction that writes the receipt; a roll-back takes both
back. That is why receipts wait for a job of their own: no gift that is being booked stands in that queue.
"""

import datetime as dt
import logging

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from blueheart.post import outbox
from blueheart.post.alerts import alert
from blueheart.postgresql.durable import insist
from donations.models import Donation, GivingCurrency, LegalEntity, Receipt, ReceiptOrder, ReceiptSeries
from donations.receipts.numbers import number_of
from donations.receipts.snapshot import Standing, local_day, standing_of, take_snapshot

logger = logging.getLogger(__name__)

Reason = Receipt.VoidReason
REVERSED = {
    Donation.ReversedFor.BOUNCED.value: Reason.BOUNCED,
    Donation.ReversedFor.MISTAKE.value: Reason.MISTAKE,
    Donation.ReversedFor.SENT_BACK.value: Reason.REFUNDED,
}


class NoEntityError(LookupError):
    """Nobody is set to issue receipts: staff have to choose a legal entity in the admin."""


def issue_due(*, limit: int = 20) -> int:
    """Bring the receipts of the orders that are due up to date, and return how many orders were taken up."""
    orders = ReceiptOrder.objects.claim(limit=limit)
    for order in orders:
        if order.begin():
            _carry_out(order)
    return len(orders)


def _carry_out(order: ReceiptOrder) -> None:
    try:
        with transaction.atomic():
            claimed = order.lock_claimed()
            if claimed is not None:
                bring_up_to_date(claimed)
                claimed.done()
    except (OperationalError, InterfaceError):
        raise
    except NoEntityError as error:
        _set_back(order, str(error))
    except Exception as error:  # an order that breaks us must not stop the others
        logger.exception("the receipt for %s cannot be issued", order.cause)
        # Its kind only: the database's words repeat the row, and the name in it.
        _set_back(order, f"{type(error).__name__} while it was issued")


def _set_back(order: ReceiptOrder, reason: str) -> None:
    with transaction.atomic():
        claimed = order.lock_claimed()
        if claimed is not None:
            claimed.retry(reason)


@transaction.atomic
def bring_up_to_date(order: ReceiptOrder) -> Receipt | None:
    """Let the donation's one valid receipt say what remains of it, and return it; None where nothing remains.

    Issues the first one, with the mail of thanks; voids one that says another amount, and issues what replaces it;
    voids that of a gift that staff took back, and tells the donor. Safe to call twice. Raises `NoEntityError`.
    """
    donation = Donation.objects.select_for_update(of=["self"]).get(pk=order.donation_id)
    last = donation.receipts.select_for_update().order_by("-pk").first()
    if donation.status == Donation.Status.REVERSED:
        _take_back(donation, last)
        return None
    if donation.status != Donation.Status.SUCCEEDED:
        return None
    standing = standing_of(donation)
    if last is not None and last.voided_at is None:
        if last.amount_minor == standing.net_minor:
            return last
        _void(last, _why_void(last, standing))
    receipt = _issue(donation, standing, booked_at=order.created_at, last=last) if standing.net_minor else None
    _promise_mail(donation, receipt, is_first=last is None)
    return receipt


@transaction.atomic
def forget_outlived() -> int:
    """Take the words, names included, out of receipts that the law no longer wants kept; returns how many."""
    return Receipt.objects.outlived().update(snapshot={})


def _take_back(donation: Donation, last: Receipt | None) -> None:
    if last is not None and last.voided_at is None:
        _void(last, REVERSED.get(donation.reversed_for, Reason.MISTAKE))
        cause = f"receipt-voided:{last.pk}"
        outbox.add("receipt-voided", cause=cause, subject_id=last.pk, language=last.language)


def _void(receipt: Receipt, why: Receipt.VoidReason) -> None:
    receipt.voided_at = timezone.now()
    receipt.void_reason = why
    receipt.save(update_fields=["voided_at", "void_reason"])


def _why_void(receipt: Receipt, standing: Standing) -> Receipt.VoidReason:
    if standing.net_minor > receipt.amount_minor:
        return Reason.REFUND_FAILED
    if standing.disputed_minor > receipt.snapshot.get("disputed_minor", 0):
        return Reason.DISPUTED
    return Reason.PARTLY_REFUNDED if standing.net_minor else Reason.REFUNDED


def _issue(donation: Donation, standing: Standing, *, booked_at: dt.datetime, last: Receipt | None) -> Receipt:
    insist()  # a number that a donor holds in the hand is never drawn again
    entity = _lock_entity(last)
    issued_at = timezone.now()
    series = _draw(entity, booked_at)
    number = number_of(entity.code, series.year, series.last_sequence)
    snapshot = take_snapshot(donation, standing, entity, number=number, issued_at=issued_at, replaces=last)
    return Receipt.objects.create(
        entity=entity,
        year=series.year,
        sequence=series.last_sequence,
        number=number,
        donation=donation,
        amount_minor=standing.net_minor,
        currency=donation.currency,
        language=donation.language,
        snapshot=snapshot.stored(),
        issued_at=issued_at,
        kept_until=dt.date(series.year + entity.keeps_years, 12, 31),
        replaces=last,
    )


def _lock_entity(last: Receipt | None) -> LegalEntity:
    """Who issues the receipt, locked against all others who would draw a number of theirs."""
    entities = LegalEntity.objects.select_for_update(no_key=True)
    entity = entities.filter(pk=last.entity_id).first() if last else entities.filter(is_default=True).first()
    if entity is None:
        raise NoEntityError("no legal entity is set to issue receipts")
    return entity


def _draw(entity: LegalEntity, booked_at: dt.datetime) -> ReceiptSeries:
    """The next number of the year of the booking; of the year of the last one where that is later.

    On New Year's Eve a gift may be booked last year, and its receipt be issued when this year's series has begun.
    """
    latest = entity.series.order_by("-year").first()
    year = local_day(booked_at, entity).year
    if latest is None or latest.year < year:
        latest = ReceiptSeries(entity=entity, year=year)
    latest.last_sequence += 1
    latest.save()
    return latest


def _promise_mail(donation: Donation, receipt: Receipt | None, *, is_first: bool) -> None:
    if is_first:
        _tell_of_big(donation)
        cause = f"donation-received:{donation.pk}"
        outbox.add("donation-received", cause=cause, subject_id=donation.pk, language=donation.language)
    elif receipt is not None:
        cause = f"receipt-reissued:{receipt.pk}"
        outbox.add("receipt-reissued", cause=cause, subject_id=receipt.pk, language=receipt.language)


def _tell_of_big(donation: Donation) -> None:
    """Staff may want to thank in person; from which amount on, they say per currency."""
    rules = GivingCurrency.objects.filter(currency=donation.currency, notice_from_minor__lte=donation.amount_minor)
    if rules.exists():
        alert("alert-big-gift", cause=f"alert-big-gift:{donation.pk}", subject_id=donation.pk)
