"""The portal and its Stripe through months of the sandbox's clock."""

import datetime as dt
import random

import time_machine
from django.db.models import Max, Sum
from django.test import Client

from donations import jobs
from donations.models import Donation, LedgerEntry, Payout, PayoutLine, Receipt, StripeEvent
from donations.services import inbox
from tests.donations.conftest import typed
from tests.donations.crowd import all_events, at_once

WRITERS = 8
CURRENCIES = {
    "USD": "2500", "EUR": "2500", "GBP": "2000", "CHF": "2500", "JPY": "3000", "KWD": "7500", "CAD": "3000",
    "AUD": "3000",
}  # fmt: skip
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
        whole = Donation.objects.succeeded().filter(method="stripe", refunds=None, disputes=None)
        return self.chance.choice(list(whole.order_by("-pk")[:20]))

    def now(self):
        """The portal's clock stands where Stripe's does."""
        return time_machine.travel(dt.datetime.fromtimestamp(self.sandbox.control("clock")["now"], dt.UTC))

    def end_month(self, *, payout_fails=False):
        """A month goes by at Stripe; what it owes us is paid out, and all of it is told."""
        self.sandbox.control("clock", {"advance_months": 1})
        self.sandbox.settle(DAYS_TO_SETTLE)
        payout = self.sandbox.control("payouts", {"pay_out": True, "arrive": not payout_fails})["payout"]
        if payout and payout_fails:
            self.sandbox.control("payouts", {"payout": payout["id"], "outcome": "failed"})
        self.sandbox.settle(DAYS_TO_SETTLE)
        self.catch_up()

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


def balance_of(account):
    return LedgerEntry.objects.filter(account=account).aggregate(sum=Sum("amount_minor"))["sum"]


def check_trial_balance(currencies=CURRENCIES):
    """What stands on all accounts of a currency is nothing."""
    sums = LedgerEntry.objects.values("currency").annotate(sum=Sum("amount_minor"))
    assert {row["currency"]: row["sum"] for row in sums} == dict.fromkeys(currencies, 0)


def check_payouts(sandbox, *, at_least):
    """Every payout is Stripe's, and its lines add up to it."""
    there = {each["id"]: each for each in sandbox.control("truth?only=payouts")["payouts"]}
    assert set(there) == set(Payout.objects.values_list("stripe_payout_id", flat=True))
    assert len(there) >= at_least
    for payout in Payout.objects.all():
        lines = PayoutLine.objects.filter(payout=payout).aggregate(Sum("net_minor"))["net_minor__sum"]
        assert lines == payout.amount_minor == there[payout.stripe_payout_id]["amount"]
        assert payout.status == there[payout.stripe_payout_id]["status"]


def check_receipts():
    """Each series is numbered from one without a gap."""
    for series in Receipt.objects.values("entity", "year").annotate(last=Max("sequence")):
        drawn = Receipt.objects.filter(entity=series["entity"], year=series["year"])
        assert sorted(drawn.values_list("sequence", flat=True)) == list(range(1, series["last"] + 1))
