"""Invoices made by hand: items that wait for one, and the invoice that takes them up."""

from __future__ import annotations

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError, malformed, not_imitated
from stripe_sandbox.lists import field_is, page
from stripe_sandbox.money import check_currency, check_unit
from stripe_sandbox.objects import invoices
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.store import Json


def create_item(account: Account, params: Json) -> Json:
    for name in ("customer", "amount", "currency"):
        if name not in params:
            raise malformed(f"Missing required param: {name}.", name, "parameter_missing")
    customer = account.get("customer", params["customer"], param="customer", status=400)
    currency = check_currency(params["currency"])
    check_unit(params["amount"], currency, "amount")
    item: Json = {
        "id": account.new_id("invoiceitem"),
        "object": "invoiceitem",
        "amount": params["amount"],
        "currency": currency,
        "customer": customer["id"],
        "customer_account": None,
        "date": account.now(),
        "description": params.get("description"),
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": merged_metadata({}, params.get("metadata", {})),
        "parent": None,
        "period": {"end": account.now(), "start": account.now()},
        "pricing": None,
        "proration": False,
        "proration_details": None,
        "quantity": 1,
        "quantity_decimal": "1",
        "tax_rates": [],
        "test_clock": None,
    }
    account.insert("invoiceitem", item)
    if "invoice" in params:
        add_to(account, account.get("invoice", params["invoice"], param="invoice", status=400), item)
    account.emit("invoiceitem.created", item)
    return item


def add_to(account: Account, invoice: Json, item: Json) -> None:
    if invoice["status"] != "draft" or invoice["customer"] != item["customer"]:
        raise StripeError("You can only add items to the customer's own draft invoices.", param="invoice")
    if invoice["currency"] != item["currency"]:
        raise StripeError("All items of an invoice must have the same currency.", param="currency")
    account.change(item, invoice=invoice["id"])
    line = line_of(account, item)
    line["invoice"] = invoice["id"]
    invoice["lines"]["data"].append(line)
    total = invoice["total"] + item["amount"]
    names = ("amount_due", "amount_remaining", "subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax")
    account.change(invoice, "invoice.updated", **dict.fromkeys(names, total))


def line_of(account: Account, item: Json) -> Json:
    line = invoices.plain_line(account, item["amount"], item["currency"], item["description"])
    line["metadata"] = item["metadata"]
    line["parent"] = {
        "invoice_item_details": {
            "invoice_item": item["id"],
            "proration": False,
            "proration_details": {"credited_items": None},
            "subscription": None,
        },
        "subscription_item_details": None,
        "type": "invoice_item_details",
    }
    return line


def create_invoice(account: Account, params: Json) -> Json:
    """An empty draft, or one with all items that wait (`pending_invoice_items_behavior=include`)."""
    if params.get("collection_method", "charge_automatically") != "charge_automatically":
        raise not_imitated("collection_method")
    if "customer" not in params:
        raise malformed("Missing required param: customer.", "customer", "parameter_missing")
    customer = account.get("customer", params["customer"], param="customer", status=400)
    waiting = []
    if params.get("pending_invoice_items_behavior") == "include":
        waiting = list(reversed(account.store.where("invoiceitem", customer=customer["id"])))
        waiting = [item for item in waiting if item["invoice"] is None]
    given = params.get("currency") or (waiting[0]["currency"] if waiting else customer["currency"] or "usd")
    currency = check_currency(given)
    taken = [item for item in waiting if item["currency"] == currency]
    invoice = invoices.draft(
        account, customer["id"], currency, [line_of(account, item) for item in taken], reason="manual",
        period=(account.now(), account.now()), parent=None,
    )  # fmt: skip
    invoice.update(
        auto_advance=params.get("auto_advance", False), description=params.get("description"),
        metadata=merged_metadata({}, params.get("metadata", {})),
    )  # fmt: skip
    for item in taken:
        account.change(item, invoice=invoice["id"])
    account.insert("invoice", invoice)
    account.emit("invoice.created", invoice)
    return invoice


def retrieve(account: Account, params: Json, item_id: str) -> Json:
    return account.get("invoiceitem", item_id)


def list_all(account: Account, params: Json) -> Json:
    conditions = [field_is(name, params[name]) for name in ("customer", "invoice") if name in params]
    if "pending" in params:
        conditions.append((f"json_extract(data, '$.invoice') IS {'' if params['pending'] else 'NOT '}NULL", []))
    return page(account, "invoiceitem", "/v1/invoiceitems", params, conditions)
