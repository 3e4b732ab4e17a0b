"""What an event's reason means for whoever looks at the shelf, and which rows of ours its ids name."""

import json
from collections.abc import Iterator
from typing import Any

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from donations.models import Dispute, Donation, FraudWarning, MonthlyGift, Payout, Refund, StripeEvent
from donations.services.event_bodies import NAMING

# How a reason begins or ends, and what helps. The reasons themselves stay in English: the log has them, too.
ADVICE: list[tuple[str, Promise]] = [
    (
        "Stripe has nothing of it for us",
        _("Stripe does not know it in test mode. If it is of another system, ignore it for good and say so."),
    ),
    ("Stripe cannot be asked", _("Stripe was away at every try. Process it again once Stripe answers.")),
    (
        "while it was booked",
        _("Booking it failed on our side. Tell whoever looks after the software, and process it again once mended."),
    ),
    (
        "its worker ended without a word",
        _("The worker died each time. Tell whoever looks after the software before it is processed again."),
    ),
    (
        "the body is",
        _("It was signed, but is no event that we can read. After an update it may be: process it again then."),
    ),
    ("the event has no usable", _("A part of it is missing. Its object at Stripe tells more; recover it from there.")),
]
OTHERWISE = _("Compare its object at Stripe with our books. Process it again once the cause is gone.")
FIELDS: dict[str, tuple[type[Model], str]] = {
    "cs_": (Donation, "stripe_checkout_session_id"),
    "pi_": (Donation, "stripe_payment_intent_id"),
    "in_": (Donation, "stripe_invoice_id"),
    "sub_": (MonthlyGift, "stripe_subscription_id"),
    "re_": (Refund, "stripe_refund_id"),
    "pyr_": (Refund, "stripe_refund_id"),
    "dp_": (Dispute, "stripe_dispute_id"),
    "du_": (Dispute, "stripe_dispute_id"),
    "po_": (Payout, "stripe_payout_id"),
    "issfr_": (FraudWarning, "stripe_warning_id"),
}
MOST_ROWS = 6


def advice_on(event: StripeEvent) -> Promise:
    """What helps with an event that is shelved for its reason."""
    return next((advice for said, advice in ADVICE if said in event.reason), OTHERWISE)


def rows_of(event: StripeEvent) -> list[Model]:
    """The rows that the ids in an event name, each once; one query for each id, and six at most."""
    found: list[Model] = []
    for stripe_id in list(dict.fromkeys(_ids(event)))[:MOST_ROWS]:
        row = _row(stripe_id)
        if row is not None and row not in found:
            found.append(row)
    return found


def _row(stripe_id: str) -> Model | None:
    known = next((FIELDS[start] for start in FIELDS if stripe_id.startswith(start)), None)
    if known is None:
        return None
    model, field = known
    row: Model | None = model._default_manager.filter(**{field: stripe_id}).first()
    return row


def _ids(event: StripeEvent) -> Iterator[str]:
    if event.stripe_object_id:
        yield event.stripe_object_id
    try:
        subject: Any = json.loads(event.payload)["data"]["object"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return
    for name in NAMING:
        if isinstance(subject, dict) and isinstance(subject.get(name), str):
            yield subject[name]
