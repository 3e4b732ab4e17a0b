"""Money waits for the disk, even where the operator lets everything else commit without it."""

import json

import pytest
from django.db import connection, transaction

from donations import ledger
from donations.models import ReceiptOrder
from donations.services.inbox import take_in
from donations.services.receipts import bring_up_to_date
from tests.donations.factories import balance_transaction, donation

EVENT = {"object": "event", "id": "evt_1", "type": "a.b", "livemode": False}


def book():
    ledger.post_donation(donation("succeeded"), balance_transaction())


def take_an_event_in():
    take_in(json.dumps(EVENT).encode(), source="webhook")


def issue_a_receipt():
    gift = donation("succeeded")
    ledger.post_donation(gift, balance_transaction())
    run("SET LOCAL synchronous_commit = off")
    assert bring_up_to_date(ReceiptOrder.objects.create(donation=gift, cause="x"))


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def waits_for():
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("act", [book, take_an_event_in, issue_a_receipt])
def test_money_insists_whatever_the_role_is_set_to(db, act):
    run("SET LOCAL synchronous_commit = off")

    act()

    assert waits_for() == "on"


@pytest.mark.parametrize("stricter", ["on", "remote_apply"])
def test_what_is_stricter_stays(db, stricter):
    run(f"SET LOCAL synchronous_commit = {stricter}")

    book()

    assert waits_for() == stricter


def test_the_next_transaction_is_as_the_operator_wants_it(committed_db):
    run("SET synchronous_commit = off")
    try:
        with transaction.atomic():
            take_an_event_in()
            assert waits_for() == "on"
        assert waits_for() == "off"
    finally:
        run("RESET synchronous_commit")
