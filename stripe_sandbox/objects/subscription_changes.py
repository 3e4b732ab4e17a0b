"""The API of subscriptions: made, changed, paused, resumed and canceled by the platform."""

from __future__ import annotations

from typing import Any

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError, malformed, not_imitated
from stripe_sandbox.lists import field_is, list_object, page, time_range
from stripe_sandbox.objects import catalogue, collecting, invoices, payment_intents, payment_methods
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.objects.subscriptions import (
    ENDED,
    activate,
    bill,
    end,
    new_subscription,
    period_of,
    restart_period,
)
from stripe_sandbox.store import Json


def create(account: Account, params: Json) -> Json:
    """A subscription without Checkout: its first invoice is charged at once.

    `payment_behavior`: unpaid it is incomplete (`allow_incomplete`) or refused (`error_if_incomplete`);
    with `default_incomplete` nobody tries.
    """
    if "customer" not in params:
        raise malformed("Missing required param: customer.", "customer", "parameter_missing")
    customer = account.get("customer", params["customer"], param="customer", status=400)
    items = [new_item_of(account, given, f"items[{place}]") for place, given in enumerate(params.get("items", []))]
    if not items:
        raise malformed("Missing required param: items.", "items", "parameter_missing")
    check_alike(items)
    subscription = new_subscription(account, customer["id"], items, params)
    if "default_payment_method" in params:
        method = payment_methods.named(account, params["default_payment_method"], "default_payment_method")
        payment_methods.attach_to(account, method, customer["id"])
        account.change(subscription, default_payment_method=method["id"])
    if params.get("cancel_at_period_end"):
        account.change(subscription, **cancellation_fields(account, subscription, params))
    account.emit("customer.subscription.created", subscription)
    begin(account, subscription, params.get("payment_behavior", "allow_incomplete"))
    return account.get("subscription", subscription["id"])


def new_item_of(account: Account, given: Json, path: str) -> Json:
    price = given_price(account, given, path)
    if price is None:
        raise malformed(f"Missing required param: {path}[price].", f"{path}[price]", "parameter_missing")
    quantity = given.get("quantity", 1)
    if quantity < 1:
        raise malformed("Invalid positive integer", f"{path}[quantity]", "parameter_invalid_integer")
    return {"price": price, "quantity": quantity, "metadata": given.get("metadata")}


def check_alike(items: list[Json]) -> None:
    if len({item["price"]["currency"] for item in items}) > 1:
        raise malformed("All prices of a subscription must have the same currency.", "items")
    terms = [item["price"]["recurring"] for item in items]
    if len({(each["interval"], each["interval_count"]) for each in terms}) > 1:
        raise malformed("The Stripe sandbox bills one interval in a subscription.", "items", "sandbox_not_imitated")


def begin(account: Account, subscription: Json, behavior: str) -> None:
    """Charge the first invoice, unless the platform wants to do that."""
    invoice = collecting.finalized(account, bill(account, subscription, reason="subscription_create"))
    if invoice["status"] == "paid":
        activate(account, subscription)
        return
    method = collecting.saved_method(account, invoice)
    if behavior == "default_incomplete":
        return
    if method is None:
        raise StripeError(
            "This customer has no attached payment source or default payment method. Please consider adding a "
            "default payment method.", code="resource_missing",
        )  # fmt: skip
    result = payment_intents.attempt(account, invoices.intent_of(account, invoice), method, off_session=True)
    if result.status == "declined" and behavior == "error_if_incomplete":
        raise StripeError(
            result.message or "Declined.",
            status=400,
            error_type="card_error",
            code="subscription_payment_intent_requires_action",
        )
    invoices.record_attempt(account, invoice, result, donor_is_away=True)
    if result.status in ("succeeded", "processing"):
        activate(account, subscription)


def retrieve(account: Account, params: Json, subscription_id: str) -> Json:
    return account.get("subscription", subscription_id)


