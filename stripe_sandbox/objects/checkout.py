"""Checkout Sessions: what is to be paid, and where the donor goes afterwards."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError, malformed, not_imitated
from stripe_sandbox.lists import field_is, page, slice_of
from stripe_sandbox.money import check_minimum
from stripe_sandbox.objects import catalogue
from stripe_sandbox.objects.cards import DEBIT_OF_CURRENCY
from stripe_sandbox.objects.customers import check_email, merged_metadata
from stripe_sandbox.store import Json

LIFETIME = 24 * 3600
SHORTEST_LIFETIME = 30 * 60
LONGEST_REFERENCE = 200
LONGEST_DESCRIPTOR = 22
MAX_ITEMS = 100
SWITCHES = (
    "adaptive_pricing", "automatic_tax", "invoice_creation", "managed_payments", "phone_number_collection",
    "tax_id_collection",
)  # fmt: skip
ECHOED = (
    "billing_address_collection", "cancel_url", "client_reference_id", "customer_email", "integration_identifier",
    "locale", "origin_context", "success_url",
)  # fmt: skip


def create(account: Account, params: Json) -> Json:
    mode = params.get("mode", "payment")
    check_modes(mode, params)
    check_addresses(params)
    items = build_items(account, params, mode)
    currency = items[0]["currency"]
    total = sum(item["amount_total"] for item in items)
    check_minimum(total, currency, account.now(), "The Checkout Session's total amount due")
    session = new_session(account, params, mode, currency, total)
    hidden = {
        "line_items": items,
        "payment_intent_data": params.get("payment_intent_data", {}),
        "subscription_data": params.get("subscription_data", {}),
    }
    account.insert("checkout.session", session, hidden)
    account.schedule("expire_session", session["id"], session["expires_at"])
    return session


def check_modes(mode: str, params: Json) -> None:
    if mode == "setup":
        raise malformed("The Stripe sandbox does not imitate Checkout Sessions in setup mode.", "mode")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise malformed("The Stripe sandbox imitates the hosted page only.", "ui_mode")
    if "success_url" not in params:
        raise malformed("Missing required param: success_url.", "success_url", "parameter_missing")
    if mode == "subscription":
        if "submit_type" in params and "subscription_data" in params:
            raise malformed(
                "You may only specify one of these parameters: submit_type, subscription_data.", "submit_type"
            )
        if params.get("submit_type") in ("book", "donate", "pay"):
            raise malformed("You can not pass this `submit_type` in `subscription` mode.", "submit_type")
        if "customer_creation" in params:
            raise malformed("`customer_creation` can only be used in `payment` mode.", "customer_creation")
        if "payment_intent_data" in params:
            raise malformed("You can not pass `payment_intent_data` in `subscription` mode.", "payment_intent_data")
    else:
        for name in ("subscription_data", "payment_method_collection"):
            if name in params:
                raise malformed(f"You can not pass `{name}` in `payment` mode.", name)
    for one, other in (("customer", "customer_email"), ("customer", "customer_creation")):
        if one in params and other in params:
            raise malformed(f"You may only specify one of these parameters: {one}, {other}.", one)
    check_off(params)


def check_off(params: Json) -> None:
    """Features that the sandbox does not have may be named only to say no to them."""
    if params.get("allow_promotion_codes"):
        raise not_imitated("allow_promotion_codes")
    for name in SWITCHES:
        if params.get(name, {}).get("enabled"):
            raise not_imitated(f"{name}[enabled]")
    data = params.get("payment_intent_data", {})
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        if len(data.get(name, "")) > LONGEST_DESCRIPTOR:
            raise malformed(
                f"The statement descriptor must be at most {LONGEST_DESCRIPTOR} characters.",
                f"payment_intent_data[{name}]",
            )


def check_addresses(params: Json) -> None:
    for name in ("success_url", "cancel_url"):
        if name in params:
            check_url(params[name], name)
    if "customer_email" in params:
        check_email(params["customer_email"], "customer_email")
    if len(params.get("client_reference_id", "")) > LONGEST_REFERENCE:
        raise malformed(f"Invalid string: must be at most {LONGEST_REFERENCE} characters", "client_reference_id")


def check_url(url: str, param: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise malformed("Invalid URL: An explicit scheme (such as https) must be provided.", param, "url_invalid")
    if any(letter <= " " for letter in url):
        raise malformed("Not a valid URL", param, "url_invalid")


def build_items(account: Account, params: Json, mode: str) -> list[Json]:
    given = params.get("line_items", [])
    if not given:
        raise malformed("Missing required param: line_items.", "line_items", "parameter_missing")
    if len(given) > MAX_ITEMS:
        raise malformed(f"You can pass at most {MAX_ITEMS} line items.", "line_items")
    items = [build_item(account, item, f"line_items[{place}]") for place, item in enumerate(given)]
    recurring = [item["price"]["recurring"] for item in items if item["price"]["recurring"]]
    if mode == "payment" and recurring:
        raise StripeError(
            "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use "
            "only one-time prices.", param="line_items",
        )  # fmt: skip
    if mode == "subscription" and not recurring:
        raise StripeError(
            "You must provide at least one recurring price in `subscription` mode when using prices.",
            param="line_items",
        )
    if len({(terms["interval"], terms["interval_count"]) for terms in recurring}) > 1:
        raise StripeError("The Stripe sandbox bills one interval in a subscription.", param="line_items")
    if len({item["currency"] for item in items}) > 1:
        raise StripeError("All line items must have the same currency.", param="line_items")
    return items


def build_item(account: Account, given: Json, path: str) -> Json:
    quantity = given.get("quantity", 1)
    if quantity < 1:
        raise malformed("Invalid positive integer", f"{path}[quantity]", "parameter_invalid_integer")
    if ("price" in given) == ("price_data" in given):
        raise malformed(f"You must specify either `price` or `price_data` in {path}.", f"{path}[price]")
    if "price" in given:
        price = account.get("price", given["price"], param=f"{path}[price]", status=400)
        if not price["active"]:
            raise StripeError(
                "The price specified is inactive. This field only accepts active prices.", param=f"{path}[price]"
            )
    else:
        price = inline_price(account, given["price_data"], f"{path}[price_data]")
    amount = price["unit_amount"] * quantity
    return {
        "id": account.new_id("item"),
        "object": "item",
        "adjustable_quantity": None,
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": account.get("product", price["product"])["name"],
        "metadata": merged_metadata({}, given.get("metadata", {})),
        "price": price,
        "quantity": quantity,
    }


def inline_price(account: Account, given: Json, path: str) -> Json:
    """A price made for this session only: archived from birth."""
    if ("product" in given) == ("product_data" in given):
        raise malformed(
            "You must specify either `product` or `product_data` when creating a price.", f"{path}[product]"
        )
    if "product" in given:
        product = account.get("product", given["product"], param=f"{path}[product]", status=400)
    else:
        product = catalogue.new_product(account, given["product_data"], active=False)
    return catalogue.new_price(account, given, product["id"], path=path, active=False)


def method_types(params: Json, currency: str) -> list[str]:
    """What the account offers in this currency (cards, and its bank debit), as far as allowed."""
    debit = DEBIT_OF_CURRENCY.get(currency)
    offered = ["card", debit] if debit else ["card"]
    allowed = params.get("allowed_payment_method_types", offered)
    excluded = params.get("excluded_payment_method_types", [])
    left = [name for name in offered if name in allowed and name not in excluded]
    if not left:
        raise malformed(
            f"No valid payment method types for this Checkout Session: the sandbox offers {', '.join(offered)} in "
            f"{currency}.", "allowed_payment_method_types",
        )  # fmt: skip
    return left


def expiry(account: Account, params: Json) -> int:
    """When the session ends. A caller who does not know that the clock was moved counts from real time."""
    now = account.now()
    given = params.get("expires_at")
    if given is None:
        return now + LIFETIME
    for base in (now, int(time.time())):
        if base + SHORTEST_LIFETIME - 60 <= given <= base + LIFETIME + 60:
            return now + int(given) - base
    early = given < now + SHORTEST_LIFETIME
    raise malformed(
        "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."
        if early
        else "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
        "expires_at",
    )


def new_session(account: Account, params: Json, mode: str, currency: str, total: int) -> Json:
    session_id = account.new_id("checkout.session")
    if "customer" in params:
        account.get("customer", params["customer"], param="customer", status=400)
    in_payment = mode == "payment"
    return {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": params.get("allow_promotion_codes"),
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": account.now(),
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": custom_text(params.get("custom_text", {})),
        "customer": params.get("customer"),
        "customer_account": None,
        "customer_creation": params.get("customer_creation", "if_required")
        if in_payment and "customer" not in params
        else None,
        "customer_details": known_details(account, params),
        "discounts": [],
        "excluded_payment_method_types": params.get("excluded_payment_method_types"),
        "expires_at": expiry(account, params),
        "invoice": None,
        "invoice_creation": invoice_creation() if in_payment else None,
        "livemode": False,
        "metadata": merged_metadata({}, params.get("metadata", {})),
        "mode": mode,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": params.get("payment_method_collection", "if_required" if in_payment else "always"),
        "payment_method_configuration_details": None,
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": method_types(params, currency),
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": params.get("phone_number_collection", {}).get("enabled", False)},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": params.get("submit_type"),
        "subscription": None,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{account.origin}/c/pay/{session_id}",
        "wallet_options": None,
        **{name: params.get(name) for name in ECHOED},
    }


def custom_text(given: Json) -> Json:
    places = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
    return {name: given.get(name) or None for name in places}


def invoice_creation() -> Json:
    data: Json = {
        "account_tax_ids": None, "custom_fields": None, "description": None, "footer": None, "issuer": None,
        "metadata": {}, "rendering_options": None,
    }  # fmt: skip
    return {"enabled": False, "invoice_data": data}


def known_details(account: Account, params: Json) -> Json | None:
    email = params.get("customer_email")
    name = None
    if "customer" in params:
        customer = account.get("customer", params["customer"])
        email, name = customer["email"], customer["name"]
    if email is None:
        return None
    return details(email=email, name=name)


def details(*, email: str | None, name: str | None, address: Json | None = None) -> Json:
    return {
        "address": address,
        "business_name": None,
        "email": email,
        "individual_name": None,
        "name": name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }


def line_items(account: Account, session: Json) -> list[Json]:
    return list(account.store.hidden(session["id"])["line_items"])


def expire(account: Account, session: Json) -> Json:
    account.change(session, status="expired", url=None)
    account.emit("checkout.session.expired", session)
    return session


def expire_when_due(account: Account, session_id: str) -> None:
    session = account.get("checkout.session", session_id)
    if session["status"] == "open":
        expire(account, session)


# the API


def retrieve(account: Account, params: Json, session_id: str) -> Json:
    return account.get("checkout.session", session_id, param="session")


def update(account: Account, params: Json, session_id: str) -> Json:
    session = account.get("checkout.session", session_id, param="session")
    return account.change(session, metadata=merged_metadata(session["metadata"], params.get("metadata", {})))


def expire_now(account: Account, params: Json, session_id: str) -> Json:
    session = account.get("checkout.session", session_id, param="session")
    if session["status"] != "open":
        raise StripeError(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status '
            f"of `{session['status']}`.",
        )
    return expire(account, session)


def list_line_items(account: Account, params: Json, session_id: str) -> Json:
    session = account.get("checkout.session", session_id, param="session")
    return slice_of(line_items(account, session), f"/v1/checkout/sessions/{session_id}/line_items", params)


def list_all(account: Account, params: Json) -> Json:
    names = ("customer", "payment_intent", "status", "subscription")
    conditions: list[tuple[str, Any]] = [field_is(name, params[name]) for name in names if name in params]
    email = params.get("customer_details", {}).get("email")
    if email:
        conditions.append(field_is("customer_details.email", email))
    return page(account, "checkout.session", "/v1/checkout/sessions", params, conditions)
