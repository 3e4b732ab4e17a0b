"""The life of gifts: what donors, banks, staff, Stripe and the network do to them, and whether the books stay true."""

import contextlib
import datetime as dt
import uuid
from unittest import mock

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from donations import jobs
from donations.books import findings
from donations.models import (
    Account,
    Dispute,
    Donation,
    GivingCurrency,
    LedgerEntry,
    MonthlyGift,
    Payout,
    ReceiptOrder,
    Refund,
    StripeEvent,
)
from donations.services import fulfilment, inbox, reconciliation, refunds
from tests.donations.conftest import Sandbox, typed

CURRENCIES = ("EUR", "HUF", "ISK", "JPY", "KWD", "USD")
DEBITS = {
    "USD": ("000123456789", "000111111116"),
    "EUR": ("AT611904300234573201", "AT861904300235473202"),
    "GBP": ("00012345", "11111116"),
}
UNDER_WAY = ("pending", "in_transit")


class PowerCutError(BaseException):
    """The process ended at this instruction: nothing of its open transaction is kept."""


@contextlib.contextmanager
def rolled_back():
    """Everything in it happens on the database as it is, is checked as at a commit, and is gone afterwards."""
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)


@contextlib.contextmanager
def one_sandbox(settings):
    """A sandbox for many lives, wired as Stripe; each begins it anew."""
    running = Sandbox("http://127.0.0.1:9/stripe/webhook/")
    try:
        yield wired(running, settings)
    finally:
        running.stop()


def wired(running, settings):
    """A sandbox that the portal takes for Stripe."""
    settings.STRIPE_SECRET_KEY = "sk_test_life"
    settings.STRIPE_API_BASE = running.base
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_life"]
    return running


