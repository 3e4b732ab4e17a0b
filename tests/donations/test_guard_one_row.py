"""What Stripe names once is one row of ours, whoever writes: the ids of its objects are unique in the database."""

import pytest
from django.db import IntegrityError, transaction

from donations.models import Dispute, FraudWarning, Payout, Refund
from tests.donations.factories import NOW, TODAY, donation, monthly_gift

pytestmark = pytest.mark.django_db


def refund(**fields):
    about = {"donation": donation("succeeded"), "amount_minor": 1, "currency": "USD"}
    return Refund.objects.create(status="pending", source="stripe", next_attempt_at=None, **about, **fields)


def dispute(**fields):
    about = {"donation": donation("succeeded"), "amount_minor": 1, "currency": "USD"}
    return Dispute.objects.create(status="needs_response", status_as_of=NOW, opened_at=NOW, **about, **fields)


def fraud_warning(**fields):
    return FraudWarning.objects.create(donation=donation("succeeded"), **fields)


def payout(**fields):
    days = {"status_as_of": NOW, "arrives_on": TODAY, "created_at": NOW}
    return Payout.objects.create(amount_minor=1, currency="USD", status="paid", **days, **fields)


@pytest.mark.parametrize(
    ("make", "named", "constraint"),
    [
        (donation, "stripe_checkout_session_id", "one_donation_per_checkout_session"),
        (donation, "stripe_payment_intent_id", "one_donation_per_payment"),
        (donation, "stripe_invoice_id", "one_donation_per_invoice"),
        (monthly_gift, "stripe_subscription_id", "one_monthly_gift_per_subscription"),
        (refund, "stripe_refund_id", "one_refund_per_stripe_refund"),
        (dispute, "stripe_dispute_id", "one_dispute_per_stripe_dispute"),
        (fraud_warning, "stripe_warning_id", "one_row_per_fraud_warning"),
        (payout, "stripe_payout_id", "one_payout_per_stripe_payout"),
    ],
)
def test_what_stripe_names_once_is_one_row(make, named, constraint):
    make(**{named: "the_same"})

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make(**{named: "the_same"})
