"""Monthly gifts at Stripe: subscriptions and the page where a donor changes the card.

https://docs.stripe.com/api/subscriptions https://docs.stripe.com/customer-management/portal-deep-links
"""

import datetime as dt
from typing import Any

from donations.gateway.checkout import recurring
from donations.gateway.client import Json, call, call_with_key, client, fetch, id_of, text
from donations.gateway.payments import retrieve_payment
from donations.gateway.reading import paying_intent, read_invoice, read_subscription
from donations.gateway.records import Invoice, Subscription

WAITS_FOR_DONOR = "requires_action"


def retrieve_subscription(subscription_id: str) -> Subscription:
    """The subscription as it is now. Raises `GatewayError`."""
    asked_at = dt.datetime.now(dt.UTC)
    return read_subscription(fetch("subscriptions", subscription_id), asked_at)


def change_amount(
    subscription: Subscription, *, amount_minor: int, months: int, mark: str, idempotency_key: str
) -> Subscription:
    """Charge another amount from the next charge on; nothing is charged or given back now.

    `mark` is written into the subscription, so that whoever looks at it next knows whose change it was. Raises
    `GatewayError`.
    """
    price = {
        "currency": subscription.currency.lower(),
        "product": subscription.product_id,
        "unit_amount": amount_minor,
        "recurring": recurring(months),
    }
    params: Json = {
        "items": [{"id": subscription.item_id, "quantity": 1, "price_data": price}],
        "proration_behavior": "none",
    }
    return _update(subscription.subscription_id, params, mark, idempotency_key)


def pause_subscription(
    subscription_id: str, *, resumes_at: dt.datetime | None, mark: str, idempotency_key: str
) -> Subscription:
    """Charge nothing until `resumes_at`, or until it is resumed; what falls due meanwhile is void."""
    pause: Json = {"behavior": "void"}
    if resumes_at is not None:
        pause["resumes_at"] = int(resumes_at.timestamp())
    return _update(subscription_id, {"pause_collection": pause}, mark, idempotency_key)


def resume_subscription(subscription_id: str, *, mark: str, idempotency_key: str) -> Subscription:
    """Charge again from the next period on. Raises `GatewayError`."""
    return _update(subscription_id, {"pause_collection": ""}, mark, idempotency_key)


def cancel_subscription(subscription_id: str, *, feedback: str, mark: str) -> Subscription:
    """End it now: nothing is charged any more. `feedback` is one of Stripe's words, or empty.

    Raises `GatewayMissingError` where it has ended already.
    """
    details = {"comment": mark} | ({"feedback": feedback} if feedback else {})
    params: Any = {"cancellation_details": details}
    asked_at = dt.datetime.now(dt.UTC)
    return read_subscription(call(lambda: client().v1.subscriptions.cancel(subscription_id, params)), asked_at)


def card_page(customer_id: str, *, return_url: str) -> str:
    """The address of Stripe's page where the donor gives another card, and comes back from. Raises `GatewayError`."""
    done: Json = {"type": "redirect", "redirect": {"return_url": return_url}}
    params: Any = {
        "customer": customer_id,
        "return_url": return_url,
        "flow_data": {"type": "payment_method_update", "after_completion": done},
    }
    return text(call(lambda: client().v1.billing_portal.sessions.create(params)), "url")


def retrieve_unpaid_invoice(invoice_id: str) -> tuple[Invoice, bool]:
    """An invoice whose charge did not go through, and whether its payment waits for the donor to confirm it.

    Raises `GatewayError`.
    """
    invoice = fetch("invoices", invoice_id, expand=["payments"])
    open_id = _open_intent(invoice)
    waits = bool(open_id) and not paying_intent(invoice) and retrieve_payment(open_id).status == WAITS_FOR_DONOR
    return read_invoice(invoice, None), waits


def _open_intent(invoice: Json) -> str:
    for each in (invoice.get("payments") or {}).get("data", []):
        if each.get("status") == "open":
            return id_of((each.get("payment") or {}).get("payment_intent"))
    return ""


def _update(subscription_id: str, changes: Json, mark: str, idempotency_key: str) -> Subscription:
    params: Any = {**changes, "metadata": {"change": mark}}
    options: Any = {"idempotency_key": idempotency_key}
    asked_at = dt.datetime.now(dt.UTC)
    answer, is_old = call_with_key(lambda: client().v1.subscriptions.update(subscription_id, params, options))
    return retrieve_subscription(subscription_id) if is_old else read_subscription(answer, asked_at)
