"""Payment intents: from the wish to be paid to the money taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stripe_sandbox.account import DEFAULT_DEBIT_SECONDS, Account
from stripe_sandbox.errors import StripeError, malformed
from stripe_sandbox.lists import field_is, page
from stripe_sandbox.money import check_currency, check_minimum, check_unit
from stripe_sandbox.objects import charges, payment_methods
from stripe_sandbox.objects.cards import DEBIT_CURRENCY, DEBIT_OF_CURRENCY
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.store import Json

OPEN_STATUSES = ("requires_payment_method", "requires_confirmation", "requires_action")
AUTHENTICATION_FAILED = (
    "payment_intent_authentication_failure",
    "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
)
DEBIT_RETURNED = ("payment_intent_payment_attempt_failed", "The customer's bank account could not be debited.")


@dataclass(frozen=True)
class Attempt:
    """How a try to pay ended: "succeeded", "processing", "requires_action" or "declined"."""

    status: str
    intent: Json
    message: str | None = None


def blank(account: Account, amount: int, currency: str, **fields: Any) -> Json:
    """An intent that is not yet stored."""
    intent: Json = {
        "id": account.new_id("payment_intent"),
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": None,
        "confirmation_method": "automatic",
        "created": account.now(),
        "currency": currency,
        "customer": None,
        "customer_account": None,
        "description": None,
        "excluded_payment_method_types": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }
    intent["client_secret"] = intent["id"] + account.new_id("client_secret")
    intent.update(fields)
    if "card" in intent["payment_method_types"]:
        intent["payment_method_options"] = {
            "card": {
                "installments": None, "mandate_options": None, "network": None, "request_three_d_secure": "automatic"
            }
        }  # fmt: skip
    return intent


def new_intent(account: Account, amount: int, currency: str, **fields: Any) -> Json:
    intent = blank(account, amount, currency, **fields)
    account.insert("payment_intent", intent)
    account.emit("payment_intent.created", intent)
    return intent


def attempt(
    account: Account, intent: Json, method: Json, *, authenticated: bool = False, off_session: bool = False
) -> Attempt:
    """Try to take the intent's money by this method."""
    intent.update(payment_method=method["id"], last_payment_error=None, next_action=None)
    if method["type"] != "card":
        return begin_debit(account, intent, method)
    card = payment_methods.card_of(account, method)
    was_set_up = off_session and card.asks_once and method["customer"] is not None
    if card.authenticate and not authenticated and not was_set_up:
        return ask_bank(account, intent, method, off_session=off_session)
    charge = charges.create(account, intent, method, authenticated=authenticated)
    if card.decline_code or (card.declines_later and off_session):
        code, message = charges.decline_of(card)
        charges.fail(account, charge, code, message, card)
        intent["latest_charge"] = charge["id"]
        return refuse(account, intent, method, code, message, decline_code=card.decline_code or "generic_decline")
    charges.succeed(account, charge)
    charges.schedule_consequences(account, charge, card)
    return succeed(account, intent, charge)


def succeed(account: Account, intent: Json, charge: Json) -> Attempt:
    intent.update(
        status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"], processing=None,
        next_action=None, last_payment_error=None,
    )  # fmt: skip
    account.save(intent)
    account.emit("payment_intent.succeeded", intent)
    return Attempt("succeeded", intent)


def refuse(
    account: Account, intent: Json, method: Json, code: str, message: str, decline_code: str | None = None
) -> Attempt:
    error: Json = {
        "code": code,
        "doc_url": "https://stripe.com/docs/error-codes/" + code.replace("_", "-"),
        "message": message,
        "payment_method": method,
        "type": "card_error",
    }
    if decline_code:
        error.update(decline_code=decline_code, charge=intent["latest_charge"])
    intent.update(
        status="requires_payment_method", last_payment_error=error, payment_method=None, next_action=None,
        processing=None,
    )  # fmt: skip
    account.save(intent)
    account.emit("payment_intent.payment_failed", intent)
    return Attempt("declined", intent, message)


def ask_bank(account: Account, intent: Json, method: Json, *, off_session: bool) -> Attempt:
    """3-D Secure: the donor has to say yes to the bank.

    When the donor is away that is a refusal; an invoice's payment waits for the donor to come back.
    """
    if off_session and "invoice" not in account.store.hidden(intent["id"]):
        return refuse(
            account, intent, method, "authentication_required",
            "Your card was declined. This transaction requires authentication.", "authentication_required",
        )  # fmt: skip
    url = f"{account.origin}/3d-secure/{intent['id']}"
    intent.update(
        status="requires_action",
        next_action={"type": "redirect_to_url", "redirect_to_url": {"return_url": None, "url": url}},
    )
    account.save(intent)
    account.emit("payment_intent.requires_action", intent)
    return Attempt("requires_action", intent)


def fail_authentication(account: Account, intent: Json) -> Attempt:
    method = account.get("payment_method", intent["payment_method"])
    return refuse(account, intent, method, *AUTHENTICATION_FAILED)


