"""Customers."""

from __future__ import annotations

import re
from typing import Any

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError, malformed
from stripe_sandbox.ids import random_text
from stripe_sandbox.lists import field_is, page
from stripe_sandbox.store import Json

EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$")
ADDRESS_FIELDS = ("city", "country", "line1", "line2", "postal_code", "state")
# unset by an empty string
PLAIN_FIELDS = ("business_name", "description", "email", "individual_name", "name", "phone")


def create(account: Account, params: Json) -> Json:
    number = account.store.count_up("customers")
    customer: Json = {
        "id": account.new_id("customer"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": account.now(),
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": None,
        "invoice_prefix": random_text(account.seed, "invoice_prefix", number, 8).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    customer.update(changed_fields(account, customer, params))
    account.insert("customer", customer)
    account.emit("customer.created", customer)
    return customer


def changed_fields(account: Account, customer: Json, params: Json) -> Json:
    fields: Json = {}
    for name in PLAIN_FIELDS:
        if name in params:
            fields[name] = params[name] or None
    if fields.get("email"):
        check_email(fields["email"])
    if "address" in params:
        fields["address"] = full_address(params["address"])
    if "metadata" in params:
        fields["metadata"] = merged_metadata(customer["metadata"], params["metadata"])
    if "preferred_locales" in params:
        fields["preferred_locales"] = params["preferred_locales"]
    settings = params.get("invoice_settings", {})
    if "default_payment_method" in settings:
        default = settings["default_payment_method"] or None
        if default:
            account.get("payment_method", default, param="invoice_settings[default_payment_method]", status=400)
        fields["invoice_settings"] = {**customer["invoice_settings"], "default_payment_method": default}
    return fields


def check_email(email: str, param: str = "email") -> None:
    if not EMAIL.match(email) or len(email) > 512:
        raise malformed(f"Invalid email address: {email}", param, "email_invalid")


def full_address(given: Any) -> Json | None:
    """All six fields, those not given as null."""
    if not given:
        return None
    return {name: given.get(name) or None for name in ADDRESS_FIELDS}


def merged_metadata(current: Json, given: Any) -> Json:
    """Keys given replace, empty values unset, an empty string unsets all."""
    if given == "":
        return {}
    merged = {**current, **given}
    return {name: value for name, value in merged.items() if value != ""}


def retrieve(account: Account, params: Json, customer_id: str) -> Json:
    return account.get("customer", customer_id, param="id")


def update(account: Account, params: Json, customer_id: str) -> Json:
    customer = account.get("customer", customer_id)
    if customer.get("deleted"):
        raise StripeError(f"No such customer: '{customer_id}'", status=404, code="resource_missing", param="id")
    return account.change(customer, "customer.updated", **changed_fields(account, customer, params))


def delete(account: Account, params: Json, customer_id: str) -> Json:
    """Gone for good: its subscriptions end at once (see subscriptions.cancel_all)."""
    customer = account.get("customer", customer_id)
    remains = {"id": customer_id, "object": "customer", "deleted": True}
    if not customer.get("deleted"):
        account.store.delete(remains)
        account.emit("customer.deleted", customer)
    return remains


def list_all(account: Account, params: Json) -> Json:
    conditions = [field_is("email", params["email"])] if "email" in params else []
    return page(account, "customer", "/v1/customers", params, conditions)
