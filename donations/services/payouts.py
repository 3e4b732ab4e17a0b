"""Payouts: money on its way to our bank, and what each consists of. https://docs.stripe.com/payouts

A payout is reconciled when its lines add up to its amount, and every one of them is in the books.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from blueheart.post.alerts import alert
from donations import gateway, ledger
from donations.gateway import BalanceTransaction
from donations.models import LedgerTransaction, Payout, PayoutLine
from donations.services.payments import OddAnswerError, is_posted

Status = Payout.Status
# Stripe's reporting categories of what belongs to no gift.
FEES = frozenset({"fee", "network_cost", "tax"})
ADJUSTMENTS = frozenset({"other_adjustment", "topup", "topup_reversal", "risk_reserved_funds"})
LISTED = 20


class NotReconciledError(Exception):
    """A payout that does not add up, or pays out what the books do not know; the message says what is off."""


@dataclass(frozen=True)
class SeenPayout:
    """A payout as Stripe shows it; its lines once Stripe has put them together, else None."""

    payout: gateway.Payout
    lines: tuple[BalanceTransaction, ...] | None

    @property
    def unbooked(self) -> list[BalanceTransaction]:
        """The lines that the books do not hold, fees and adjustments of no gift left out; one query."""
        lines = [line for line in self.lines or () if not belongs_to_no_gift(line)]
        ids = [line.balance_transaction_id for line in lines]
        booked = set(
            LedgerTransaction.objects.filter(stripe_balance_transaction_id__in=ids).values_list(
                "stripe_balance_transaction_id", flat=True
            )
        )
        return [line for line in lines if line.balance_transaction_id not in booked]


def look_at_payout(payout_id: str) -> SeenPayout:
    """Ask Stripe about a payout, and about its lines where they are complete. Raises `GatewayError`."""
    payout = gateway.retrieve_payout(payout_id)
    is_complete = payout.is_automatic and payout.is_reconciled
    return SeenPayout(payout, tuple(gateway.payout_lines(payout_id)) if is_complete else None)


@transaction.atomic
def book_payout(seen: gateway.Payout) -> Payout:
    """Bring a payout to where Stripe says it is; any number of times, at any moment. Raises `OddAnswerError`."""
    if seen.status not in Status.values:
        raise OddAnswerError(f"payout {seen.payout_id} is {seen.status}, which we have no word for")
    payout = _lock(seen)
    if payout.status_as_of < seen.as_of:
        payout.status, payout.status_as_of = seen.status, seen.as_of
        payout.failure_code, payout.arrives_on = seen.failure_code[:80], seen.arrives_on
        payout.save(update_fields=["status", "status_as_of", "failure_code", "arrives_on"])
    if seen.moved and not is_posted(seen.moved.balance_transaction_id):
        ledger.post_payout(payout, seen.moved)
    if seen.moved_back and not is_posted(seen.moved_back.balance_transaction_id):
        ledger.post_payout(payout, seen.moved_back, came_back=True)
    if payout.status == Status.FAILED:
        alert("alert-payout-failed", cause=f"payout-failed:{payout.pk}", subject_id=payout.pk)
    return payout


@transaction.atomic
def reconcile_payout(seen: SeenPayout) -> Payout:
    """Keep the lines of a payout, book those that belong to no gift, and hold the payout for reconciled.

    Safe to call twice. Raises `NotReconciledError` where the lines do not add up (I7), and where one is a movement
    that is in no book yet: then the lines are not kept, and the next try begins anew.
    """
    payout = _lock(seen.payout)
    if seen.lines is None or payout.reconciled_at is not None:
        return payout
    _check_sum(seen.payout, seen.lines)
    _keep(payout, seen.lines)
    for line in seen.lines:
        if belongs_to_no_gift(line) and not is_posted(line.balance_transaction_id):
            ledger.post_other(line, is_fee=line.category in FEES)
    missing = [f"{line.balance_transaction_id} ({line.category} of {line.source_id or 'nothing'})"
               for line in seen.unbooked]  # fmt: skip
    if missing:
        raise NotReconciledError(f"it pays out what the books do not hold: {', '.join(missing[:LISTED])}")
    payout.reconciled_at = timezone.now()
    payout.save(update_fields=["reconciled_at"])
    return payout


def failures() -> QuerySet[Payout]:
    """Payouts that did not arrive, as long as none in their currency has arrived since."""
    later = Payout.objects.filter(
        currency=OuterRef("currency"), status=Status.PAID, created_at__gt=OuterRef("created_at")
    )
    return Payout.objects.filter(~Exists(later), status=Status.FAILED)


def belongs_to_no_gift(line: BalanceTransaction) -> bool:
    """Whether it is a fee or an adjustment of the whole account."""
    return line.category in FEES | ADJUSTMENTS


def _lock(seen: gateway.Payout) -> Payout:
    payouts = Payout.objects.select_for_update(of=["self"])
    payout, _created = payouts.get_or_create(
        stripe_payout_id=seen.payout_id,
        defaults={
            "amount_minor": seen.amount_minor,
            "currency": seen.currency,
            "status": seen.status,
            "status_as_of": seen.as_of,
            "is_automatic": seen.is_automatic,
            "arrives_on": seen.arrives_on,
            "created_at": seen.created_at,
            "failure_code": seen.failure_code[:80],
        },
    )
    return payout


def _check_sum(payout: gateway.Payout, lines: tuple[BalanceTransaction, ...]) -> None:
    total = sum(line.net_minor for line in lines)
    if total != payout.amount_minor or any(line.currency != payout.currency for line in lines):
        raise NotReconciledError(
            f"its {len(lines)} lines add up to {total} {payout.currency}, not to {payout.amount_minor}"
        )


def _keep(payout: Payout, lines: tuple[BalanceTransaction, ...]) -> None:
    """Each line once. Raises `NotReconciledError` where another payout has one of them already."""
    ids = [line.balance_transaction_id for line in lines]
    elsewhere = PayoutLine.objects.filter(stripe_balance_transaction_id__in=ids).exclude(payout=payout).first()
    if elsewhere:
        raise NotReconciledError(f"{elsewhere} is paid out by {elsewhere.payout} already")
    kept = set(payout.lines.values_list("stripe_balance_transaction_id", flat=True))
    PayoutLine.objects.bulk_create(
        PayoutLine(
            payout=payout,
            stripe_balance_transaction_id=line.balance_transaction_id,
            kind=line.category,
            currency=line.currency,
            amount_minor=line.amount_minor,
            fee_minor=line.fee_minor,
            net_minor=line.net_minor,
        )
        for line in lines
        if line.balance_transaction_id not in kept
    )
