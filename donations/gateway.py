"""Our only door to Stripe. What goes out is what Stripe's API takes; what comes back are our own typed records.

Nobody else imports `stripe`. All its troubles become `GatewayError`; anything live is refused.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings

API_VERSION = "2026-10-28.endive"
# A page that starts a gift makes one call, tried twice: it answers within 12 s even when Stripe does not.
TIMEOUT_SECONDS = 4.5
RETRIES = 1
EVENTS_PER_PAGE = 100

# At INFO it writes the ids of sessions, which open the page of thanks.
logging.getLogger("stripe").setLevel(logging.WARNING)

Json = dict[str, Any]

# Language codes of Checkout: https://docs.stripe.com/js/appendix/supported_locales
LOCALES = {"zh-hans": "zh", "ar": "auto", "en": "en", "fr": "fr", "ru": "ru", "es": "es", "pt": "pt"}
PAYMENT = "latest_charge.balance_transaction"


class GatewayError(Exception):
    """Stripe could not be asked, or gave no answer to use. Trying again may help.

    `answered`: Stripe refused this very request, and repeats the refusal under the same idempotency key.
    """

    answered = False


class GatewayRefusedError(GatewayError):
    """Stripe answered no."""

    answered = True


class GatewayMissingError(GatewayRefusedError):
    """Stripe knows no such object."""


class GatewayBusyError(GatewayError):
    """Another request with the same idempotency key is still under way."""


class LiveModeError(GatewayError):
    """Stripe sent an object of live mode, which has no place here."""


@dataclass(frozen=True)
class BalanceTransaction:
    """What Stripe credited us for a payment, in minor units of the currency our balance is kept in."""

    balance_transaction_id: str
    currency: str
    amount_minor: int
    fee_minor: int
    net_minor: int
    created_at: dt.datetime


@dataclass(frozen=True)
class Payment:
    """A PaymentIntent with its newest charge. `amount_minor` is what was collected; 0 until it has been."""

    payment_intent_id: str
    status: str
    amount_minor: int
    currency: str
    failure_code: str
    statement_text: str
    balance_transaction: BalanceTransaction | None


@dataclass(frozen=True)
class Subscription:
    """`donation` is the public id of the donation that began it, as we wrote into its metadata."""

    subscription_id: str
    status: str
    donation: str
    as_of: dt.datetime


@dataclass(frozen=True)
class Invoice:
    invoice_id: str
    status: str
    billing_reason: str
    amount_minor: int
    currency: str
    subscription_id: str
    payment: Payment | None


@dataclass(frozen=True)
class Session:
    """A Checkout Session. `payment` and, for a monthly gift, `invoice` and `subscription` are there once it is paid."""

    session_id: str
    url: str
    status: str
    payment_status: str
    amount_minor: int
    currency: str
    donation: str
    payment: Payment | None
    invoice_id: str
    subscription: Subscription | None


@dataclass(frozen=True)
class Event:
    """One event of Stripe's list; `payload` is the event itself."""

    event_id: str
    created: int
    payload: Json


@dataclass(frozen=True)
class Order:
    """What a Checkout Session shall sell: a gift. `donation` is its public id; `title` is shown on the pay page."""

    donation: str
    amount_minor: int
    currency: str
    monthly: bool
    title: str
    email: str
    language: str
    success_url: str
    cancel_url: str


def create_session(order: Order, *, idempotency_key: str) -> Session:
    """Open a pay page. The same key with the same order always leads to the same one. Raises `GatewayError`."""
    params, asked_at = _order_params(order), dt.datetime.now(dt.UTC)
    options: Any = {"idempotency_key": idempotency_key}
    return _session(_call(lambda: _client().v1.checkout.sessions.create(params, options)), asked_at)


def retrieve_session(session_id: str) -> Session:
    """The session with its payment. Raises `GatewayError`."""
    expand = [f"payment_intent.{PAYMENT}", "subscription"]
    asked_at = dt.datetime.now(dt.UTC)
    return _session(_call(lambda: _client().v1.checkout.sessions.retrieve(session_id, {"expand": expand})), asked_at)


