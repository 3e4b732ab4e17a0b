"""Money that goes back: refunds, disputes, and the warnings before them.

https://docs.stripe.com/api/refunds https://docs.stripe.com/api/disputes
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from donations.gateway.client import call, client, fetch, pages
from donations.gateway.reading import read_dispute, read_fraud_warning, read_refund
from donations.gateway.records import Dispute, FraudWarning, Refund

REFUND = ["balance_transaction", "failure_balance_transaction"]
EACH_REFUND = [f"data.{name}" for name in REFUND]


def create_refund(
    *, payment_intent_id: str, amount_minor: int, refund: str, reason: str, idempotency_key: str
) -> Refund:
    """Give money of a payment back; `refund` is our row's public id. The same key refunds once.

    Raises `GatewayRefusedError` where Stripe will not, for instance because nothing is left to refund.
    """
    params: Any = {
        "payment_intent": payment_intent_id,
        "amount": amount_minor,
        "metadata": {"refund": refund},
        "expand": REFUND,
    }
    if reason:
        params["reason"] = reason
    options: Any = {"idempotency_key": idempotency_key}
    return read_refund(call(lambda: client().v1.refunds.create(params, options)))


def retrieve_refund(refund_id: str) -> Refund:
    """The refund with what it moved. Raises `GatewayError`."""
    return read_refund(fetch("refunds", refund_id, expand=REFUND))


def refunds_of(payment_intent_id: str) -> list[Refund]:
    """All refunds of a payment, newest first. Raises `GatewayError`."""
    found: Iterator[Any] = pages(
        "refunds",
        payment_intent=payment_intent_id,
        expand=EACH_REFUND,
    )
    return [read_refund(refund) for refund in found]


def retrieve_dispute(dispute_id: str) -> Dispute:
    """The dispute with all it moved so far. Raises `GatewayError`."""
    asked_at = dt.datetime.now(dt.UTC)
    return read_dispute(fetch("disputes", dispute_id), asked_at)


def retrieve_fraud_warning(warning_id: str) -> FraudWarning:
    """The early fraud warning. Raises `GatewayError`."""
    return read_fraud_warning(fetch("radar/early_fraud_warnings", warning_id))
