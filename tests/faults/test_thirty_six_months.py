"""Three years of giving by Stripe's clock: eight currencies, monthly gifts, refunds, disputes, payouts.

The worker, the receipts and the calendar are those of the portal.
"""

from collections import Counter

import pytest

from donations.books import findings
from donations.models import Account, Dispute, Donation, MonthlyGift, Receipt, ReceiptOrder, Refund, StripeEvent
from tests.faults.length import LENGTH
from tests.faults.years import CURRENCIES, Years, balance_of, check_payouts, check_receipts, check_trial_balance

MONTHS = LENGTH.months
INTERVALS = ("month", "month", "quarter", "year")


@pytest.fixture
def years(committed_db, sandbox):
    return Years(sandbox)


def test_three_years_of_giving_leave_true_books(years, sandbox):
    for currency, interval in zip(CURRENCIES, INTERVALS * 2, strict=True):
        years.give(currency, interval)
    for month in range(MONTHS):
        with years.now():
            for currency in CURRENCIES:
                years.give(currency)
            years.catch_up()
            if month:
                years.refund_one()
            if month % 4 == 3:
                years.dispute_one()
            years.end_month(payout_fails=month % 9 == 8)

    assert [str(finding) for finding in findings()] == []
    assert not StripeEvent.objects.filter(status__in=["received", "shelved"]).exists()
    assert not ReceiptOrder.objects.exclude(next_attempt_at=None, shelved_at=None).exists()
    check_trial_balance()
    check_payouts(sandbox, at_least=MONTHS - 1)
    check_receipts()
    assert Receipt.objects.values("year").distinct().count() >= MONTHS // 12
    _check_what_happened(sandbox)
    moved = sandbox.control("truth?only=balance_transactions")["balance_transactions"]
    assert balance_of(Account.STRIPE_BALANCE) == sum(each["net"] for each in moved)


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