def expire_session(session_id: str) -> None:
    """Close a pay page, so that nobody can pay there. Raises `GatewayRefusedError` where it is closed already."""
    _call(lambda: _client().v1.checkout.sessions.expire(session_id))


def retrieve_payment(payment_intent_id: str) -> Payment:
    """The payment with its charge and what we were credited. Raises `GatewayError`."""
    return _payment(_call(lambda: _client().v1.payment_intents.retrieve(payment_intent_id, {"expand": [PAYMENT]})))


def retrieve_invoice(invoice_id: str) -> Invoice:
    """The invoice with the payment that paid it, if any. Raises `GatewayError`."""
    invoice = _call(lambda: _client().v1.invoices.retrieve(invoice_id, {"expand": ["payments"]}))
    payment_id = _paying_intent(invoice)
    return _invoice(invoice, retrieve_payment(payment_id) if payment_id else None)


def retrieve_subscription(subscription_id: str) -> Subscription:
    """The subscription as it is now. Raises `GatewayError`."""
    asked_at = dt.datetime.now(dt.UTC)
    return _subscription(_call(lambda: _client().v1.subscriptions.retrieve(subscription_id)), asked_at)


def pay_by_test_card(amount_minor: int, currency: str) -> Payment:
    """A payment by Stripe's test Visa, without a pay page: for trying out a key. Raises `GatewayError`."""
    params: Any = {
        "amount": amount_minor,
        "currency": currency.lower(),
        "payment_method": "pm_card_visa",
        "allowed_payment_method_types": ["card"],
        "confirm": True,
        "description": "Blue Heart: check_sandbox",
    }
    return _payment(_call(lambda: _client().v1.payment_intents.create(params)))


def payment_of_charge(charge_id: str) -> str:
    """The id of the payment that a charge belongs to; empty if to none. Raises `GatewayError`."""
    charge = _call(lambda: _client().v1.charges.retrieve(charge_id))
    return _id(charge.get("payment_intent"))


def events_since(moment: dt.datetime) -> Iterator[Event]:
    """Stripe's events from `moment` on, newest first; Stripe keeps them for 30 days. Raises `GatewayError`."""
    after = ""
    while True:
        page = _events_page(int(moment.timestamp()), after)
        for event in page["data"]:
            yield Event(_text(event, "id"), _whole(event, "created"), event)
        if not page.get("has_more") or not page["data"]:
            return
        after = _text(page["data"][-1], "id")


def _events_page(since: int, after: str) -> Json:
    params: Any = {"limit": EVENTS_PER_PAGE, "created": {"gte": since}}
    if after:
        params["starting_after"] = after
    return _call(lambda: _client().v1.events.list(params))


def _client() -> stripe.StripeClient:
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@lru_cache(maxsize=4)
def _client_for(key: str, base: str) -> stripe.StripeClient:
    if not key:
        raise GatewayError("STRIPE_SECRET_KEY is not set")
    if not key.startswith(("sk_test_", "rk_test_")):
        raise LiveModeError("STRIPE_SECRET_KEY is no test key")
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": base} if base else None,
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
    )


