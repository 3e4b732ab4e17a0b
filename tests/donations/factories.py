import datetime as dt
import uuid

from donations.gateway import BalanceTransaction, Payment
from donations.models import Donation, Donor, MonthlyGift
from tests.campaigns.factories import CampaignFactory

__all__ = ["CampaignFactory", "balance_transaction", "donation", "donor", "monthly_gift", "payment"]

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def donor(email="dora@example.org", **changes):
    known = Donor.objects.with_email(email).first()
    return known or Donor.objects.create(**{"email": email, "name": "Dora Donor", "language": "en"} | changes)


def donation(status="pending", **changes):
    """A donation at Stripe's pay page, or one further on."""
    number = uuid.uuid4().hex[:16]
    fields = {
        "donor": changes.pop("donor", None) or donor(),
        "amount_minor": 2500,
        "currency": "USD",
        "interval": "once",
        "status": status,
        "language": "en",
        "form_token": uuid.uuid4(),
        "form_digest": "0" * 64,
    }
    if status != "not-started":
        fields |= {"stripe_checkout_session_id": f"cs_test_{number}", "checkout_url": "http://127.0.0.1/pay"}
    if status == "succeeded":
        fields |= {"succeeded_at": NOW, "stripe_payment_intent_id": f"pi_{number}"}
    if status == "quarantined":
        fields |= {"reason": "2500 USD was agreed, but the session says 1 USD"}
    return Donation.objects.create(**fields | changes)


def monthly_gift(**changes):
    """A gift that is given again and again, and runs."""
    fields = {
        "donor": changes.pop("donor", None) or donor(),
        "amount_minor": 2500,
        "currency": "USD",
        "interval": "month",
        "language": "en",
        "status": "active",
        "status_as_of": NOW,
        "next_charge_at": NOW + dt.timedelta(days=31),
        "stripe_customer_id": "cus_1",
        "stripe_subscription_id": f"sub_{uuid.uuid4().hex[:16]}",
    }
    return MonthlyGift.objects.create(**fields | changes)


def balance_transaction(amount_minor=2500, currency="USD", fee_minor=103, **changes):
    fields = {
        "balance_transaction_id": f"txn_{uuid.uuid4().hex[:16]}",
        "currency": currency,
        "amount_minor": amount_minor,
        "fee_minor": fee_minor,
        "net_minor": amount_minor - fee_minor,
        "created_at": NOW,
    }
    return BalanceTransaction(**fields | changes)


def payment(amount_minor=2500, currency="USD", **changes):
    fields = {
        "payment_intent_id": f"pi_{uuid.uuid4().hex[:16]}",
        "status": "succeeded",
        "amount_minor": amount_minor,
        "currency": currency,
        "failure_code": "",
        "statement_text": "BLUE HEART TEST",
        "balance_transaction": balance_transaction(amount_minor, currency),
    }
    return Payment(**fields | changes)
