import datetime as dt
from contextlib import contextmanager
from decimal import Decimal
from itertools import product

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from donations import ledger, open_books
from donations.models import Account, ExchangeRate, LedgerEntry
from donations.open_books import FIGURES
from tests.donations.factories import NOW, contributor, offline_donation, promised_gift, staff_member
from tests.donations.true_books import booked, the_fund

MARCH = dt.date(2026, 3, 1)


def counted():
    ledger.close_windows()
    return open_books.read()


def amounts(books, currency):
    """Every figure in one currency that is not nothing."""
    found = {figure.key: books.amount(figure, currency) for figure in FIGURES}
    return {key: amount for key, amount in found.items() if amount}


def by_hand(**accounts):
    """A posting of so much to each account, whose other side is the bank."""
    postings = [(Account(name), "USD", amount) for name, amount in accounts.items()]
    postings.append((Account.BANK, "USD", -sum(accounts.values())))
    ledger.post_by_hand(postings, happened_at=NOW, by=staff_member(), why="a test")


def rate(currency, units, valid_from=dt.date(2026, 1, 1)):
    return ExchangeRate.objects.create(
        currency=currency, units_per_usd=Decimal(units), valid_from=valid_from, source="a test"
    )


@pytest.mark.django_db
class TestFigures:
    def test_nothing_happened_and_nothing_is_shown(self):
        books = counted()

        assert (books.currencies, books.months, books.proofs()) == ([], [], [])

    def test_a_gift_is_received_its_fee_is_kept_and_the_rest_stands_at_stripe(self):
        booked(amount_minor=2500)

        books = counted()

        assert amounts(books, "USD") == {"received": 2500, "net": 2500, "fees": 103, "at_stripe": 2397}
        assert books.donations == {"USD": 1}

    def test_figures_are_whole_numbers_of_minor_units(self):
        booked(amount_minor=2500)

        books = counted()

        sides = {type(each) for side in books.sides for each in (side.debits_minor, side.credits_minor)}
        assert sides | {type(amount) for amount in amounts(books, "USD").values()} == {int}

    def test_the_other_half_of_the_fund(self):
        """A promise of 1,000 paid by 400 and one over it, 100 written off, 500 cancelled; a grant; a cheque undone."""
        the_fund(staff_member())

        assert amounts(counted(), "USD") == {
            "promised": 50100,
            "paid": 40100,
            "written_off": 10000,
            "granted": 60000,
            "at_bank": -19900,
        }

    def test_what_is_promised_is_paid_outstanding_or_written_off(self):
        promised_gift((30000, 50000), currency="EUR")

        books = counted()

        assert amounts(books, "EUR") == {"promised": 80000, "outstanding": 80000}

    def test_a_gift_in_kind_is_no_money(self):
        gift = offline_donation(method="in-kind", in_kind="Ten beds", amount_minor=90000)
        ledger.post_offline_donation(gift, by=staff_member())

        books = counted()

        assert amounts(books, "USD") == {"in_kind": 90000}
        assert books.donations.get("USD", 0) == 0

    def test_what_went_back_and_what_it_cost(self):
        by_hand(
            DONATION_INCOME=-10000, REFUNDS=1000, DISPUTES=2500, DISPUTE_FEES=1500, PROCESSING_FEES=300, SUSPENSE=-40
        )

        assert amounts(counted(), "USD") == {
            "received": 10000,
            "refunds": 1000,
            "disputes": 2500,
            "net": 6500,
            "fees": 1800,
            "to_clear": 40,
            "at_bank": 4740,
        }

    def test_what_was_not_counted_yet_is_in_no_figure(self):
        booked(amount_minor=2500)

        assert open_books.read().currencies == []

    def test_the_proof_names_every_account_and_balances(self):
        the_fund(staff_member())

        (proof,) = counted().proofs()

        assert proof.is_balanced
        assert proof.debits_minor == sum(side.debits_minor for side in proof.accounts)
        assert {side.account for side in proof.accounts} >= {Account.BANK, Account.GRANTS, Account.WRITE_OFFS}

    def test_a_balance_by_month_is_what_stood_there_at_its_end(self):
        promised_gift((30000,), promised_on=dt.date(2026, 1, 10), currency="EUR")
        promised_gift((20000,), promised_on=dt.date(2026, 3, 1), currency="EUR", contributor=contributor("Another"))

        books = counted()

        months = [dt.date(2026, 1, 1), dt.date(2026, 2, 1), MARCH]
        assert books.months == months
        assert [books.in_month(open_books.PROMISED, "EUR", month) for month in months] == [30000, 0, 20000]
        assert [books.in_month(open_books.OUTSTANDING, "EUR", month) for month in months] == [30000, 30000, 50000]

    def test_one_query_however_much_there_is(self, django_assert_num_queries):
        for currency in ("USD", "EUR", "EUR"):
            booked(currency=currency)
        ledger.close_windows()

        with django_assert_num_queries(1):
            open_books.read()


