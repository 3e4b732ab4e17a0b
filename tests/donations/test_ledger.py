"""The books: postings that balance, rows that stay, totals that follow."""

import dataclasses
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.db.models import Sum
from hypothesis import given
from hypothesis import strategies as st

from blueheart.money import CURRENCIES
from donations import ledger
from donations.ledger.windows import WINDOW_LOCK
from donations.models import Account, LedgerEntry, LedgerTotal, LedgerTransaction, UncountedTransaction
from donations.models.ledger import CurrencyTotal
from donations.templatetags.gift_numbers import gifts_received
from tests.donations.conftest import books
from tests.donations.factories import NOW, CampaignFactory, balance_transaction, donation

CODES = sorted(CURRENCIES)


def book(amount_minor=2500, currency="USD", moved=None, **changes):
    gift = donation("succeeded", amount_minor=amount_minor, currency=currency, **changes)
    return ledger.post_donation(gift, moved or balance_transaction(amount_minor, currency))


def check_now():
    """What COMMIT would check."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


# Postings


@given(
    amount_minor=st.integers(1, 10**11),
    currency=st.sampled_from(CODES),
    settled_currency=st.sampled_from(CODES),
    settled=st.integers(1, 10**11),
    fee_share=st.floats(0, 1),
)
def test_postings_of_any_donation_add_up_to_zero(amount_minor, currency, settled_currency, settled, fee_share):
    gross = amount_minor if settled_currency == currency else settled
    fee = int(gross * fee_share)
    moved = balance_transaction(gross, settled_currency, fee, net_minor=gross - fee)

    postings = ledger.donation_postings(amount_minor, currency, moved)

    for code in {currency, settled_currency}:
        assert sum(amount for _account, of, amount in postings if of == code) == 0
    assert sum(-amount for account, _of, amount in postings if account == Account.DONATION_INCOME) == amount_minor
    assert len(postings) >= 2
    assert all(amount and isinstance(amount, int) for _account, _of, amount in postings)


def test_postings_of_a_gift_settled_in_another_currency_go_through_the_exchange():
    moved = balance_transaction(2009, "USD", fee_minor=108)

    assert ledger.donation_postings(3000, "JPY", moved) == [
        ("STRIPE_BALANCE", "USD", 1901),
        ("PROCESSING_FEES", "USD", 108),
        ("DONATION_INCOME", "JPY", -3000),
        ("CURRENCY_EXCHANGE", "JPY", 3000),
        ("CURRENCY_EXCHANGE", "USD", -2009),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"net_minor": 2396},
        {"amount_minor": 2499, "net_minor": 2396},
        {"fee_minor": -1, "net_minor": 2501},
        {"amount_minor": 0, "fee_minor": 0, "net_minor": 0},
    ],
)
def test_postings_of_what_does_not_add_up_are_refused(wrong):
    moved = dataclasses.replace(balance_transaction(2500, "USD"), **wrong)

    with pytest.raises(ledger.UnbalancedError):
        ledger.donation_postings(2500, "USD", moved)


# Guards


def test_a_balanced_transaction_is_booked(db):
    book()
    check_now()

    assert books() == [
        ("DONATION_INCOME", "USD", -2500),
        ("PROCESSING_FEES", "USD", 103),
        ("STRIPE_BALANCE", "USD", 2397),
    ]


@pytest.mark.parametrize("entries", [[], [("BANK", "USD", 5)], [("BANK", "USD", 5), ("GRANTS", "USD", -4)],
                                     [("BANK", "USD", 5), ("GRANTS", "EUR", -5)]])  # fmt: skip
def test_an_unbalanced_transaction_is_refused_at_commit(committed_db, entries):
    gift = donation()

    with pytest.raises(IntegrityError, match="ledger transaction"):
        post(gift, entries)

    assert LedgerTransaction.objects.count() == 0


@transaction.atomic
def post(gift, entries):
    booked = LedgerTransaction.objects.create(purpose="donation", donation=gift, happened_at=NOW, posted_on=NOW.date())
    for account, currency, amount_minor in entries:
        LedgerEntry.objects.create(transaction=booked, account=account, currency=currency, amount_minor=amount_minor)


def test_an_entry_added_to_a_transaction_of_the_past_is_refused_at_commit(committed_db):
    with transaction.atomic():
        booked = book()

    with pytest.raises(IntegrityError, match="out of balance"), transaction.atomic():
        LedgerEntry.objects.create(transaction=booked, account="BANK", currency="USD", amount_minor=1)

    assert LedgerEntry.objects.filter(transaction=booked).aggregate(sum=Sum("amount_minor")) == {"sum": 0}


@pytest.mark.parametrize("table", ["donations_ledgertransaction", "donations_ledgerentry"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
@pytest.mark.parametrize("role", ["origin", "replica"])
def test_booked_rows_cannot_be_changed_or_removed(db, table, statement, role):
    book()
    check_now()

    with pytest.raises(IntegrityError, match="never changed or deleted"):
        run_as(role, statement.format(table))

    assert LedgerEntry.objects.count() == 3


@transaction.atomic
def run_as(role, statement):
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL session_replication_role = {role}")
        cursor.execute(statement)


def test_a_balance_transaction_is_booked_once(db):
    moved = balance_transaction()
    book(moved=moved)

    with pytest.raises(IntegrityError, match="booked_once_per_balance_transaction_and_purpose"), transaction.atomic():
        book(moved=moved)


def test_a_donation_is_booked_once(db):
    booked = book()

    with pytest.raises(IntegrityError, match="a_donation_comes_in_once"), transaction.atomic():
        ledger.post_donation(booked.donation, balance_transaction())


# Public totals


def test_totals_follow_when_the_window_closes(db, django_assert_num_queries):
    campaign = CampaignFactory()
    book(campaign=campaign)
    book(1000)
    book(3000, "JPY", balance_transaction(2009, "USD"))
    assert gifts_received() == []

    ledger.close_windows()
    book(500, campaign=campaign)
    ledger.close_windows()

    with django_assert_num_queries(1):
        assert gifts_received() == [CurrencyTotal("USD", 4000, 0, 0, 3), CurrencyTotal("JPY", 3000, 0, 0, 1)]
    assert gifts_received(campaign) == [CurrencyTotal("USD", 3000, 0, 0, 2)]
    assert UncountedTransaction.objects.count() == 0


def test_totals_are_added_up_once_by_many_workers(committed_db):
    for _gift in range(20):
        with transaction.atomic():
            book()

    def close(_turn):
        try:
            return ledger.close_windows()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(close, range(12)))
    ledger.close_windows()

    assert LedgerTotal.objects.values_list("received_minor", "donations").get() == (50000, 20)


def test_a_window_that_somebody_else_is_closing_is_left_to_them(committed_db):
    with transaction.atomic():
        book()
    held, go_on = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WINDOW_LOCK])
            held.set()
            go_on.wait(10)
        connections.close_all()

    other = threading.Thread(target=hold)
    other.start()
    held.wait(10)
    closed = ledger.close_windows()
    go_on.set()
    other.join()

    assert (closed, UncountedTransaction.objects.count()) == (0, 1)
    assert (ledger.close_windows(), UncountedTransaction.objects.count()) == (4, 0)
