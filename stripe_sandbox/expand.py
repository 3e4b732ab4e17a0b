"""`expand[]`: ids replaced by the objects they name, at most four levels deep."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from stripe_sandbox.account import Account
from stripe_sandbox.errors import malformed
from stripe_sandbox.lists import list_object
from stripe_sandbox.objects import balance, checkout, webhook_endpoints
from stripe_sandbox.store import Json

MAX_DEPTH = 4
# dotted path inside an object -> kind of what the id names
EXPANDABLE: dict[str, dict[str, str]] = {
    "balance_transaction": {"source": "*"},
    "billing_portal.session": {"configuration": "billing_portal.configuration"},
    "charge": {
        "balance_transaction": "balance_transaction",
        "customer": "customer",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
    },
    "checkout.session": {
        "customer": "customer",
        "invoice": "invoice",
        "payment_intent": "payment_intent",
        "subscription": "subscription",
    },
    "customer": {"invoice_settings.default_payment_method": "payment_method"},
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
    "invoice": {
        "customer": "customer",
        "default_payment_method": "payment_method",
        "parent.subscription_details.subscription": "subscription",
    },
    "invoice_payment": {
        "invoice": "invoice",
        "payment.charge": "charge",
        "payment.payment_intent": "payment_intent",
    },
    "payment_intent": {
        "customer": "customer",
        "latest_charge": "charge",
        "payment_method": "payment_method",
    },
    "payment_method": {"customer": "customer"},
    "payout": {
        "balance_transaction": "balance_transaction",
        "failure_balance_transaction": "balance_transaction",
    },
    "price": {"product": "product"},
    "product": {"default_price": "price"},
    "radar.early_fraud_warning": {"charge": "charge", "payment_intent": "payment_intent"},
    "refund": {
        "balance_transaction": "balance_transaction",
        "charge": "charge",
        "failure_balance_transaction": "balance_transaction",
        "payment_intent": "payment_intent",
        "payment_method": "payment_method",
    },
    "subscription": {
        "customer": "customer",
        "default_payment_method": "payment_method",
        "latest_invoice": "invoice",
    },
}


def included_refunds(account: Account, charge: Json) -> Json:
    return included(account.store.where("refund", charge=charge["id"]), f"/v1/charges/{charge['id']}/refunds")


def included_payments(account: Account, invoice: Json) -> Json:
    return included(account.store.where("invoice_payment", invoice=invoice["id"]), "/v1/invoice_payments")


def included_line_items(account: Account, session: Json) -> Json:
    return included(checkout.line_items(account, session), f"/v1/checkout/sessions/{session['id']}/line_items")


def included_subscriptions(account: Account, customer: Json) -> Json:
    running = [
        each for each in account.store.where("subscription", customer=customer["id"]) if each["status"] != "canceled"
    ]
    return included(running, f"/v1/customers/{customer['id']}/subscriptions")


def included(items: list[Json], url: str) -> Json:
    return list_object(items[:10], url, has_more=len(items) > 10)


# lists that an object shows only when asked for
INCLUDABLE: dict[tuple[str, str], Callable[[Account, Json], Json]] = {
    ("charge", "refunds"): included_refunds,
    ("checkout.session", "line_items"): included_line_items,
    ("customer", "subscriptions"): included_subscriptions,
    ("invoice", "payments"): included_payments,
}
# fields that are worked out when an object is shown
SHOWN: dict[str, Callable[[Account, Json], Json]] = {
    "balance_transaction": balance.shown,
    "event": webhook_endpoints.shown_event,
}


def answer(account: Account, result: Json, paths: list[str]) -> Json:
    """The answer as it goes over the wire: nothing of the store is handed out itself."""
    shown = show(account, copy.deepcopy(result))
    for path in paths:
        steps = path.split(".")
        if len([step for step in steps if step != "data"]) > MAX_DEPTH:
            raise malformed(f"You cannot expand more than {MAX_DEPTH} levels of a property. Property: {path}", "expand")
        expand(account, shown, steps, path)
    return shown


def show(account: Account, value: Json) -> Json:
    if value.get("object") == "list":
        value["data"] = [show(account, each) for each in value["data"]]
        return value
    change = SHOWN.get(str(value.get("object")))
    return change(account, value) if change else value


def expand(account: Account, value: Any, steps: list[str], path: str) -> None:
    """Follow the path from the nearest object that has an id."""
    if not steps or value is None:
        return
    if isinstance(value, list):
        for each in value:
            expand(account, each, steps, path)
        return
    if value.get("object") == "list":
        if steps[0] != "data":
            raise cannot_expand(path)
        expand(account, value["data"], steps[1:], path)
        return
    expand_inside(account, value, steps, path)


def expand_inside(account: Account, owner: Json, steps: list[str], path: str) -> None:
    """Expand the longest property of the object that the path begins with."""
    kind = str(owner.get("object"))
    include = INCLUDABLE.get((kind, steps[0]))
    if include:
        if not isinstance(owner.get(steps[0]), dict):
            owner[steps[0]] = show(account, copy.deepcopy(include(account, owner)))
        expand(account, owner[steps[0]], steps[1:], path)
        return
    for length in range(len(steps), 0, -1):
        target_kind = EXPANDABLE.get(kind, {}).get(".".join(steps[:length]))
        if target_kind:
            place = holder(owner, steps[: length - 1])
            if place is not None:
                replace(account, place, steps[length - 1], target_kind)
                expand(account, place.get(steps[length - 1]), steps[length:], path)
            return
    inner = owner.get(steps[0])
    if len(steps) == 1 or not isinstance(inner, dict | list) or not reaches_object(inner):
        raise cannot_expand(path)
    expand(account, inner, steps[1:], path)


def reaches_object(inner: Any) -> bool:
    """Inline objects and lists of them can be walked through: subscription.items.data.price."""
    if isinstance(inner, list):
        return True
    return "object" in inner


def holder(owner: Json, steps: list[str]) -> Json | None:
    for step in steps:
        inner = owner.get(step)
        if not isinstance(inner, dict):
            return None
        owner = inner
    return owner


def replace(account: Account, place: Json, name: str, kind: str) -> None:
    named = place.get(name)
    if not isinstance(named, str):
        return
    found = account.store.get(kind if kind != "*" else account.store.kind_of(named) or "", named)
    if found is not None:
        place[name] = show(account, found)


def cannot_expand(path: str) -> Exception:
    return malformed(
        f"This property cannot be expanded ({path}). You can only expand a property that contains an id "
        "of another object, or a list that an object includes on request.",
        "expand",
    )
