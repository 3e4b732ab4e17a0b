"""Three years of giving by Stripe's clock: eight currencies, monthly gifts, refunds, disputes, payouts.

The worker, the receipts and the calendar are those of the portal.
"""

import datetime as dt
import random
from collections import Counter

import pytest
import time_machine
from django.db.models import Max, Sum
from django.test import Client

from donations import jobs
from donations.books import findings
from donations.models import (
    Account,
    Dispute,
    Donation,
    LedgerEntry,
    MonthlyGift,
    Payout,
    PayoutLine,
    Receipt,
    ReceiptOrder,
    Refund,
    StripeEvent,
)
from donations.services import inbox
from tests.donations.conftest import typed
from tests.donations.crowd import all_events, at_once
from tests.faults.length import LENGTH

MONTHS = LENGTH.months
WRITERS = 8
CURRENCIES = {
    "USD": "2500", "EUR": "2500", "GBP": "2000", "CHF": "2500", "JPY": "3000", "KWD": "7500", "CAD": "3000",
    "AUD": "3000",
}  # fmt: skip
INTERVALS = ("month", "month", "quarter", "year")
DAYS_TO_SETTLE = 3 * 86_400


class Years:
    """The portal and its Stripe, month by month."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.chance = random.Random(36)
        self.given = 0
        self.told = set()

    def give(self, currency, interval="once"):
        self.given += 1
        wish = typed(currency=currency, shown_currency=currency, preset=CURRENCIES[currency], interval=interval,
                     email=f"dora{self.given}@example.org")  # fmt: skip
        address = f"10.0.{self.given // 256}.{self.given % 256}"
        answer = Client().post("/en/donate/", wish, REMOTE_ADDR=address)
        assert answer.status_code == 302, answer.content.decode()[:2000]
        donation = Donation.objects.get(checkout_url=answer.url)
        self.sandbox.pay(donation)

    def refund_one(self):
        donation = self._some_donation()
        part = donation.amount_minor if self.chance.random() < 0.5 else donation.amount_minor // 200 * 100
        self.sandbox.control("refunds", {"payment_intent": donation.stripe_payment_intent_id, "amount": part})

    def dispute_one(self):
        donation = self._some_donation()
        charge = self.sandbox.api(f"payment_intents/{donation.stripe_payment_intent_id}")["latest_charge"]
        dispute = self.sandbox.control("disputes", {"charge": charge, "kind": "chargeback"})
        if self.chance.random() < 0.7:
            outcome = self.chance.choice(["won", "lost"])
            self.sandbox.control("disputes", {"dispute": dispute["id"], "outcome": outcome})

    def _some_donation(self):
        whole = Donation.objects.succeeded().filter(refunds=None, disputes=None)
        return self.chance.choice(list(whole.order_by("-pk")[:20]))

    def catch_up(self):
        """The webhook's part, then the worker's, with eight hands at the receipts."""
        fresh = [event for event in all_events(self.sandbox) if event["id"] not in self.told]
        self.told |= {event["id"] for event in fresh}
        inbox.take_in_all(reversed(fresh), source=StripeEvent.Source.WEBHOOK)
        for _round in range(5):
            while jobs.process_events(limit=100):
                pass
            StripeEvent.objects.filter(status="received").update(next_attempt_at="2000-01-01T00:00Z")
        at_once(lambda _writer: _write_receipts(), range(WRITERS), threads=WRITERS)
        jobs.close_windows()


def _write_receipts():
    while jobs.issue_receipts(limit=5):
        pass


@pytest.fixture
def years(committed_db, sandbox):
    return Years(sandbox)


def test_three_years_of_giving_leave_true_books(years, sandbox):
    for currency, interval in zip(CURRENCIES, INTERVALS * 2, strict=True):
        years.give(currency, interval)
    for month in range(MONTHS):
        with time_machine.travel(dt.datetime.fromtimestamp(sandbox.control("clock")["now"], dt.UTC)):
            for currency in CURRENCIES:
                years.give(currency)
            years.catch_up()
            if month:
                years.refund_one()
            if month % 4 == 3:
                years.dispute_one()
            sandbox.control("clock", {"advance_months": 1})
            sandbox.settle(DAYS_TO_SETTLE)
            payout = sandbox.control("payouts", {"pay_out": True, "arrive": month % 9 != 8})["payout"]
            if payout and month % 9 == 8:
                sandbox.control("payouts", {"payout": payout["id"], "outcome": "failed"})
            sandbox.settle(DAYS_TO_SETTLE)
            years.catch_up()

    assert [str(finding) for finding in findings()] == []
    assert not StripeEvent.objects.filter(status__in=["received", "shelved"]).exists()
    assert not ReceiptOrder.objects.exclude(next_attempt_at=None, shelved_at=None).exists()
    _check_trial_balance()
    _check_payouts(sandbox)
    _check_receipts()
    _check_what_happened(sandbox)
    moved = sandbox.control("truth?only=balance_transactions")["balance_transactions"]
    assert _balance(Account.STRIPE_BALANCE) == sum(each["net"] for each in moved)


def _balance(account):
    return LedgerEntry.objects.filter(account=account).aggregate(sum=Sum("amount_minor"))["sum"]


def _check_trial_balance():
    sums = LedgerEntry.objects.values("currency").annotate(sum=Sum("amount_minor"))
    assert {row["currency"]: row["sum"] for row in sums} == dict.fromkeys(CURRENCIES, 0)


def _check_payouts(sandbox):
    there = {each["id"]: each for each in sandbox.control("truth?only=payouts")["payouts"]}
    assert set(there) == set(Payout.objects.values_list("stripe_payout_id", flat=True))
    assert len(there) >= MONTHS - 1
    for payout in Payout.objects.all():
        lines = PayoutLine.objects.filter(payout=payout).aggregate(Sum("net_minor"))["net_minor__sum"]
        assert lines == payout.amount_minor == there[payout.stripe_payout_id]["amount"]
        assert payout.status == there[payout.stripe_payout_id]["status"]


def _check_receipts():
    for series in Receipt.objects.values("entity", "year").annotate(last=Max("sequence")):
        drawn = Receipt.objects.filter(entity=series["entity"], year=series["year"])
        assert sorted(drawn.values_list("sequence", flat=True)) == list(range(1, series["last"] + 1))
    assert Receipt.objects.values("year").distinct().count() >= MONTHS // 12


def _check_what_happened(sandbox):
    assert MonthlyGift.objects.count() == len(CURRENCIES)
    invoices = sandbox.control("truth?only=invoices")["invoices"]
    paid = Counter(
        each["parent"]["subscription_details"]["subscription"] for each in invoices if each["status"] == "paid"
    )
    for gift in MonthlyGift.objects.all():
        charged = Donation.objects.filter(monthly_gift=gift).succeeded().count()
        assert charged == paid[gift.stripe_subscription_id] > MONTHS // gift.months
    assert Refund.objects.filter(status="succeeded").count() == MONTHS - 1
    assert Dispute.objects.count() == MONTHS // 4
