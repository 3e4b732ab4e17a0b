"""Subscriptions: made by Checkout, renewed by the clock, ended by either side."""

from __future__ import annotations

from typing import Any

from stripe_sandbox.account import Account
from stripe_sandbox.clock import period_end
from stripe_sandbox.errors import StripeError, malformed, not_imitated
from stripe_sandbox.lists import field_is, list_object, page, time_range
from stripe_sandbox.money import format_amount
from stripe_sandbox.objects import catalogue, invoices, payment_intents, payment_methods
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.objects.payment_intents import Attempt
from stripe_sandbox.store import Json

ENDED = ("canceled", "incomplete_expired")


def new_subscription(account: Account, customer_id: str, items: list[Json], given: Json) -> Json:
    """A subscription whose first invoice is still to be paid; `items` hold price and quantity."""
    subscription_id = account.new_id("subscription")
    now = account.now()
    recurring = items[0]["price"]["recurring"]
    end = period_end(now, recurring["interval"], recurring["interval_count"], 1)
    subscription: Json = {
        "id": subscription_id,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": now,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": now,
        "currency": items[0]["price"]["currency"],
        "customer": customer_id,
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": given.get("description"),
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": list_object(
            [new_item(account, subscription_id, item, (now, end)) for item in items],
            f"/v1/subscription_items?subscription={subscription_id}",
        ),
        "latest_invoice": None,
        "livemode": False,
        "metadata": merged_metadata({}, given.get("metadata", {})),
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": {"card": {"network": None, "request_three_d_secure": "automatic"}},
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": now,
        "status": "incomplete",
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
    }
    return account.insert("subscription", subscription, {"periods": 1})


