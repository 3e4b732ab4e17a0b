"""Early fraud warnings: a refund in time spares a dispute and its fee. https://docs.stripe.com/disputes/fraud-warnings"""

from django.db import transaction

from blueheart.post.alerts import alert
from donations import gateway
from donations.models import FraudWarning
from donations.services.payments import lock_paid_donation


def look_at_warning(warning_id: str) -> gateway.FraudWarning:
    """Ask Stripe about a warning. Raises `GatewayError`."""
    return gateway.retrieve_fraud_warning(warning_id)


def payment_of(seen: gateway.FraudWarning) -> str:
    """The payment that is warned of; empty where a charge has none. Raises `GatewayError`."""
    return seen.payment_intent_id or gateway.payment_of_charge(seen.charge_id)


@transaction.atomic
def book_warning(payment_intent_id: str, seen: gateway.FraudWarning) -> FraudWarning:
    """Keep a warning, and tell staff of it once; nothing can be done any more about one that was refunded or disputed.

    Raises `UnknownDonationError` `NotYetError`.
    """
    donation = lock_paid_donation(payment_intent_id)
    warning, is_new = FraudWarning.objects.get_or_create(
        stripe_warning_id=seen.warning_id,
        defaults={
            "donation": donation,
            "fraud_type": seen.fraud_type[:60],
            "is_actionable": seen.is_actionable,
            "warned_at": seen.created_at,
        },
    )
    # It never becomes actionable again, so an older answer changes nothing.
    if warning.is_actionable and not seen.is_actionable:
        warning.is_actionable = False
        warning.save(update_fields=["is_actionable"])
    if is_new and warning.is_actionable:
        alert("alert-fraud-warning", cause=f"fraud-warning:{warning.pk}", subject_id=warning.pk)
    return warning
