"""Thousands of payments that the sandbox made at once, booked here as if each had come by its event."""

import datetime as dt
from decimal import Decimal

from django.db import transaction

from donations import ledger
from donations.gateway import BalanceTransaction
from donations.models import Donation, LedgerEntry, LedgerTransaction
from tests.donations.factories import donor

CURRENCIES = ["usd", "eur", "jpy", "kwd", "isk"]


def moment(seconds):
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def pay_at_once(sandbox, number, **how):
    """`number` payments of the last twenty days, in five currencies; what Stripe credited for each."""
    made = sandbox.control("bulk", {"charges": number, "currencies": CURRENCIES, **how})["charges"]
    credited = {each["id"]: each for each in sandbox.control("truth?only=balance_transactions")["balance_transactions"]}
    return [(each, credited[each["balance_transaction"]]) for each in made]


@transaction.atomic
def book_all(paid):
    """Donations and their postings, written in few statements; the guards check them at the end as always."""
    giver = donor()
    gifts = Donation.objects.bulk_create(
        Donation(
            donor=giver, amount_minor=each["amount"], currency=each["currency"].upper(), interval="once",
            status="succeeded", language="en", succeeded_at=moment(each["created"]),
            stripe_payment_intent_id=each["payment_intent"], stripe_checkout_session_id=f"cs_{each['charge']}",
        )
        for each, _moved in paid
    )  # fmt: skip
    movements = [read(moved) for _each, moved in paid]
    booked = LedgerTransaction.objects.bulk_create(
        LedgerTransaction(
            purpose="donation", donation=gift, stripe_balance_transaction_id=moved.balance_transaction_id,
            exchange_rate=moved.exchange_rate, happened_at=moved.created_at, posted_on=moved.created_at.date(),
        )
        for gift, moved in zip(gifts, movements, strict=True)
    )  # fmt: skip
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=each, account=account, currency=currency, amount_minor=amount_minor)
        for each, gift, moved in zip(booked, gifts, movements, strict=True)
        for account, currency, amount_minor in ledger.donation_postings(gift.amount_minor, gift.currency, moved)
    )
    return booked


def read(moved):
    rate = moved["exchange_rate"]
    return BalanceTransaction(
        balance_transaction_id=moved["id"], currency=moved["currency"].upper(), amount_minor=moved["amount"],
        fee_minor=moved["fee"], net_minor=moved["net"], created_at=moment(moved["created"]),
        exchange_rate=None if rate is None else Decimal(str(rate)),
    )  # fmt: skip