def new_item(account: Account, subscription_id: str, item: Json, period: tuple[int, int]) -> Json:
    return {
        "id": account.new_id("subscription_item"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": account.now(),
        "current_period_end": period[1],
        "current_period_start": period[0],
        "discounts": [],
        "metadata": dict(item.get("metadata") or {}),
        "plan": catalogue.plan_of(item["price"]),
        "price": item["price"],
        "quantity": item["quantity"],
        "subscription": subscription_id,
        "tax_rates": [],
    }


def period_of(subscription: Json) -> tuple[int, int]:
    first = subscription["items"]["data"][0]
    return first["current_period_start"], first["current_period_end"]


def lines_of(account: Account, subscription: Json, extra: list[Json]) -> list[Json]:
    """The lines of the current period; `extra` items are charged once."""
    lines = [period_line(account, subscription, item) for item in subscription["items"]["data"]]
    now = account.now()
    for item in extra:
        amount = item["price"]["unit_amount"] * item["quantity"]
        name = account.get("product", item["price"]["product"])["name"]
        lines.append(invoices.line(account, item, amount=amount, description=name, period=(now, now), parent=None))
    return lines


def period_line(account: Account, subscription: Json, item: Json) -> Json:
    price = item["price"]
    product = account.get("product", price["product"])
    each = format_amount(price["unit_amount"], price["currency"])
    parent = {
        "invoice_item_details": None,
        "subscription_item_details": {
            "invoice_item": None,
            "proration": False,
            "proration_details": {"credited_items": None},
            "subscription": subscription["id"],
            "subscription_item": item["id"],
        },
        "type": "subscription_item_details",
    }
    return invoices.line(
        account,
        item,
        amount=price["unit_amount"] * item["quantity"],
        description=f"{item['quantity']} × {product['name']} (at {each} / {price['recurring']['interval']})",
        period=period_of(subscription),
        parent=parent,
    )


def bill(account: Account, subscription: Json, *, reason: str, extra: list[Json] | None = None) -> Json:
    """The draft invoice of the current period."""
    lines = lines_of(account, subscription, extra or [])
    start = period_of(subscription)[0]
    invoice = invoices.new_invoice(account, subscription, lines, reason=reason, period=(start, start))
    account.change(subscription, latest_invoice=invoice["id"])
    return invoice


def new_payment(account: Account, subscription: Json, invoice: Json, method_types: list[str]) -> Json:
    first = invoice["billing_reason"] == "subscription_create"
    return payment_intents.new_intent(
        account, invoice["amount_due"], invoice["currency"], customer=subscription["customer"],
        description="Subscription creation" if first else "Subscription update",
        payment_method_types=method_types, setup_future_usage="off_session" if first else None,
        receipt_email=None,
    )  # fmt: skip


def activate(account: Account, subscription: Json) -> None:
    """Paid: from now on the clock renews it."""
    if subscription["status"] not in ("incomplete", "past_due"):
        return
    was_incomplete = subscription["status"] == "incomplete"
    account.change(subscription, "customer.subscription.updated", status="active")
    if was_incomplete:
        account.schedule("renew_subscription", subscription["id"], period_of(subscription)[1])


def renew(account: Account, subscription_id: str) -> None:
    """A period is over: the next one begins with a draft invoice, or the subscription ends."""
    subscription = account.get("subscription", subscription_id)
    if subscription["status"] in ENDED or account.now() < period_of(subscription)[1]:
        return
    if subscription["cancel_at_period_end"]:
        end(account, subscription, reason="cancellation_requested")
        return
    begin_period(account, subscription)
    invoice = bill(account, subscription, reason="subscription_cycle")
    account.schedule("collect_invoice", invoice["id"], account.now() + invoices.DRAFT_SECONDS)
    account.schedule("renew_subscription", subscription_id, period_of(subscription)[1])


def begin_period(account: Account, subscription: Json) -> None:
    hidden = account.store.hidden(subscription["id"])
    hidden["periods"] += 1
    account.store.hide(subscription["id"], hidden)
    recurring = subscription["items"]["data"][0]["price"]["recurring"]
    start = period_of(subscription)[1]
    stop = period_end(
        subscription["billing_cycle_anchor"], recurring["interval"], recurring["interval_count"], hidden["periods"]
    )
    previous = {"items": {"data": [dict(item) for item in subscription["items"]["data"]]}}
    for item in subscription["items"]["data"]:
        item.update(current_period_start=start, current_period_end=stop)
    account.save(subscription)
    account.emit("customer.subscription.updated", subscription, previous)


def collect(account: Account, invoice_id: str) -> None:
    """Finalize a renewal's draft and charge the saved payment method; also every later try."""
    invoice = account.get("invoice", invoice_id)
    subscription = account.get("subscription", invoice["parent"]["subscription_details"]["subscription"])
    if invoice["status"] not in ("draft", "open") or subscription["status"] in ENDED:
        return
    method = account.get("payment_method", subscription["default_payment_method"])
    if invoice["status"] == "draft":
        intent = new_payment(account, subscription, invoice, [method["type"]])
        invoice = invoices.finalize(account, invoice, intent)
    result = payment_intents.attempt(account, invoices.intent_of(account, invoice), method, off_session=True)
    after_attempt(account, invoice, subscription, result)


def after_attempt(account: Account, invoice: Json, subscription: Json, result: Attempt) -> None:
    if result.status == "declined":
        place_retry(account, invoice)
    invoice = invoices.record_attempt(account, invoice, result)
    if result.status == "succeeded":
        activate(account, subscription)
    elif result.status == "declined":
        fall_behind(account, invoice, subscription)


def place_retry(account: Account, invoice: Json) -> None:
    tries = invoice["attempt_count"]
    invoice["next_payment_attempt"] = None
    if tries < len(invoices.RETRY_DAYS):
        invoice["next_payment_attempt"] = account.now() + invoices.RETRY_DAYS[tries] * 86_400
        account.schedule("collect_invoice", invoice["id"], invoice["next_payment_attempt"])


def fall_behind(account: Account, invoice: Json, subscription: Json) -> None:
    """Unpaid: past due while there are tries left, then over."""
    if invoice["next_payment_attempt"] is None:
        end(account, subscription, reason="payment_failed")
        return
    account.change(subscription, "customer.subscription.updated", status="past_due")


def end(account: Account, subscription: Json, *, reason: str, details: Json | None = None) -> Json:
    subscription["cancellation_details"].update(reason=reason, **(details or {}))
    subscription.update(
        status="canceled", ended_at=account.now(), canceled_at=subscription["canceled_at"] or account.now()
    )
    account.save(subscription)
    account.emit("customer.subscription.deleted", subscription)
    for invoice in account.store.find(
        "invoice", [field_is("parent.subscription_details.subscription", subscription["id"])]
    ):
        if invoice["status"] == "draft":
            account.change(invoice, auto_advance=False, automatically_finalizes_at=None, next_payment_attempt=None)
    return subscription


def cancel_all(account: Account, customer_id: str) -> None:
    for subscription in account.store.where("subscription", customer=customer_id):
        if subscription["status"] not in ENDED:
            end(account, subscription, reason="cancellation_requested")


# the API


def retrieve(account: Account, params: Json, subscription_id: str) -> Json:
    return account.get("subscription", subscription_id)


def cancel(account: Account, params: Json, subscription_id: str) -> Json:
    subscription = account.get("subscription", subscription_id)
    if subscription["status"] in ENDED:
        raise StripeError(f"No such subscription: '{subscription_id}'", status=404, code="resource_missing", param="id")
    for name in ("invoice_now", "prorate"):
        if params.get(name):
            raise not_imitated(name)
    given = params.get("cancellation_details", {})
    details = {name: given[name] or None for name in ("comment", "feedback") if name in given}
    return end(account, subscription, reason="cancellation_requested", details=details)


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
    if "items" in params:
        fields["items"] = changed_items(account, subscription, params)
    return account.change(subscription, "customer.subscription.updated", **fields)


def cancellation_fields(account: Account, subscription: Json, params: Json) -> Json:
    wanted = params["cancel_at_period_end"]
    given = params.get("cancellation_details", {})
    details = {
        **subscription["cancellation_details"],
        **{name: given[name] or None for name in ("comment", "feedback") if name in given},
        "reason": "cancellation_requested" if wanted else None,
    }
    return {
        "cancel_at_period_end": wanted,
        "cancel_at": period_of(subscription)[1] if wanted else None,
        "canceled_at": account.now() if wanted else None,
        "cancellation_details": details,
    }


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
