"""Subscriptions: made by Checkout, renewed by the clock, ended by either side."""

from __future__ import annotations

from stripe_sandbox.account import Account
from stripe_sandbox.clock import period_end
from stripe_sandbox.lists import field_is, list_object
from stripe_sandbox.money import format_amount
from stripe_sandbox.objects import catalogue, invoices
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.store import Json

# days before a renewal that its invoice is announced; `POST /_control/clock` can set it
DEFAULT_UPCOMING_DAYS = 7
# a first invoice that is not paid for so long ends what had hardly begun
INCOMPLETE_SECONDS = 23 * 3600
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
        "status_details": None,
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
    }
    account.schedule("expire_subscription", subscription_id, now + INCOMPLETE_SECONDS)
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
    period = period_of(subscription)
    lines = [period_line(account, subscription, item, period) for item in subscription["items"]["data"]]
    now = account.now()
    for item in extra:
        amount = item["price"]["unit_amount"] * item["quantity"]
        name = account.get("product", item["price"]["product"])["name"]
        lines.append(invoices.line(account, item, amount=amount, description=name, period=(now, now), parent=None))
    return lines


def period_line(account: Account, subscription: Json, item: Json, period: tuple[int, int]) -> Json:
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
        period=period,
        parent=parent,
    )


def bill(account: Account, subscription: Json, *, reason: str, extra: list[Json] | None = None) -> Json:
    """The draft invoice of the current period."""
    lines = lines_of(account, subscription, extra or [])
    start = period_of(subscription)[0]
    invoice = invoices.new_invoice(
        account, subscription["customer"], subscription["currency"], lines, reason=reason, period=(start, start),
        parent=parent_of_invoices(subscription),
    )  # fmt: skip
    account.change(subscription, latest_invoice=invoice["id"])
    return invoice


def parent_of_invoices(subscription: Json) -> Json:
    return {
        "quote_details": None,
        "subscription_details": {
            "metadata": dict(subscription["metadata"]),
            "subscription": subscription["id"],
        },
        "type": "subscription_details",
    }


def activate(account: Account, subscription: Json) -> None:
    """Paid: from now on the clock renews it."""
    if subscription["status"] not in ("incomplete", "past_due"):
        return
    was_incomplete = subscription["status"] == "incomplete"
    account.change(subscription, "customer.subscription.updated", status="active")
    if was_incomplete:
        plan_period(account, subscription)


def renew(account: Account, subscription_id: str) -> None:
    """A period is over: the next one begins with a draft invoice, or the subscription ends."""
    subscription = account.get("subscription", subscription_id)
    resting = subscription["status"] in (*ENDED, "paused")
    if resting or account.now() < period_of(subscription)[1]:
        return
    if subscription["cancel_at_period_end"]:
        end(account, subscription, reason="cancellation_requested")
        return
    begin_period(account, subscription)
    invoice = bill(account, subscription, reason="subscription_cycle")
    if is_paused(account, subscription):
        invoices.set_aside(account, invoice, subscription["pause_collection"]["behavior"])
    else:
        account.schedule("collect_invoice", invoice["id"], account.now() + invoices.DRAFT_SECONDS)
    plan_period(account, subscription)


def is_paused(account: Account, subscription: Json) -> bool:
    """Whether an invoice made now is set aside: until `resumes_at`, if the pause names an end."""
    pause = subscription["pause_collection"]
    return bool(pause) and (pause["resumes_at"] is None or account.now() < pause["resumes_at"])


def plan_period(account: Account, subscription: Json) -> None:
    """What the clock shall do at the end of the current period, and some days before it."""
    account.schedule("renew_subscription", subscription["id"], period_of(subscription)[1])
    plan_notice(account, subscription)


def plan_notice(account: Account, subscription: Json) -> None:
    start, stop = period_of(subscription)
    days = account.seconds("upcoming_days", DEFAULT_UPCOMING_DAYS)
    moment = stop - days * 86_400
    if days and moment > start:
        account.schedule("announce_invoice", subscription["id"], moment)


def plan_notices_again(account: Account) -> None:
    """After another `upcoming_days`: every running subscription's notice at its new moment."""
    account.store.run("DELETE FROM tasks WHERE name = 'announce_invoice'")
    for subscription in account.store.find("subscription", [("json_extract(data, '$.status') = ?", "active")]):
        plan_notice(account, subscription)


def announce(account: Account, subscription_id: str) -> None:
    """Tell of the next invoice some days ahead (invoice.upcoming): it has no id yet.

    Nothing is told of a paused subscription or one that ends with the period.
    """
    subscription = account.get("subscription", subscription_id)
    start, stop = period_of(subscription)
    running = subscription["status"] == "active" and not subscription["cancel_at_period_end"]
    if not running or is_paused(account, subscription) or not start <= account.now() < stop:
        return
    terms = subscription["items"]["data"][0]["price"]["recurring"]
    periods = account.store.hidden(subscription_id)["periods"] + 1
    following = period_end(subscription["billing_cycle_anchor"], terms["interval"], terms["interval_count"], periods)
    lines = [period_line(account, subscription, item, (stop, following)) for item in subscription["items"]["data"]]
    preview = invoices.draft(
        account, subscription["customer"], subscription["currency"], lines, reason="upcoming", period=(start, stop),
        parent=parent_of_invoices(subscription),
    )  # fmt: skip
    preview.update(next_payment_attempt=stop + invoices.DRAFT_SECONDS, webhooks_delivered_at=None)
    del preview["id"]
    account.emit("invoice.upcoming", preview)


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


def restart_period(account: Account, subscription: Json) -> None:
    """A period that begins now, whatever was before: the anchor moves."""
    now = account.now()
    terms = subscription["items"]["data"][0]["price"]["recurring"]
    stop = period_end(now, terms["interval"], terms["interval_count"], 1)
    for item in subscription["items"]["data"]:
        item.update(current_period_start=now, current_period_end=stop)
    subscription["billing_cycle_anchor"] = now
    account.store.hide(subscription["id"], {**account.store.hidden(subscription["id"]), "periods": 1})
    account.save(subscription)
    plan_period(account, subscription)


def expire(account: Account, subscription_id: str) -> None:
    """Nobody paid the first invoice within 23 hours: it is void, and the subscription never began."""
    subscription = account.get("subscription", subscription_id)
    if subscription["status"] != "incomplete":
        return
    account.change(subscription, "customer.subscription.updated", status="incomplete_expired", ended_at=account.now())
    invoice = account.get("invoice", subscription["latest_invoice"])
    if invoice["status"] == "open":
        invoices.void(account, invoice)


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
