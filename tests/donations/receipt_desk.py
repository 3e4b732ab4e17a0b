"""Gifts, refunds and the receipts job, without Stripe."""

import datetime as dt

from django.db import transaction

from donations import ledger
from donations.models import Dispute, Receipt, ReceiptOrder, Refund
from donations.services import receipts
from tests.donations.factories import NOW, balance_transaction, donation


@transaction.atomic
def gift(*, order=True, fee_minor=103, **changes):
    """A donation as fulfilment leaves it: booked, with its receipt ordered."""
    given = donation("succeeded", **{"receipt_name": "Dora Donor"} | changes)
    moved = balance_transaction(given.amount_minor, given.currency, fee_minor)
    ledger.post_donation(given, moved)
    if order:
        order_receipt(given)
    return given


def order_receipt(given, cause="", **changes):
    cause = cause or f"donation:{given.pk}"
    return ReceiptOrder.objects.create(donation=given, cause=cause, **changes)


def refund(given, amount_minor, status=Refund.Status.SUCCEEDED):
    """A refund by Stripe's dashboard, and the order that the booking of it leaves."""
    made = Refund.objects.create(
        donation=given,
        amount_minor=amount_minor,
        currency=given.currency,
        status=status,
        source=Refund.Source.STRIPE,
        stripe_refund_id=f"re_{given.pk}_{given.refunds.count()}",
        succeeded_at=NOW + dt.timedelta(days=1),
        next_attempt_at=None,
    )
    order_receipt(given, f"refund:{made.pk}:{status}")
    return made


def refund_fails(made):
    made.status = Refund.Status.FAILED
    made.save(update_fields=["status"])
    order_receipt(made.donation, f"refund:{made.pk}:failed")


def dispute_is_lost(given):
    Dispute.objects.create(
        stripe_dispute_id=f"du_{given.pk}",
        donation=given,
        amount_minor=given.amount_minor,
        currency=given.currency,
        status=Dispute.Status.LOST,
        status_as_of=NOW,
        opened_at=NOW,
        closed_at=NOW + dt.timedelta(days=9),
    )
    order_receipt(given, f"dispute:{given.pk}:lost")


def issue():
    """The receipts job, until nothing is due."""
    while receipts.issue_due():
        pass


def issued(**changes):
    """A gift with its receipt."""
    given = gift(**changes)
    issue()
    return Receipt.objects.get(donation=given)