def _order_params(order: Order) -> Any:
    metadata = {"donation": order.donation}
    price: Json = {
        "currency": order.currency.lower(),
        "unit_amount": order.amount_minor,
        "product_data": {"name": order.title},
    }
    params: Json = {
        "mode": "subscription" if order.monthly else "payment",
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
    if order.monthly:
        price["recurring"] = {"interval": "month"}
        params["subscription_data"] = {"metadata": metadata, "description": order.title}
    else:
        params["submit_type"] = "donate"
        params["payment_intent_data"] = {"metadata": metadata, "description": order.title}
    return params


def _call(ask: Callable[[], Any]) -> Json:
    """What Stripe answered, as plain data."""
    try:
        answer = ask().to_dict(for_json=True)
    except stripe.StripeError as error:
        raise _trouble(error) from error
    if not isinstance(answer, dict):
        raise GatewayError("Stripe's answer is no object")
    if answer.get("livemode"):
        raise LiveModeError(f"{answer.get('object')} {answer.get('id')} is live")
    return answer


def _trouble(error: stripe.StripeError) -> GatewayError:
    status = error.http_status
    words = f"{type(error).__name__} {status or ''} {error.code or ''}".strip()
    if status == 409:
        return GatewayBusyError(words)
    if status == 404:
        return GatewayMissingError(words)
    if status is not None and (status == 500 or (400 <= status < 500 and status != 429)):
        return GatewayRefusedError(words)
    return GatewayError(words)


def _session(session: Json, asked_at: dt.datetime) -> Session:
    payment, subscription = session.get("payment_intent"), session.get("subscription")
    return Session(
        session_id=_text(session, "id"),
        url=session.get("url") or "",
        status=_text(session, "status"),
        payment_status=_text(session, "payment_status"),
        amount_minor=_whole(session, "amount_total"),
        currency=_text(session, "currency").upper(),
        donation=(session.get("metadata") or {}).get("donation") or "",
        payment=_payment(payment) if isinstance(payment, dict) else None,
        invoice_id=_id(session.get("invoice")),
        subscription=_subscription(subscription, asked_at) if isinstance(subscription, dict) else None,
    )


def _payment(intent: Json) -> Payment:
    charge = intent.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    moved = charge.get("balance_transaction")
    error = intent.get("last_payment_error") or {}
    return Payment(
        payment_intent_id=_text(intent, "id"),
        status=_text(intent, "status"),
        amount_minor=_whole(intent, "amount_received"),
        currency=_text(intent, "currency").upper(),
        failure_code=error.get("decline_code") or error.get("code") or "",
        statement_text=charge.get("calculated_statement_descriptor") or "",
        balance_transaction=_balance_transaction(moved) if isinstance(moved, dict) else None,
    )


def _balance_transaction(moved: Json) -> BalanceTransaction:
    return BalanceTransaction(
        balance_transaction_id=_text(moved, "id"),
        currency=_text(moved, "currency").upper(),
        amount_minor=_whole(moved, "amount"),
        fee_minor=_whole(moved, "fee"),
        net_minor=_whole(moved, "net"),
        created_at=dt.datetime.fromtimestamp(_whole(moved, "created"), dt.UTC),
    )


def _subscription(subscription: Json, asked_at: dt.datetime) -> Subscription:
    return Subscription(
        subscription_id=_text(subscription, "id"),
        status=_text(subscription, "status"),
        donation=(subscription.get("metadata") or {}).get("donation") or "",
        as_of=asked_at,
    )


def _invoice(invoice: Json, payment: Payment | None) -> Invoice:
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    return Invoice(
        invoice_id=_text(invoice, "id"),
        status=_text(invoice, "status"),
        billing_reason=invoice.get("billing_reason") or "",
        amount_minor=_whole(invoice, "amount_paid"),
        currency=_text(invoice, "currency").upper(),
        subscription_id=_id(details.get("subscription")),
        payment=payment,
    )


def _paying_intent(invoice: Json) -> str:
    """The payment that paid the invoice; an invoice keeps the ones that were tried in vain, too."""
    for each in (invoice.get("payments") or {}).get("data", []):
        if each.get("status") == "paid":
            return _id((each.get("payment") or {}).get("payment_intent"))
    return ""


def _id(value: Any) -> str:
    """An id, whether the object stands in its place or not."""
    return _text(value, "id") if isinstance(value, dict) else value or ""


def _text(values: Json, name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str):
        raise GatewayError(f"Stripe's answer has no {name}")
    return value


def _whole(values: Json, name: str) -> int:
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise GatewayError(f"Stripe's answer has no whole {name}")
    return value