@pytest.mark.django_db
class TestInDollars:
    def test_each_month_by_the_rate_of_its_last_day_and_today_by_todays(self, time_machine):
        rate("EUR", "0.5")
        rate("EUR", "0.8", dt.date(2026, 1, 20))
        rate("EUR", "2", dt.date(2026, 3, 1))
        promised_gift((80000,), promised_on=dt.date(2026, 1, 10), currency="EUR")
        time_machine.move_to(dt.datetime(2026, 3, 5, tzinfo=dt.UTC))
        books = counted()

        dollars = open_books.in_dollars(books)

        assert dollars.amounts["promised"] == 100000
        assert dollars.amounts["outstanding"] == 40000
        assert dollars.by_month["promised", dt.date(2026, 1, 1)] == 100000
        assert [(used.currency, used.month, used.rate.units_per_usd) for used in dollars.used] == [
            ("EUR", dt.date(2026, 1, 1), Decimal("0.8")),
            ("EUR", None, Decimal(2)),
        ]
        assert dollars.left_out == []

    def test_without_a_rate_nothing_is_estimated_and_it_is_said(self):
        booked(amount_minor=2500)
        promised_gift((80000,), currency="KES")

        dollars = open_books.in_dollars(counted())

        assert dollars.amounts["received"] == 2500
        assert dollars.amounts["promised"] == 0
        assert dollars.left_out == [open_books.LeftOut("KES", [MARCH, None])]

    def test_one_query_for_all_rates(self, django_assert_num_queries):
        promised_gift((80000,), currency="KES")
        promised_gift((80000,), currency="EUR", contributor=contributor("Another"))
        books = counted()

        with django_assert_num_queries(1):
            open_books.in_dollars(books)


SUMS = st.tuples(
    st.sampled_from([account for account in Account if account != Account.STRIPE_BALANCE]),
    st.sampled_from([account for account in Account if account != Account.STRIPE_BALANCE]),
    st.sampled_from(["USD", "EUR", "JPY"]),
    st.integers(-(10**9), 10**9).filter(bool),
    st.integers(0, 400),
    st.booleans(),
).filter(lambda posting: posting[0] != posting[1])


def from_the_entries(entries, figure, currency, since=dt.date.min, until=dt.date.max):
    """The figure as the ledger's entries have it, one by one."""
    return sum(
        figure.weights.get(account, 0) * amount
        for account, in_currency, amount, posted_on in entries
        if in_currency == currency and since <= posted_on < until
    )


@contextmanager
def taken_back():
    """What happens within is undone: each example of a property begins with empty books."""
    before = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(before)


@pytest.mark.django_db
class TestAgainstTheLedger:
    @settings(max_examples=12, deadline=None)
    @given(postings=st.lists(SUMS, max_size=12))
    def test_every_figure_is_what_the_entries_add_up_to(self, postings):
        """Whatever was posted, on whichever day, and wherever windows were closed in between (Done when 4)."""
        with taken_back():
            ada = staff_member()
            for debit, credit, currency, amount, days, closes in postings:
                ledger.post_by_hand(
                    [(debit, currency, amount), (credit, currency, -amount)],
                    happened_at=NOW - dt.timedelta(days=days), by=ada, why="a test",
                )  # fmt: skip
                if closes:
                    ledger.close_windows()
            books = counted()
            entries = list(
                LedgerEntry.objects.values_list("account", "currency", "amount_minor", "transaction__posted_on")
            )

            for currency, figure in product(("USD", "EUR", "JPY"), FIGURES):
                assert books.amount(figure, currency) == from_the_entries(entries, figure, currency)
                for month in books.months:
                    since = dt.date.min if figure.is_balance else month
                    until = (month + dt.timedelta(days=31)).replace(day=1)
                    in_month = from_the_entries(entries, figure, currency, since, until)
                    assert books.in_month(figure, currency, month) == in_month
            assert all(proof.is_balanced for proof in books.proofs())
            for proof in books.proofs():
                promised, paid, off, left = (books.amount(each, proof.currency) for each in open_books.PROMISES)
                assert promised == paid + off + left