def cancel(account: Account, params: Json, subscription_id: str) -> Json:
    subscription = account.get("subscription", subscription_id)
    if subscription["status"] in ENDED:
        raise StripeError(f"No such subscription: '{subscription_id}'", status=404, code="resource_missing", param="id")
    for name in ("invoice_now", "prorate"):
        if params.get(name):
            raise not_imitated(name)
    return end(account, subscription, reason="cancellation_requested", details=words_of(params))


def words_of(params: Json) -> Json:
    """What the donor said at parting; an empty text unsets it."""
    given = params.get("cancellation_details", {})
    return {name: given[name] or None for name in ("comment", "feedback") if name in given}


def update(account: Account, params: Json, subscription_id: str) -> Json:
    subscription = account.get("subscription", subscription_id)
    if subscription["status"] in ENDED and set(params) - {"cancellation_details", "metadata"}:
        raise StripeError("A canceled subscription can only update its cancellation_details and metadata.")
    fields: Json = {}
    if "metadata" in params:
        fields["metadata"] = merged_metadata(subscription["metadata"], params["metadata"])
    if "description" in params:
        fields["description"] = params["description"] or None
    if "default_payment_method" in params:
        method = payment_methods.named(account, params["default_payment_method"], "default_payment_method")
        payment_methods.attach_to(account, method, subscription["customer"])
        fields["default_payment_method"] = method["id"]
    if "cancel_at_period_end" in params:
        fields.update(cancellation_fields(account, subscription, params))
    elif "cancellation_details" in params:
        fields["cancellation_details"] = {**subscription["cancellation_details"], **words_of(params)}
    if "pause_collection" in params:
        fields["pause_collection"] = pause_of(account, subscription, params["pause_collection"])
    if "items" in params:
        fields["items"] = changed_items(account, subscription, params)
    return account.change(subscription, "customer.subscription.updated", **fields)


def cancellation_fields(account: Account, subscription: Json, params: Json) -> Json:
    wanted = params["cancel_at_period_end"]
    details = {
        **subscription["cancellation_details"],
        **words_of(params),
        "reason": "cancellation_requested" if wanted else None,
    }
    return {
        "cancel_at_period_end": wanted,
        "cancel_at": period_of(subscription)[1] if wanted else None,
        "canceled_at": account.now() if wanted else None,
        "cancellation_details": details,
    }


def pause_of(account: Account, subscription: Json, given: Any) -> Json | None:
    """`pause_collection`: invoices go on being made but are set aside; an empty string resumes.

    The status stays as it is, and Stripe tells it by customer.subscription.updated.
    """
    if given == "":
        return None
    resumes_at = given.get("resumes_at")
    if resumes_at is not None:
        if resumes_at <= account.now():
            raise malformed("`resumes_at` must be a time in the future.", "pause_collection[resumes_at]")
        account.schedule("resume_collection", subscription["id"], resumes_at)
    return {"behavior": given["behavior"], "resumes_at": resumes_at}


def resume_collection(account: Account, subscription_id: str) -> None:
    """The day a pause named as its end has come, unless it was changed meanwhile."""
    subscription = account.get("subscription", subscription_id)
    pause = subscription["pause_collection"]
    if subscription["status"] in ENDED or not pause or pause["resumes_at"] is None:
        return
    if pause["resumes_at"] <= account.now():
        account.change(subscription, "customer.subscription.updated", pause_collection=None)


def pause(account: Account, params: Json, subscription_id: str) -> Json:
    """Stop the subscription itself: no invoices until it is resumed (Stripe's API since 2026-09-30)."""
    subscription = account.get("subscription", subscription_id)
    if subscription["status"] != "active":
        raise StripeError(f"You cannot pause a subscription with a status of {subscription['status']}.")
    unused = params.get("bill_for", {}).get("unused_time_from", {}).get("type", "now")
    if unused != "none":
        raise malformed(
            "The Stripe sandbox pauses only with bill_for[unused_time_from][type]=none.",
            "bill_for[unused_time_from][type]", "sandbox_not_imitated",
        )  # fmt: skip
    details = {
        "paused": {
            "subscription": {"type": "pause_requested"},
            "transitioned_at": account.now(),
            "type": "subscription",
        }
    }
    account.change(subscription, "customer.subscription.updated", status="paused", status_details=details)
    account.emit("customer.subscription.paused", subscription)
    return subscription


