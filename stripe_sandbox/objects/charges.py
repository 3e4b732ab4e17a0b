"""Charges: one try to take money by a payment method."""

from __future__ import annotations

from stripe_sandbox.account import DEFAULT_SETTLE_SECONDS, Account
from stripe_sandbox.fees import charge_fee
from stripe_sandbox.lists import field_is, page
from stripe_sandbox.money import SETTLEMENT_CURRENCY, rate_on, settle
from stripe_sandbox.objects import balance, payment_methods
from stripe_sandbox.objects.cards import CARDS, DECLINES, Card
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.store import Json

DESCRIPTOR = "BLUE HEART SANDBOX"
CONSEQUENCE_AFTER = 2


def create(account: Account, intent: Json, method: Json, *, authenticated: bool = False) -> Json:
    """A charge of the intent by the method, still without an outcome and not yet stored."""
    is_card = method["type"] == "card"
    return {
        "id": account.new_id("charge" if is_card else "debit"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": DESCRIPTOR if is_card else None,
        "captured": False,
        "created": account.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": method_details(account, intent, method, authenticated=authenticated),
        "radar_options": {},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": intent["shipping"],
        "source": None,
        "source_transfer": None,
        "statement_descriptor": intent["statement_descriptor"],
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "pending",
        "transfer_data": None,
        "transfer_group": None,
    }


def method_details(account: Account, intent: Json, method: Json, *, authenticated: bool) -> Json:
    if method["type"] != "card":
        details = payment_methods.debit_details(account, payment_methods.bank_of(account, method))
        return {"type": method["type"], method["type"]: {**details, "mandate": None}}
    card = method["card"]
    shown = ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    return {
        "card": {
            **{name: card[name] for name in shown},
            "amount_authorized": intent["amount"],
            "authorization_code": None,
            "extended_authorization": {"status": "disabled"},
            "incremental_authorization": {"status": "unavailable"},
            "installments": None,
            "mandate": None,
            "multicapture": {"status": "unavailable"},
            "network": card["brand"],
            "network_token": {"used": False},
            "network_transaction_id": payment_methods.fingerprint(account, intent["id"])[:15],
            "overcapture": {"maximum_amount_capturable": intent["amount"], "status": "unavailable"},
            "regulated_status": "unregulated",
            "three_d_secure": three_d_secure() if authenticated else None,
            "wallet": None,
        },
        "type": "card",
    }


def three_d_secure() -> Json:
    return {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "transaction_id": None,
        "version": "2.2.0",
    }


def outcome(*, approved: bool, card: Card | None = None) -> Json:
    code = None if approved or card is None else card.decline_code
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network" if approved else "declined_by_network",
        "reason": code,
        "risk_level": "normal",
        "risk_score": 12,
        "seller_message": "Payment complete."
        if approved
        else "The bank did not return any further details with this decline.",
        "type": "authorized" if approved else "issuer_declined",
    }


def succeed(account: Account, charge: Json) -> Json:
    """Money taken. What it brings is booked a moment later, as Stripe does with automatic_async capture."""
    charge.update(
        status="succeeded", paid=True, captured=True, amount_captured=charge["amount"], outcome=outcome(approved=True),
        receipt_url=f"{account.origin}/receipts/{charge['id']}",
    )  # fmt: skip
    store(account, charge)
    account.emit("charge.succeeded", charge)
    account.schedule(
        "settle_charge", charge["id"], account.now() + account.seconds("settle_seconds", DEFAULT_SETTLE_SECONDS)
    )
    return charge


def schedule_consequences(account: Account, charge: Json, card: Card) -> None:
    """What the issuers of some test cards do a moment after they were charged."""
    moment = account.now() + account.seconds("consequence_seconds", CONSEQUENCE_AFTER)
    if card.fraud_warning:
        account.schedule("warn_of_fraud", charge["id"], moment)
    if card.dispute_reason:
        account.schedule("open_dispute", charge["id"], moment)


def fail(account: Account, charge: Json, code: str, message: str, card: Card | None = None) -> Json:
    charge.update(
        status="failed", paid=False, failure_code=code, failure_message=message,
        outcome=outcome(approved=False, card=card),
    )  # fmt: skip
    store(account, charge)
    account.emit("charge.failed", charge)
    return charge


def pend(account: Account, charge: Json) -> Json:
    """A debit under way: the bank answers days later."""
    charge.update(status="pending", captured=True, outcome=outcome(approved=True))
    store(account, charge)
    account.emit("charge.pending", charge)
    return charge


def store(account: Account, charge: Json) -> None:
    if account.store.get("charge", charge["id"]) is None:
        account.insert("charge", charge)
    else:
        account.save(charge)


def settle_charge(account: Account, charge_id: str) -> None:
    """Book what the charge brought: the balance transaction appears, and charge.updated tells it."""
    charge = account.get("charge", charge_id)
    if charge["balance_transaction"] or charge["status"] != "succeeded":
        return
    transaction = book(account, charge)
    account.change(charge, "charge.updated", balance_transaction=transaction["id"])


def book(account: Account, charge: Json) -> Json:
    details = charge["payment_method_details"]
    card = CARDS.get(account.store.hidden(charge["payment_method"]).get("number", ""))
    rate = rate_on(charge["currency"], account.now())
    fee = charge_fee(
        settle(charge["amount"], charge["currency"], rate),
        method_type=details["type"],
        card_country=details.get("card", {}).get("country"),
        exchanged=charge["currency"] != SETTLEMENT_CURRENCY,
    )
    return balance.record(
        account, kind="charge" if details["type"] == "card" else "payment", source=charge["id"],
        amount=charge["amount"], currency=charge["currency"], fee=fee, description=charge["description"], rate=rate,
        available_at_once=card is not None and card.bypasses_pending,
    )  # fmt: skip


def settled(account: Account, charge: Json) -> Json:
    """The charge, booked: refunds and disputes need its balance transaction first."""
    if charge["balance_transaction"] is None:
        settle_charge(account, charge["id"])
    return account.get("charge", charge["id"])


def decline_of(card: Card) -> tuple[str, str]:
    return DECLINES[card.decline_code or "generic_decline"]


def retrieve(account: Account, params: Json, charge_id: str) -> Json:
    return account.get("charge", charge_id)


def update(account: Account, params: Json, charge_id: str) -> Json:
    charge = account.get("charge", charge_id)
    fields: Json = {name: params[name] for name in ("description", "receipt_email") if name in params}
    if "metadata" in params:
        fields["metadata"] = merged_metadata(charge["metadata"], params["metadata"])
    return account.change(charge, "charge.updated", **fields)


def list_all(account: Account, params: Json) -> Json:
    conditions = [field_is(name, params[name]) for name in ("customer", "payment_intent") if name in params]
    return page(account, "charge", "/v1/charges", params, conditions)
