"""Payment methods: test cards and test bank accounts."""

from __future__ import annotations

import hashlib
from typing import Any

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError, malformed, missing_object
from stripe_sandbox.lists import field_is, page
from stripe_sandbox.objects.cards import BANK_ACCOUNTS, CARDS, DECLINES, TOKENS, BankAccount, Card
from stripe_sandbox.objects.customers import full_address, merged_metadata
from stripe_sandbox.store import Json

DEFAULT_EXPIRY = (12, 2034)


def create(account: Account, params: Json) -> Json:
    kind = params.get("type")
    if kind is None:
        raise malformed("Missing required param: type.", "type", "parameter_missing")
    if kind == "card":
        return from_card_params(account, params)
    number_name = {"sepa_debit": "iban", "us_bank_account": "account_number", "bacs_debit": "account_number"}
    if kind not in number_name:
        raise malformed(f"The Stripe sandbox does not imitate payment methods of type {kind}.", "type")
    number = params.get(kind, {}).get(number_name[kind], "").replace(" ", "")
    bank = BANK_ACCOUNTS.get((kind, number))
    if bank is None:
        where = f"{kind}[{number_name[kind]}]"
        raise malformed("The account number is none of Stripe's test accounts.", where, "account_number_invalid")
    return new_debit_method(account, bank, params.get("billing_details"), params.get("metadata"))


def from_card_params(account: Account, params: Json) -> Json:
    given = params.get("card") or {}
    if "token" in given:
        card = CARDS.get(TOKENS.get(given["token"].removeprefix("tok_"), ""))
        if card is None:
            raise missing_object("token", given["token"], "card[token]", status=400)
    else:
        card = find_card(given.get("number", ""), "card[number]")
    expiry = (given.get("exp_month", DEFAULT_EXPIRY[0]), given.get("exp_year", DEFAULT_EXPIRY[1]))
    return new_card_method(account, card, params.get("billing_details"), expiry=expiry, metadata=params.get("metadata"))


def find_card(number: str, param: str = "number") -> Card:
    card = CARDS.get(number.replace(" ", "").replace("-", ""))
    if card is None:
        raise StripeError(
            "Your card was declined. Your request was in test mode, but used a non test card. "
            "For a list of valid test cards, visit: https://stripe.com/docs/testing.",
            status=402, error_type="card_error", code="card_declined", param=param, decline_code="test_mode_live_card",
        )  # fmt: skip
    return card


def new_card_method(
    account: Account,
    card: Card,
    billing: Json | None = None,
    *,
    expiry: tuple[int, int] = DEFAULT_EXPIRY,
    metadata: Json | None = None,
) -> Json:
    method = blank(account, "card", billing, metadata)
    method["card"] = {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": card.country,
        "display_brand": "american_express" if card.brand == "amex" else card.brand,
        "exp_month": expiry[0],
        "exp_year": expiry[1],
        "fingerprint": fingerprint(account, card.number),
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    return account.insert("payment_method", method, {"number": card.number})


def new_debit_method(
    account: Account, bank: BankAccount, billing: Json | None = None, metadata: Json | None = None
) -> Json:
    method = blank(account, bank.method_type, billing, metadata)
    more: dict[str, Json] = {
        "us_bank_account": {
            "financial_connections_account": None,
            "networks": {"preferred": "ach", "supported": ["ach"]},
            "status_details": {},
        },
        "sepa_debit": {"generated_from": {"charge": None, "setup_attempt": None}},
        "bacs_debit": {},
    }
    method[bank.method_type] = debit_details(account, bank) | more[bank.method_type]
    return account.insert("payment_method", method, {"number": bank.number})


def debit_details(account: Account, bank: BankAccount) -> Json:
    """What method and charge both show of a bank account."""
    shared: Json = {"fingerprint": fingerprint(account, bank.number), "last4": bank.number[-4:]}
    if bank.method_type == "sepa_debit":
        return {**shared, "bank_code": bank.number[4:9], "branch_code": None, "country": bank.country}
    if bank.method_type == "bacs_debit":
        return {**shared, "sort_code": "108800"}
    return {
        **shared,
        "account_holder_type": "individual",
        "account_type": "checking",
        "bank_name": "STRIPE TEST BANK",
        "routing_number": "110000000",
    }


def blank(account: Account, kind: str, billing: Json | None, metadata: Json | None) -> Json:
    return {
        "id": account.new_id("payment_method"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing_details(billing),
        "created": account.now(),
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": merged_metadata({}, metadata or {}),
        "type": kind,
    }


def billing_details(given: Json | None) -> Json:
    given = given or {}
    details: Json = {name: given.get(name) or None for name in ("email", "name", "phone", "tax_id")}
    details["address"] = full_address(given.get("address") or {"country": None})
    return dict(sorted(details.items()))


def fingerprint(account: Account, number: str) -> str:
    return hashlib.sha256(f"{account.seed}:{number}".encode()).hexdigest()[:16]


def card_of(account: Account, method: Json) -> Card:
    return CARDS[account.store.hidden(method["id"])["number"]]


def bank_of(account: Account, method: Json) -> BankAccount:
    return BANK_ACCOUNTS[(method["type"], account.store.hidden(method["id"])["number"])]


def named(account: Account, name: str, param: str) -> Json:
    """A payment method by id; `pm_card_visa` and its like make a new one, as Stripe does."""
    if name.startswith("pm_card_"):
        card = CARDS.get(TOKENS.get(name.removeprefix("pm_card_"), ""))
        if card is not None:
            return new_card_method(account, card)
    return account.get("payment_method", name, param=param, status=400)


def check_saving(account: Account, method: Json) -> None:
    """A card that declines every charge cannot be saved for later either."""
    card = card_of(account, method)
    if card.decline_code:
        code, message = DECLINES[card.decline_code]
        raise StripeError(
            message, status=402, error_type="card_error", code=code, decline_code=card.decline_code
        )  # fmt: skip


def attach(account: Account, params: Json, method_id: str) -> Json:
    if "customer" not in params:
        raise malformed("Missing required param: customer.", "customer", "parameter_missing")
    customer = account.get("customer", params["customer"], param="customer", status=400)
    method = named(account, method_id, "payment_method")
    return attach_to(account, method, customer["id"])


def attach_to(account: Account, method: Json, customer_id: str) -> Json:
    if method["customer"] not in (None, customer_id):
        raise StripeError(
            "This PaymentMethod has already been attached to another customer.", code="payment_method_unexpected_state"
        )
    if method["customer"] is None:
        method["customer"] = customer_id
        account.save(method)
        account.emit("payment_method.attached", method)
    return method


def detach(account: Account, params: Json, method_id: str) -> Json:
    method = account.get("payment_method", method_id)
    return account.change(method, "payment_method.detached", customer=None)


def retrieve(account: Account, params: Json, method_id: str) -> Json:
    return account.get("payment_method", method_id)


def list_all(account: Account, params: Json) -> Json:
    return page(account, "payment_method", "/v1/payment_methods", params, conditions(params))


def list_of_customer(account: Account, params: Json, customer_id: str) -> Json:
    account.get("customer", customer_id)
    wanted = [*conditions(params), field_is("customer", customer_id)]
    return page(account, "payment_method", f"/v1/customers/{customer_id}/payment_methods", params, wanted)


def conditions(params: Json) -> list[tuple[str, Any]]:
    return [field_is(name, params[name]) for name in ("customer", "type") if name in params]