def begin_debit(account: Account, intent: Json, method: Json) -> Attempt:
    """A bank debit: nothing is certain before the bank has answered."""
    if DEBIT_CURRENCY[method["type"]] != intent["currency"]:
        raise StripeError(
            f'The payment method type "{method["type"]}" only supports payments in {DEBIT_CURRENCY[method["type"]]}.',
            param="payment_method",
        )
    charge = charges.create(account, intent, method)
    charges.pend(account, charge)
    intent.update(status="processing", latest_charge=charge["id"])
    account.save(intent)
    account.emit("payment_intent.processing", intent)
    seconds = account.seconds("debit_seconds", DEFAULT_DEBIT_SECONDS)
    account.schedule("finish_debit", intent["id"], account.now() + seconds)
    return Attempt("processing", intent)


def finish_debit(account: Account, intent: Json, *, succeeds: bool | None = None) -> Attempt | None:
    """The bank's answer, by the account's number unless told; None when it had answered before."""
    if intent["status"] != "processing":
        return None
    method = account.get("payment_method", intent["payment_method"])
    charge = account.get("charge", intent["latest_charge"])
    if succeeds is None:
        succeeds = not payment_methods.bank_of(account, method).fails
    if succeeds:
        charges.succeed(account, charge)
        return succeed(account, intent, charge)
    charges.fail(account, charge, *DEBIT_RETURNED)
    return refuse(account, intent, method, *DEBIT_RETURNED)


# the API


def create(account: Account, params: Json) -> Json:
    currency = check_currency(params["currency"])
    check_unit(params["amount"], currency, "amount")
    check_minimum(params["amount"], currency, account.now(), "Amount", "amount")
    if "customer" in params:
        account.get("customer", params["customer"], param="customer", status=400)
    copied = (
        "customer", "description", "receipt_email", "setup_future_usage", "shipping", "statement_descriptor",
        "statement_descriptor_suffix",
    )  # fmt: skip
    fields = {name: params[name] for name in copied if name in params}
    fields["metadata"] = merged_metadata({}, params.get("metadata", {}))
    debit = DEBIT_OF_CURRENCY.get(currency)
    offered = ["card", debit] if debit else ["card"]
    allowed = params.get("allowed_payment_method_types", offered)
    fields["payment_method_types"] = [name for name in offered if name in allowed]
    fields["allowed_payment_method_types"] = params.get("allowed_payment_method_types")
    fields["automatic_payment_methods"] = {"allow_redirects": "always", "enabled": True}
    intent = new_intent(account, params["amount"], currency, **fields)
    if "payment_method" in params:
        method = payment_methods.named(account, params["payment_method"], "payment_method")
        account.change(intent, status="requires_confirmation", payment_method=method["id"])
    if params.get("confirm"):
        return confirm_with(account, intent, {**params, "payment_method": intent["payment_method"]})
    return intent


def confirm(account: Account, params: Json, intent_id: str) -> Json:
    return confirm_with(account, account.get("payment_intent", intent_id), params)


def confirm_with(account: Account, intent: Json, params: Json) -> Json:
    if intent["status"] not in OPEN_STATUSES:
        raise unexpected_state(intent, "confirm")
    chosen = params.get("payment_method") or intent["payment_method"]
    if chosen is None:
        raise malformed(
            "You cannot confirm this PaymentIntent because it's missing a payment method.", "payment_method",
            "payment_intent_unexpected_state",
        )  # fmt: skip
    method = payment_methods.named(account, chosen, "payment_method")
    result = attempt(account, intent, method, off_session=params.get("off_session") is True)
    if result.status == "declined":
        raise card_error(result)
    return result.intent


def card_error(result: Attempt) -> StripeError:
    """The answer 402 to a declined try."""
    error = result.intent["last_payment_error"]
    return StripeError(
        error["message"], status=402, error_type="card_error", code=error["code"],
        decline_code=error.get("decline_code"), charge=error.get("charge"), payment_intent=result.intent,
        payment_method=error["payment_method"],
    )  # fmt: skip


def cancel(account: Account, params: Json, intent_id: str) -> Json:
    intent = account.get("payment_intent", intent_id)
    if intent["status"] not in OPEN_STATUSES:
        raise unexpected_state(intent, "cancel")
    return account.change(
        intent, "payment_intent.canceled", status="canceled", canceled_at=account.now(),
        cancellation_reason=params.get("cancellation_reason"), next_action=None,
    )  # fmt: skip


def unexpected_state(intent: Json, act: str) -> StripeError:
    return StripeError(
        f"You cannot {act} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state", payment_intent=intent,
    )  # fmt: skip


def retrieve(account: Account, params: Json, intent_id: str) -> Json:
    return account.get("payment_intent", intent_id)


def update(account: Account, params: Json, intent_id: str) -> Json:
    intent = account.get("payment_intent", intent_id)
    fields: Json = {name: params[name] or None for name in ("description", "receipt_email") if name in params}
    if "metadata" in params:
        fields["metadata"] = merged_metadata(intent["metadata"], params["metadata"])
    return account.change(intent, **fields)


def list_all(account: Account, params: Json) -> Json:
    conditions = [field_is("customer", params["customer"])] if "customer" in params else []
    return page(account, "payment_intent", "/v1/payment_intents", params, conditions)
