"""Acts on money look at the right of who does them themselves, whatever page or job they are called from."""

import pytest
from django.db import transaction

from donations import ledger
from donations.models import GivingCurrency
from donations.services.refunds import RefundError, approve_refund, ask_refund, decline_refund
from tests.donations.factories import balance_transaction, donation
from tests.donations.money_desk import ada, member


@pytest.fixture
def refund(db):
    """A refund that waits for a second person."""
    GivingCurrency.objects.filter(currency="USD").update(second_person_from_minor=0)
    gift = donation("succeeded")
    with transaction.atomic():
        ledger.post_donation(gift, balance_transaction())
    return ask_refund(gift, amount_minor=1000, why="given twice", by=ada())


def test_who_may_not_approve_refunds_neither_approves_nor_declines_one(refund):
    clerk = member("carl", "refund_donation", "view_refund")

    with pytest.raises(RefundError, match="You may not approve refunds"):
        approve_refund(refund, by=clerk)
    with pytest.raises(RefundError, match="You may not approve refunds"):
        decline_refund(refund, by=clerk, why="no")

    refund.refresh_from_db()
    assert refund.status == "waiting"
