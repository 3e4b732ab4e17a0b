"""Pay pages: Stripe's Checkout Sessions. https://docs.stripe.com/api/checkout/sessions"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from donations.gateway.client import Json, call, client, fetch, pages
from donations.gateway.payments import PAYMENT
from donations.gateway.reading import LOCALES, read_session
from donations.gateway.records import Order, Session


def create_session(order: Order, *, idempotency_key: str) -> Session:
    """Open a pay page. The same key with the same order always leads to the same one. Raises `GatewayError`."""
    params, asked_at = _order_params(order), dt.datetime.now(dt.UTC)
    options: Any = {"idempotency_key": idempotency_key}
    return read_session(call(lambda: client().v1.checkout.sessions.create(params, options)), asked_at)


def retrieve_session(session_id: str) -> Session:
    """The session with its payment. Raises `GatewayError`."""
    expand = [f"payment_intent.{PAYMENT}", "subscription"]
    asked_at = dt.datetime.now(dt.UTC)
    answer = fetch("checkout/sessions", session_id, expand=expand)
    return read_session(answer, asked_at)


def sessions_since(moment: dt.datetime) -> Iterator[Session]:
    """Complete sessions that were opened from `moment` on, newest first, without payments. Raises `GatewayError`."""
    asked_at = dt.datetime.now(dt.UTC)
    since = {"gte": int(moment.timestamp())}
    for session in pages("checkout/sessions", created=since, status="complete", expand=["data.subscription"]):
        yield read_session(session, asked_at)


def expire_session(session_id: str) -> None:
    """Close a pay page, so that nobody can pay there. Raises `GatewayRefusedError` where it is closed already."""
    call(lambda: client().v1.checkout.sessions.expire(session_id))


def recurring(months: int) -> Json:
    """Stripe's words for "every so many months"."""
    return {"interval": "year"} if months == 12 else {"interval": "month", "interval_count": months}


def _order_params(order: Order) -> Any:
    metadata = {"donation": order.donation}
    price: Json = {
        "currency": order.currency.lower(),
        "unit_amount": order.amount_minor,
        "product_data": {"name": order.title},
    }
    params: Json = {
        "mode": "subscription" if order.months else "payment",
        "line_items": [{"quantity": 1, "price_data": price}],
        "client_reference_id": order.donation,
        "metadata": metadata,
        "customer_email": order.email,
        "locale": LOCALES.get(order.language, "auto"),
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
        # Else Stripe may let the donor pay in another currency than the one agreed with us.
        "adaptive_pricing": {"enabled": False},
    }
    if order.months:
        price["recurring"] = recurring(order.months)
        params["subscription_data"] = {"metadata": metadata, "description": order.title}
    else:
        params["submit_type"] = "donate"
        params["payment_intent_data"] = {"metadata": metadata, "description": order.title}
    return params
