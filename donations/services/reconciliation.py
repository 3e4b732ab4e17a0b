"""The books beside Stripe's own list of what moved: what is missing here, missing there, or different (I13).

Each Stripe balance transaction is written anew from what Stripe says today, by the formula that wrote it then, and
held against the stored entries. Day by day (UTC), so that memory holds one day's movements and no more.

Not compared: the last minutes, for a payment is collected first and booked when its event comes. Under way, and no
finding: a payment whose donation is processing (bank debits take days), and what belongs to no gift until the payout
that takes it along has been read.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import TypeVar

from django.db.models import Min, QuerySet
from django.utils import timezone

from donations import gateway, ledger
from donations.gateway import BalanceTransaction, Movement
from donations.ledger import Posting
from donations.models import (
    Account,
    Donation,
    LedgerEntry,
    LedgerTransaction,
    Payout,
    PayoutLine,
    ReconciliationFinding,
    ReconciliationRun,
    StripeEvent,
)
from donations.services.payouts import belongs_to_no_gift

Kind = ReconciliationFinding.Kind
Purpose = LedgerTransaction.Purpose

SETTLING = dt.timedelta(minutes=15)
LONGEST_PROCESSING = dt.timedelta(days=14)  # bank debits: https://docs.stripe.com/payments/bank-debits
DEFAULT_DAYS = 7
DAY = dt.timedelta(days=1)
LONGEST_LIST = 1000  # of findings that are kept, of each kind
LOOKED_UP = 100  # of those that only we have, asked for one by one
LISTED_AT_ONCE = 500
MOMENT = "%Y-%m-%d %H:%M:%S UTC"

# What may be booked of a movement, by Stripe's reporting category; all else is an adjustment of Stripe's.
PURPOSES: dict[str, tuple[str, ...]] = {
    "charge": (Purpose.DONATION, Purpose.SUSPENSE),
    "refund": (Purpose.REFUND,),
    "partial_capture_reversal": (Purpose.REFUND,),
    "refund_failure": (Purpose.REFUND_FAILURE,),
    "dispute": (Purpose.DISPUTE,),
    "dispute_reversal": (Purpose.DISPUTE_REVERSAL,),
    "payout": (Purpose.PAYOUT,),
    "payout_reversal": (Purpose.PAYOUT_FAILURE,),
    "fee": (Purpose.STRIPE_FEE,),
    "network_cost": (Purpose.STRIPE_FEE,),
    "tax": (Purpose.STRIPE_FEE,),
}
OTHER_SIDES = {
    Purpose.DONATION: Account.DONATION_INCOME,
    Purpose.SUSPENSE: Account.SUSPENSE,
    Purpose.REFUND: Account.REFUNDS,
    Purpose.REFUND_FAILURE: Account.REFUNDS,
    Purpose.DISPUTE: Account.DISPUTES,
    Purpose.DISPUTE_REVERSAL: Account.DISPUTES,
    Purpose.PAYOUT: Account.BANK,
    Purpose.PAYOUT_FAILURE: Account.BANK,
    Purpose.STRIPE_ADJUSTMENT: Account.ADJUSTMENTS,
}
OF_GIFTS = frozenset(
    {Purpose.DONATION, Purpose.REFUND, Purpose.REFUND_FAILURE, Purpose.DISPUTE, Purpose.DISPUTE_REVERSAL}
)


@dataclass
class Booked:
    """What the books hold of one balance transaction."""

    transaction_id: int
    purpose: str
    donation_id: int | None
    exchange_rate: Decimal | None
    happened_at: dt.datetime
    postings: list[Posting] = field(default_factory=list)


T = TypeVar("T")
Books = dict[str, list[Booked]]
Report = Callable[[ReconciliationFinding], None]


def reconcile(
    *, since: dt.datetime | None = None, until: dt.datetime | None = None, report: Report | None = None
) -> ReconciliationRun:
    """Compare what Stripe says it moved from `since` on and before `until` with the books, and keep what was found.

    By default of the last seven days, up to a quarter of an hour ago. Changes nothing else; safe to run at any time,
    twice at once too. Where Stripe cannot be asked, the run says so in `failure`.
    """
    until = until or timezone.now() - SETTLING
    since = since or until - DEFAULT_DAYS * DAY
    run = ReconciliationRun.objects.create(since=since, until=until)
    comparison = _Comparison(run, report)
    try:
        for begin, end in days(since, until):
            comparison.compare_day(begin, end)
        comparison.compare_payouts()
    except gateway.GatewayError as error:
        run.failure = str(error)
    run.ended_at = timezone.now()
    run.save()
    return run


def reconcile_all(*, until: dt.datetime | None = None, report: Report | None = None) -> ReconciliationRun:
    """The same from the first posting on that Stripe caused."""
    booked = LedgerTransaction.objects.exclude(stripe_balance_transaction_id=None)
    first = booked.aggregate(at=Min("happened_at"))["at"]
    return reconcile(since=first, until=until, report=report)


def days(since: dt.datetime, until: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """The days (UTC) from `since` to `until`, newest first; the ends may be parts of a day."""
    end = until.astimezone(dt.UTC)
    while end > since:
        midnight = (end - dt.timedelta(microseconds=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        begin = max(midnight, since.astimezone(dt.UTC))
        yield begin, end
        end = begin


class _Comparison:
    """One run: counts, and findings that are stored as they are found."""

    def __init__(self, run: ReconciliationRun, report: Report | None) -> None:
        self.run, self.report = run, report
        self.looked_up = 0

    def compare_day(self, since: dt.datetime, until: dt.datetime) -> None:
        # Ours first: what is booked meanwhile is then at Stripe for sure, and is looked for again below.
        books = booked_between(since, until)
        strangers: list[Movement] = []
        for movement in gateway.movements(since, until):
            booked = books.pop(movement.moved.balance_transaction_id, None)
            self.run.compared += 1
            if booked is None:
                strangers.append(movement)
            else:
                self._compare(movement, booked)
        for chunk in _chunks(strangers):
            self._compare_strangers(chunk)
        for balance_transaction_id, booked in books.items():
            self._missing_there(balance_transaction_id, booked[0])

    def compare_payouts(self) -> None:
        since, until = self.run.since, self.run.until
        ours = Payout.objects.filter(created_at__gte=since, created_at__lt=until)
        unseen = {payout.stripe_payout_id: payout for payout in ours}
        for seen in gateway.payouts_since(since):
            if seen.created_at < until:
                self._compare_payout(seen, unseen.pop(seen.payout_id, None))
        for payout in unseen.values():
            said = f"payout of {payout.amount_minor} {payout.currency}"
            self._found(Kind.MISSING_THERE, payout.stripe_payout_id, said)

    def _compare_strangers(self, strangers: Iterable[Movement]) -> None:
        """Movements that no posting of that day names: booked as of another day, under way, or missing."""
        ids = [movement.moved.balance_transaction_id for movement in strangers]
        elsewhere = _books(LedgerTransaction.objects.filter(stripe_balance_transaction_id__in=ids))
        paid_out = set(
            PayoutLine.objects.filter(stripe_balance_transaction_id__in=ids).values_list(
                "stripe_balance_transaction_id", flat=True
            )
        )
        for movement in strangers:
            balance_transaction_id = movement.moved.balance_transaction_id
            if balance_transaction_id in elsewhere:
                self._compare(movement, elsewhere[balance_transaction_id])
            else:
                self._missing_here(movement, is_paid_out=balance_transaction_id in paid_out)

    def _compare(self, movement: Movement, booked: list[Booked]) -> None:
        said = difference(movement, booked)
        if said:
            self._found(Kind.DIFFERENT, movement.moved.balance_transaction_id, said, booked[0].donation_id)

    def _missing_here(self, movement: Movement, *, is_paid_out: bool) -> None:
        payment = movement.source.payment_intent_id if movement.source else ""
        donation = Donation.objects.filter(stripe_payment_intent_id=payment).first() if payment else None
        moved = movement.moved
        if _is_under_way(moved, donation) or (belongs_to_no_gift(moved) and not is_paid_out):
            self.run.waiting += 1
            return
        whose = f"; the donation is {donation.status}" if donation else "; no donation of ours"
        said = f"{moved.category} of {moved.source_id or 'Stripe'}, {_gross(moved)}{whose}"
        self._found(Kind.MISSING_HERE, moved.balance_transaction_id, said, donation.pk if donation else None)

    def _missing_there(self, balance_transaction_id: str, booked: Booked) -> None:
        said = f"booked as {booked.purpose} in transaction {booked.transaction_id}"
        self.looked_up += 1
        if self.looked_up <= LOOKED_UP:
            try:
                moved = gateway.retrieve_balance_transaction(balance_transaction_id)
            except gateway.GatewayMissingError:
                pass
            else:
                # Within the run it is compared on its own day.
                if not self.run.since <= moved.created_at < self.run.until:
                    said += f"; Stripe has it as of {moved.created_at:{MOMENT}}"
                    self._found(Kind.DIFFERENT, balance_transaction_id, said, booked.donation_id)
                return
        self._found(Kind.MISSING_THERE, balance_transaction_id, said, booked.donation_id)

    def _compare_payout(self, seen: gateway.Payout, payout: Payout | None) -> None:
        self.run.compared += 1
        said = f"payout of {seen.amount_minor} {seen.currency}, {seen.status}"
        if payout is None:
            self._found(Kind.MISSING_HERE, seen.payout_id, said)
        elif (payout.amount_minor, payout.currency) != (seen.amount_minor, seen.currency):
            self._found(Kind.DIFFERENT, seen.payout_id, f"{said}; ours: {payout.amount_minor} {payout.currency}")
        elif payout.status != seen.status and not _is_heard_of(seen.payout_id):
            self._found(Kind.DIFFERENT, seen.payout_id, f"{said}; ours is {payout.status}")

    def _found(self, kind: Kind, stripe_id: str, what: str, donation_id: int | None = None) -> None:
        name = kind.value.replace("-", "_")
        count = getattr(self.run, name) + 1
        setattr(self.run, name, count)
        finding = ReconciliationFinding(
            run=self.run, kind=kind, stripe_id=stripe_id, what=what, donation_id=donation_id
        )
        if count <= LONGEST_LIST:
            finding.save()
        if self.report:
            self.report(finding)


def booked_between(since: dt.datetime, until: dt.datetime) -> Books:
    """What Stripe moved then, by balance transaction, as the books hold it."""
    # Nothing is posted before the day it happened on: the index of days leaves the past out.
    return _books(
        LedgerTransaction.objects.exclude(stripe_balance_transaction_id=None).filter(
            posted_on__gte=since.astimezone(dt.UTC).date(), happened_at__gte=since, happened_at__lt=until
        )
    )


def difference(movement: Movement, booked: list[Booked]) -> str:
    """How what is booked differs from what Stripe says today; empty where it does not."""
    if len(booked) > 1:
        return f"booked {len(booked)} times, in transactions {', '.join(str(each.transaction_id) for each in booked)}"
    moved, [ours] = movement.moved, booked
    allowed = PURPOSES.get(moved.category, (Purpose.STRIPE_ADJUSTMENT,))
    if ours.purpose not in allowed:
        return f"{moved.category}, booked as {ours.purpose} in transaction {ours.transaction_id}"
    if moved.amount_minor - moved.fee_minor != moved.net_minor:
        return f"{_gross(moved)} do not add up; {_as_booked(ours)}"
    if sorted(expected(movement, ours)) != sorted(ours.postings):
        return f"{_gross(moved)}{_given(movement)}; {_as_booked(ours)}"
    if _rounded(moved.exchange_rate) != _rounded(ours.exchange_rate):
        return f"exchanged at {moved.exchange_rate}; transaction {ours.transaction_id} says {ours.exchange_rate}"
    if moved.created_at != ours.happened_at:
        return f"of {moved.created_at:{MOMENT}}; transaction {ours.transaction_id} says {ours.happened_at:{MOMENT}}"
    return ""


def expected(movement: Movement, ours: Booked) -> list[Posting]:
    """The entries that Stripe's words of today make, on the other side that the posting is about.

    Empty where no entries can be made of them.
    """
    moved, source = movement.moved, movement.source
    if ours.purpose == Purpose.STRIPE_FEE:
        return ledger.fee_postings(moved)
    amount_minor, currency = moved.amount_minor, moved.currency
    if source and source.currency != moved.currency and amount_minor:
        amount_minor = source.amount_minor if amount_minor > 0 else -source.amount_minor
        currency = source.currency
    is_dispute = ours.purpose in (Purpose.DISPUTE, Purpose.DISPUTE_REVERSAL)
    fees = Account.DISPUTE_FEES if is_dispute else Account.PROCESSING_FEES
    account = OTHER_SIDES[Purpose(ours.purpose)]
    if ours.purpose in OF_GIFTS and any(side == Account.SUSPENSE for side, _currency, _amount in ours.postings):
        account = Account.SUSPENSE
    try:
        return ledger.stripe_postings(account, amount_minor, currency, moved, fees=fees)
    except ledger.UnbalancedError:
        return []


def _books(transactions: QuerySet[LedgerTransaction]) -> Books:
    rows = transactions.order_by().only(
        "stripe_balance_transaction_id", "purpose", "donation_id", "exchange_rate", "happened_at"
    )
    books: Books = {}
    for chunk in _chunks(rows.iterator()):
        booked = {row.pk: _booked(row) for row in chunk}
        # By keys and not by a join: right after a great load the planner takes these tables for empty.
        for entry in LedgerEntry.objects.filter(transaction_id__in=booked).order_by():
            booked[entry.transaction_id].postings.append((Account(entry.account), entry.currency, entry.amount_minor))
        for row in chunk:
            books.setdefault(str(row.stripe_balance_transaction_id), []).append(booked[row.pk])
    return books


def _booked(row: LedgerTransaction) -> Booked:
    return Booked(row.pk, row.purpose, row.donation_id, row.exchange_rate, row.happened_at)


def _chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(rows)
    while chunk := list(islice(rest, LISTED_AT_ONCE)):
        yield chunk


def _is_under_way(moved: BalanceTransaction, donation: Donation | None) -> bool:
    return (
        donation is not None
        and donation.status == Donation.Status.PROCESSING
        and moved.created_at > timezone.now() - LONGEST_PROCESSING
    )


def _is_heard_of(stripe_object_id: str) -> bool:
    """Whether an event about the object is here and waits for the worker."""
    due = StripeEvent.objects.filter(status=StripeEvent.Status.RECEIVED)
    return due.filter(stripe_object_id=stripe_object_id).exists()


def _rounded(rate: Decimal | None) -> Decimal | None:
    """A rate to as many decimals as the books keep."""
    return None if rate is None else rate.quantize(Decimal("1e-10"))


def _gross(moved: BalanceTransaction) -> str:
    return f"gross {moved.amount_minor}, fee {moved.fee_minor}, net {moved.net_minor} {moved.currency}"


def _given(movement: Movement) -> str:
    source = movement.source
    if source is None or source.currency == movement.moved.currency:
        return ""
    return f" for {source.amount_minor} {source.currency}"


def _as_booked(ours: Booked) -> str:
    entries = ", ".join(f"{account} {amount:+d} {currency}" for account, currency, amount in ours.postings)
    return f"transaction {ours.transaction_id} holds {entries}"