def resume(account: Account, params: Json, subscription_id: str) -> Json:
    """Go on with a new period that begins now; its invoice is collected as a renewal's is."""
    subscription = account.get("subscription", subscription_id)
    if subscription["status"] != "paused":
        raise StripeError("You can only resume a subscription that is paused.")
    if params.get("billing_cycle_anchor", {}).get("type", "now") != "now":
        raise not_imitated("billing_cycle_anchor[type]")
    restart_period(account, subscription)
    account.change(subscription, "customer.subscription.updated", status="active", status_details=None)
    account.emit("customer.subscription.resumed", subscription)
    invoice = bill(account, subscription, reason="subscription_update")
    account.schedule("collect_invoice", invoice["id"], account.now() + invoices.DRAFT_SECONDS)
    return account.get("subscription", subscription_id)


def changed_items(account: Account, subscription: Json, params: Json) -> Json:
    """Another price or quantity from the next period on; the sandbox does not prorate."""
    if params.get("proration_behavior") != "none":
        raise malformed(
            "The Stripe sandbox changes items only with proration_behavior=none.", "proration_behavior",
            "sandbox_not_imitated",
        )  # fmt: skip
    items = {item["id"]: dict(item) for item in subscription["items"]["data"]}
    for place, given in enumerate(params["items"]):
        path = f"items[{place}]"
        item = items.get(given.get("id", ""))
        if item is None:
            raise malformed("The Stripe sandbox changes items that exist: name one by id.", f"{path}[id]")
        price = given_price(account, given, path)
        if price is not None:
            same = ("interval", "interval_count")
            if any(price["recurring"][name] != item["price"]["recurring"][name] for name in same):
                raise malformed("The Stripe sandbox keeps a subscription's interval.", f"{path}[price]")
            item.update(price=price, plan=catalogue.plan_of(price))
        item["quantity"] = given.get("quantity", item["quantity"])
    return list_object(list(items.values()), subscription["items"]["url"])


def given_price(account: Account, given: Json, path: str) -> Json | None:
    if "price" in given:
        price = account.get("price", given["price"], param=f"{path}[price]", status=400)
    elif "price_data" in given:
        product = account.get(
            "product", given["price_data"]["product"], param=f"{path}[price_data][product]", status=400
        )
        price = catalogue.new_price(account, given["price_data"], product["id"], path=f"{path}[price_data]")
    else:
        return None
    if price["type"] != "recurring":
        raise malformed(
            "The price specified is set to `type=one_time` but this field only accepts recurring prices.",
            f"{path}[price]",
        )
    return price


def list_all(account: Account, params: Json) -> Json:
    conditions: list[tuple[str, Any]] = []
    if "customer" in params:
        conditions.append(field_is("customer", params["customer"]))
    status = params.get("status")
    if status == "ended":
        conditions.append(("json_extract(data, '$.status') IN (?, ?)", list(ENDED)))
    elif status is None:
        conditions.append(("json_extract(data, '$.status') NOT IN (?, ?)", list(ENDED)))
    elif status != "all":
        conditions.append(field_is("status", status))
    if "price" in params:
        conditions.append(("json_extract(data, '$.items.data[0].price.id') = ?", params["price"]))
    for name in ("current_period_start", "current_period_end"):
        if name in params:
            conditions += time_range(params[name], f"items.data[0].{name}")
    return page(account, "subscription", "/v1/subscriptions", params, conditions)
