"""Payments and their charges. https://docs.stripe.com/api/payment_intents"""

from typing import Any

from donations.gateway.client import call, client, fetch, id_of, look
from donations.gateway.reading import paying_intent, read_invoice, read_payment
from donations.gateway.records import Invoice, Payment

PAYMENT = "latest_charge.balance_transaction"


def retrieve_payment(payment_intent_id: str) -> Payment:
    """The payment with its charge and what we were credited. Raises `GatewayError`."""
    return read_payment(fetch("payment_intents", payment_intent_id, expand=[PAYMENT]))


def payment_of_charge(charge_id: str) -> str:
    """The id of the payment that a charge belongs to; empty if to none. Raises `GatewayError`."""
    charge = fetch("charges", charge_id)
    return id_of(charge.get("payment_intent"))


def retrieve_invoice(invoice_id: str) -> Invoice:
    """The invoice with the payment that paid it, if any. Raises `GatewayError`."""
    invoice = fetch("invoices", invoice_id, expand=["payments"])
    payment_id = paying_intent(invoice)
    return read_invoice(invoice, retrieve_payment(payment_id) if payment_id else None)


def invoice_of_payment(payment_intent_id: str) -> str:
    """The id of the invoice that a payment paid; empty if none. Raises `GatewayError`."""
    params: Any = {"payment": {"type": "payment_intent", "payment_intent": payment_intent_id}, "limit": 1}
    found = look(lambda: client().v1.invoice_payments.list(params))
    return id_of(found["data"][0].get("invoice")) if found["data"] else ""


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
    return read_payment(call(lambda: client().v1.payment_intents.create(params)))
