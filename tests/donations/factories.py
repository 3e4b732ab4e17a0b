import datetime as dt
import uuid

from django.contrib.auth.models import User

from donations import ledger
from donations.gateway import BalanceTransaction, Payment
from donations.models import (
    BankAccount,
    Contributor,
    Donation,
    Donor,
    Grant,
    MonthlyGift,
    Organisation,
    PromisedGift,
)
from tests.campaigns.factories import CampaignFactory

__all__ = [
    "CampaignFactory",
    "balance_transaction",
    "bank_account",
    "contributor",
    "donation",
    "donor",
    "grant",
    "monthly_gift",
    "offline_donation",
    "organisation",
    "payment",
    "promised_gift",
    "staff_member",
]

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
TODAY = NOW.date()


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


def offline_donation(status="succeeded", **changes):
    """A gift by bank transfer that Ada recorded; without its posting."""
    fields = {
        "donor": changes.pop("donor", None) or donor(),
        "method": "bank",
        "amount_minor": 2500,
        "currency": "USD",
        "interval": "once",
        "status": status,
        "language": "en",
        "succeeded_at": NOW,
        "recorded_by": changes.pop("recorded_by", None) or staff_member(),
    }
    return Donation.objects.create(**fields | changes)


def staff_member(name="ada"):
    """Somebody of the staff, without any permission."""
    return User.objects.get_or_create(username=name, defaults={"is_staff": True, "email": f"{name}@example.org"})[0]


def contributor(name="Ministry of Foreign Affairs", **changes):
    return Contributor.objects.create(**{"kind": "institution", "name": name, "language": "en"} | changes)


def promised_gift(amounts=(50000, 50000), *, first_due_on=TODAY, **changes):
    """A promise with its instalments, one a year, and its posting."""
    fields = {
        "contributor": changes.pop("contributor", None) or contributor(),
        "amount_minor": sum(amounts),
        "currency": "USD",
        "promised_on": TODAY,
        "recorded_by": changes.pop("recorded_by", None) or staff_member(),
    }
    promise = PromisedGift.objects.create(**fields | changes)
    for number, amount_minor in enumerate(amounts, 1):
        due_on = first_due_on.replace(year=first_due_on.year + number - 1)
        promise.instalments.create(number=number, due_on=due_on, amount_minor=amount_minor)
    ledger.post_promise(promise, by=promise.recorded_by)
    return promise


def organisation(name="Safe Harbour", **changes):
    return Organisation.objects.create(**{"name": name, "country": "MX"} | changes)


def grant(status="approved", **changes):
    """A grant, signed by two persons where its status says so."""
    given_to = changes.pop("organisation", None) or organisation()
    fields = {
        "organisation": given_to,
        "country": given_to.country,
        "purpose": "A safe house and legal help",
        "amount_minor": 100000,
        "currency": "USD",
        "starts_on": TODAY,
        "ends_on": TODAY.replace(year=NOW.year + 1),
        "proposed_by": staff_member(),
        "status": status,
    }
    if status in ("approved", "closed"):
        fields |= {
            "first_signed_by": staff_member(), "first_signed_at": NOW,
            "second_signed_by": staff_member("abe"), "second_signed_at": NOW,
        }  # fmt: skip
    return Grant.objects.create(**fields | changes)


def bank_account(**changes):
    fields = {
        "name": "Trust Fund, US dollars",
        "holder": "Blue Heart (test mode)",
        "bank": "Test Bank",
        "iban": "ZZ31TEST00000000000001",
        "currency": "USD",
    }
    return BankAccount.objects.create(**fields | changes)


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