class Life:
    """One portal and one Stripe account, both empty at first.

    Acts return nothing: what they led to is read from Stripe's own truth.
    """

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.client = Client()
        sandbox.begin_anew()
        self.seen = set()
        staff = get_user_model().objects
        self.ada = staff.create_user(f"ada-{uuid.uuid4()}", is_staff=True, is_superuser=True)
        self.abe = staff.create_user(f"abe-{uuid.uuid4()}", is_staff=True, is_superuser=True)

    # what Stripe knows

    def truth(self, name):
        return self.sandbox.control(f"truth?only={name}")[name]

    def news(self):
        """Stripe's events that nobody has asked for yet, oldest first."""
        fresh = [event for event in self._list("events") if event["id"] not in self.seen]
        self.seen |= {event["id"] for event in fresh}
        return fresh[::-1]

    def _list(self, path):
        found, after = [], ""
        while True:
            page = self.sandbox.api(f"{path}?limit=100{after}")
            found += page["data"]
            if not page["has_more"]:
                return found
            after = f"&starting_after={page['data'][-1]['id']}"

    # acts of donors

    def give(self, currency="USD", interval="once"):
        preset = GivingCurrency.objects.get(currency=currency).presets_minor[1]
        fields = typed(currency=currency, shown_currency=currency, preset=str(preset), interval=interval,
                       email=f"dora-{uuid.uuid4().hex[:8]}@example.org")  # fmt: skip
        answer = self.client.post("/en/donate/", fields)
        assert answer.status_code == 302, answer.status_code
        return Donation.objects.get(checkout_url=answer.url)

    def pay(self, donation, card="4242424242424242"):
        """Dora pays, if the pay page is still open."""
        with contextlib.suppress(OSError):
            self.sandbox.pay(donation, card=card)

    def debit(self, donation, *, succeeds):
        self.sandbox.pay(donation, account=DEBITS[donation.currency][0 if succeeds else 1])

    def answer_debit(self, donation, *, succeeds):
        intent = self._session(donation)["payment_intent"]
        self.sandbox.control("debits", {"payment_intent": intent, "outcome": "succeeded" if succeeds else "failed"})
        self.sandbox.settle(0)

    def leave(self, donation):
        self._try("expire", {"session": donation.stripe_checkout_session_id})

    def land(self, donation):
        """Dora comes back from the pay page."""
        with contextlib.suppress(PowerCutError), transaction.atomic():
            fulfilment.fulfil_checkout(donation.stripe_checkout_session_id)

    def _session(self, donation):
        return self.sandbox.api(f"checkout/sessions/{donation.stripe_checkout_session_id}")

    def charge(self, donation):
        """Stripe's charge of a donation, whether we have heard of it or not; None if there is none."""
        intent = donation.stripe_payment_intent_id or self._session(donation)["payment_intent"]
        return self.sandbox.api(f"payment_intents/{intent}")["latest_charge"] if intent else None

    # acts of staff, of banks and of Stripe

    def refund(self, donation, part=1.0):
        """Ada refunds; where a second person is wanted, Abe agrees."""
        donation.refresh_from_db()
        amount_minor = max(round(donation.amount_minor * part) // 100 * 100, 100)
        try:
            refund = refunds.ask_refund(
                donation, amount_minor=amount_minor, why="a story", stripe_reason="requested_by_customer", by=self.ada
            )
        except refunds.RefundError:
            return
        if refund.status == Refund.Status.WAITING:
            refunds.approve_refund(refund, by=self.abe)

    def refund_at_stripe(self, donation, part=1.0):
        charge = self.charge(donation)
        if charge:
            amount = max(round(donation.amount_minor * part) // 100 * 100, 100)
            self._try("refunds", {"charge": charge, "amount": amount})

    def fail_refund(self, donation):
        for refund in self._refunds(donation):
            self._try("refunds", {"refund": refund["id"], "outcome": "failed"})

    def dispute(self, donation, *, kind="chargeback", amount=None):
        charge = self.charge(donation)
        if charge:
            self._try("disputes", {"charge": charge, "kind": kind} | ({"amount": amount} if amount else {}))

    def decide_dispute(self, donation, outcome):
        for dispute in self._disputes(donation):
            self._try("disputes", {"dispute": dispute["id"], "outcome": outcome})

    def pay_out(self, outcome="paid"):
        self.sandbox.settle(3 * 86_400)
        payout = self.sandbox.control("payouts", {"pay_out": True})["payout"]
        if payout:
            self._try("payouts", {"payout": payout["id"], "outcome": outcome})

    def fail_payouts(self):
        for payout in self.truth("payouts"):
            self._try("payouts", {"payout": payout["id"], "outcome": "failed"})

    def next_period(self, months=1):
        self.sandbox.control("clock", {"advance_months": months})

    def take_fee(self, amount=-37):
        self.sandbox.control("adjustments", {"type": "stripe_fee", "amount": amount})

    def _refunds(self, donation):
        intent = self._session(donation)["payment_intent"] if donation.stripe_checkout_session_id else None
        return [each for each in self.truth("refunds") if intent and each["payment_intent"] == intent]

    def _disputes(self, donation):
        charge = self.charge(donation)
        return [each for each in self.truth("disputes") if charge and each["charge"] == charge]

    def _try(self, path, given):
        """What Stripe would not do now, such as refunding what is in dispute, is no part of this life."""
        with contextlib.suppress(OSError):
            self.sandbox.control(path, given)

    # the network, the worker

    def tell(self, events):
        """Stripe's webhook brings these, in this order; each is worked on before the next comes."""
        for event in events:
            inbox.take_in_all([event], source=StripeEvent.Source.WEBHOOK)
            jobs.process_events(limit=100)
        self.work()

    def work(self):
        """The worker's turn, with no waiting for the next try."""
        jobs.process_events(limit=100)
        jobs.send_refunds(limit=100)
        jobs.issue_receipts(limit=100)

    def recover(self):
        """Everything Stripe ever said, again, and all that waits is done."""
        for _round in range(8):
            fresh = inbox.take_in_all(self._list("events"), source=StripeEvent.Source.RECOVERY)
            due = timezone.now()
            events = StripeEvent.objects.filter(status="received")
            refunds_due = Refund.objects.filter(next_attempt_at__isnull=False)
            waits = events.update(next_attempt_at=due, leased_until=None)
            waits += refunds_due.update(next_attempt_at=due, leased_until=None)
            if not fresh and not waits:
                break
            self.work()  # what it does at Stripe, such as a refund, is told by events of its own
        jobs.close_windows()

    # what must be true

    def check(self):
        """The invariants, and the ledger against Stripe's own truth."""
        assert [str(finding) for finding in findings()] == []
        moved = self.truth("balance_transactions")
        booked = LedgerEntry.objects.filter(transaction__stripe_balance_transaction_id__isnull=False)
        nets = dict(
            booked.filter(account=Account.STRIPE_BALANCE)
            .values_list("transaction__stripe_balance_transaction_id")
            .annotate(Sum("amount_minor"))
        )
        assert nets == {each["id"]: each["net"] for each in moved if each["net"]}
        assert self._sum(Account.PROCESSING_FEES) == sum(
            each["fee"] for each in moved if each["reporting_category"] == "charge"
        ) - sum(each["net"] for each in moved if each["type"] == "stripe_fee")
        assert self._sum(Account.DISPUTE_FEES) == sum(
            each["fee"] for each in moved if each["reporting_category"].startswith("dispute")
        )
        assert self._sum(Account.BANK) == -sum(each["amount"] for each in moved if each["type"].startswith("payout"))
        self._check_states()
        self._check_against_stripes_list()

    def _check_against_stripes_list(self):
        """I13: what Stripe says today, written anew, is what the books hold. All of it is compared in one go."""
        everything = [(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2060, 1, 1, tzinfo=dt.UTC))]
        with mock.patch.object(reconciliation, "days", return_value=everything):
            run = reconciliation.reconcile_all(until=everything[0][1])
        found = [f"{finding.kind} {finding.stripe_id}: {finding.what}" for finding in run.findings.all()]
        assert (run.failure, found, run.waiting) == ("", [], 0)
        assert run.compared >= len(self.truth("balance_transactions"))

    def _check_states(self):
        refunds_there = {each["id"]: each["status"] for each in self.truth("refunds")}
        for refund in Refund.objects.exclude(stripe_refund_id=None):
            assert refund.status == refunds_there[refund.stripe_refund_id]
        subscriptions = {each["id"]: each["status"] for each in self.truth("subscriptions")}
        for gift in MonthlyGift.objects.all():
            assert gift.status == subscriptions[gift.stripe_subscription_id]
        donations_there = {each["id"]: each["amount"] for each in self.truth("charges") if each["paid"]}
        assert Donation.objects.succeeded().count() == len(donations_there)
        disputes_there = {each["id"]: each["status"] for each in self.truth("disputes")}
        for dispute in Dispute.objects.all():
            assert dispute.status == disputes_there[dispute.stripe_dispute_id]
        payouts = {each["id"]: each["status"] for each in self.truth("payouts")}
        for payout in Payout.objects.all():
            assert payout.status == payouts[payout.stripe_payout_id]
        waiting = StripeEvent.objects.filter(status__in=["received", "shelved"])
        assert not waiting, "; ".join(f"{event.type} {event.status}: {event.reason}" for event in waiting)
        assert not ReceiptOrder.objects.exclude(shelved_at=None).exists()

    def _sum(self, account):
        return LedgerEntry.objects.filter(account=account).aggregate(sum=Sum("amount_minor"))["sum"] or 0
