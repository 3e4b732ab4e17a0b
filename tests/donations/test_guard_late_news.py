"""News of Stripe's that comes too late, or at the same moment as other news, finds the gift as it is by then."""

import threading

import pytest
from django.db import connection, transaction

from donations import ledger
from donations.gateway import Session
from donations.models import Donation, GivingCurrency
from donations.services.fulfilment import Seen, book_checkout
from donations.services.refunds import RefundError, ask_refund
from tests.donations.factories import balance_transaction, donation
from tests.donations.money_desk import member


def test_a_page_that_closed_does_not_end_a_gift_whose_bank_debit_is_under_way(db):
    gift = donation("processing")
    closed = Session(
        session_id=gift.stripe_checkout_session_id, url="", status="expired", payment_status="unpaid",
        amount_minor=2500, currency="USD", donation=gift.public_id, payment=None, invoice_id="", subscription=None,
    )  # fmt: skip

    book_checkout(Seen(closed, None))

    assert Donation.objects.get().status == "processing"


@pytest.fixture
def gift(committed_db):
    GivingCurrency.objects.filter(currency="USD").update(second_person_from_minor=10_000)
    gift = donation("succeeded")
    with transaction.atomic():
        ledger.post_donation(gift, balance_transaction())
    return gift


def test_who_asks_for_a_refund_waits_for_the_other_who_is_asking(gift):
    ada, abe = member("ada", "refund_donation"), member("abe", "refund_donation")
    answers = []

    def ask_as_well():
        try:
            answers.append(ask_refund(gift, amount_minor=2500, why="given twice", by=abe))
        except RefundError as refusal:
            answers.append(str(refusal))
        finally:
            connection.close()

    other = threading.Thread(target=ask_as_well)
    with transaction.atomic():
        ask_refund(gift, amount_minor=2500, why="given twice", by=ada)
        other.start()
        other.join(1)
        answers_meanwhile = list(answers)
    other.join(30)

    assert answers_meanwhile == []
    assert answers == ["Only US$0.00 can still be refunded."]
