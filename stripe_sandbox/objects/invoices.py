"""Invoices of subscriptions and the payments made on them."""

from __future__ import annotations

from typing import Any

from stripe_sandbox.account import Account
from stripe_sandbox.lists import field_is, list_object, page, slice_of
from stripe_sandbox.objects import payment_intents
from stripe_sandbox.objects.payment_intents import Attempt
from stripe_sandbox.store import Json

# Stripe keeps a renewal's invoice as a draft for about an hour
DRAFT_SECONDS = 3600
RETRY_DAYS = (3, 5, 7)
# reasons of drafts that are finalized by themselves
BY_THE_CLOCK = ("subscription_cycle", "subscription_update")


def draft(
    account: Account, customer_id: str, currency: str, lines: list[Json], *, reason: str, period: tuple[int, int],
    parent: Json | None,
) -> Json:  # fmt: skip
    """A draft that is not stored; `parent` says which subscription asks for it, if one does."""
    customer = account.get("customer", customer_id)
    total = sum(line["amount"] for line in lines)
    invoice_id = account.new_id("invoice")
    for line in lines:
        line["invoice"] = invoice_id
    return {
        "id": invoice_id,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Stripe sandbox",
        "account_tax_ids": None,
        "amount_due": total,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": total,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {**dict.fromkeys(("disabled_reason", "liability", "provider", "status")), "enabled": False},
        "automatically_finalizes_at": account.now() + DRAFT_SECONDS if reason in BY_THE_CLOCK else None,
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": account.now(),
        "currency": currency,
        "custom_fields": None,
        "customer": customer["id"],
        "customer_account": None,
        "customer_address": customer["address"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_phone": customer["phone"],
        "customer_shipping": None,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "due_date": None,
        "effective_at": None,
        "ending_balance": None,
        "footer": None,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": list_object(lines, f"/v1/invoices/{invoice_id}/lines"),
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": account.now() + DRAFT_SECONDS if reason in BY_THE_CLOCK else None,
        "number": None,
        "on_behalf_of": None,
        "parent": parent,
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": period[1],
        "period_start": period[0],
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": 0,
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None
        },
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "test_clock": None,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": account.now(),
    }  # fmt: skip


def new_invoice(
    account: Account, customer_id: str, currency: str, lines: list[Json], *, reason: str, period: tuple[int, int],
    parent: Json | None = None,
) -> Json:  # fmt: skip
    """A draft; `lines` as made by `line`."""
    invoice = draft(account, customer_id, currency, lines, reason=reason, period=period, parent=parent)
    account.insert("invoice", invoice)
    account.emit("invoice.created", invoice)
    return invoice


def new_payment(account: Account, invoice: Json, method_types: list[str]) -> Json:
    """The payment intent that shall pay the invoice."""
    words = {"subscription_create": "Subscription creation", "subscription_cycle": "Subscription update"}
    reason = invoice["billing_reason"]
    return payment_intents.new_intent(
        account, invoice["amount_due"], invoice["currency"], customer=invoice["customer"],
        description=words.get(reason, "Payment for Invoice"), payment_method_types=method_types,
        setup_future_usage="off_session" if reason == "subscription_create" else None, receipt_email=None,
    )  # fmt: skip


def finalize(account: Account, invoice: Json, intent: Json | None) -> Json:
    """Give the invoice its number and the payment intent that shall pay it, if it shall be paid at all."""
    customer = account.get("customer", invoice["customer"])
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
    customer["next_invoice_sequence"] += 1
    customer["currency"] = customer["currency"] or invoice["currency"]
    account.save(customer)
    invoice.update(
        status="open", number=number, effective_at=account.now(), ending_balance=0, automatically_finalizes_at=None,
        hosted_invoice_url=f"{account.origin}/invoices/{invoice['id']}",
        invoice_pdf=f"{account.origin}/invoices/{invoice['id']}/pdf",
    )  # fmt: skip
    invoice["status_transitions"]["finalized_at"] = account.now()
    account.save(invoice)
    if intent is not None:
        join(account, invoice, intent)
    account.emit("invoice.finalized", invoice)
    return invoice


def join(account: Account, invoice: Json, intent: Json) -> None:
    """Invoice and payment intent know of each other, as an invoice payment shows."""
    account.store.hide(invoice["id"], {"payment_intent": intent["id"]})
    account.store.hide(intent["id"], {"invoice": invoice["id"]})
    payment: Json = {
        "id": account.new_id("invoice_payment"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": invoice["amount_due"],
        "created": account.now(),
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
    account.insert("invoice_payment", payment)


def record_attempt(
    account: Account, invoice: Json, attempt: Attempt, *, donor_is_away: bool = False, counts: bool = True
) -> Json:
    """Write on the invoice how the payment went, and tell it.

    A renewal that the bank wants to ask about has failed for now: Stripe tells both. A try
    by hand `counts` only as the first one: it does not shorten the schedule of retries.
    """
    invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + counts)
    if attempt.status == "succeeded":
        return mark_paid(account, invoice)
    account.save(invoice)
    if attempt.status == "requires_action":
        account.emit("invoice.payment_action_required", invoice)
    if attempt.status == "declined" or (attempt.status == "requires_action" and donor_is_away):
        account.emit("invoice.payment_failed", invoice)
    return invoice


def mark_paid(account: Account, invoice: Json) -> Json:
    previous = {"amount_paid": 0, "amount_remaining": invoice["amount_due"], "status": invoice["status"]}
    invoice.update(
        status="paid", amount_paid=invoice["amount_due"], amount_remaining=0, next_payment_attempt=None,
        auto_advance=False,
    )  # fmt: skip
    invoice["status_transitions"]["paid_at"] = account.now()
    account.save(invoice)
    for payment in account.store.where("invoice_payment", invoice=invoice["id"]):
        payment.update(status="paid", amount_paid=invoice["amount_due"])
        payment["status_transitions"]["paid_at"] = account.now()
        account.save(payment)
        account.emit("invoice_payment.paid", payment)
    account.emit("invoice.updated", invoice, previous)
    account.emit("invoice.paid", invoice)
    account.emit("invoice.payment_succeeded", invoice)
    return invoice


def intent_of(account: Account, invoice: Json) -> Json:
    return account.get("payment_intent", account.store.hidden(invoice["id"])["payment_intent"])


def set_aside(account: Account, invoice: Json, behavior: str) -> None:
    """What becomes of a renewal's draft while collection is paused (`pause_collection[behavior]`)."""
    if behavior == "keep_as_draft":
        account.change(invoice, auto_advance=False, automatically_finalizes_at=None, next_payment_attempt=None)
        return
    finalize(account, invoice, None)
    if behavior == "void":
        void(account, invoice)
    else:
        mark_uncollectible(account, invoice)


def void(account: Account, invoice: Json) -> Json:
    """An invoice that nobody shall pay any more."""
    invoice.update(status="void", auto_advance=False, next_payment_attempt=None)
    invoice["status_transitions"]["voided_at"] = account.now()
    account.save(invoice)
    for payment in account.store.where("invoice_payment", invoice=invoice["id"]):
        cancel_payment(account, payment)
    account.emit("invoice.voided", invoice)
    return invoice


def cancel_payment(account: Account, payment: Json) -> None:
    payment["status_transitions"]["canceled_at"] = account.now()
    account.change(payment, status="canceled")
    intent = account.get("payment_intent", payment["payment"]["payment_intent"])
    if intent["status"] in payment_intents.OPEN_STATUSES:
        account.change(
            intent, "payment_intent.canceled", status="canceled", canceled_at=account.now(),
            cancellation_reason="void_invoice", next_action=None,
        )  # fmt: skip


def mark_uncollectible(account: Account, invoice: Json) -> Json:
    """Written off: nobody tries to collect it any more, though it can still be paid."""
    invoice.update(status="uncollectible", auto_advance=False, next_payment_attempt=None)
    invoice["status_transitions"]["marked_uncollectible_at"] = account.now()
    account.save(invoice)
    account.emit("invoice.marked_uncollectible", invoice)
    return invoice


def line(
    account: Account, item: Json, *, amount: int, description: str, period: tuple[int, int], parent: Json | None
) -> Json:
    """A line of an invoice for a price in some quantity."""
    price = item["price"]
    pricing = {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    }
    return {
        **plain_line(account, amount, price["currency"], description),
        "metadata": dict(item.get("metadata") or {}),
        "parent": parent,
        "period": {"end": period[1], "start": period[0]},
        "pricing": pricing,
        "quantity": item["quantity"],
        "quantity_decimal": str(item["quantity"]),
    }


def plain_line(account: Account, amount: int, currency: str, description: str | None) -> Json:
    return {
        "id": account.new_id("line_item"),
        "object": "line_item",
        "amount": amount,
        "currency": currency,
        "description": description,
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "parent": None,
        "period": {"end": account.now(), "start": account.now()},
        "pretax_credit_amounts": [],
        "pricing": None,
        "quantity": 1,
        "quantity_decimal": "1",
        "subtotal": amount,
        "taxes": [],
    }


# the API


def retrieve(account: Account, params: Json, invoice_id: str) -> Json:
    return account.get("invoice", invoice_id)


def list_lines(account: Account, params: Json, invoice_id: str) -> Json:
    invoice = account.get("invoice", invoice_id)
    return slice_of(invoice["lines"]["data"], f"/v1/invoices/{invoice_id}/lines", params)


def list_all(account: Account, params: Json) -> Json:
    conditions: list[tuple[str, Any]] = [
        field_is(name, params[name]) for name in ("collection_method", "customer", "status") if name in params
    ]
    if "subscription" in params:
        conditions.append(field_is("parent.subscription_details.subscription", params["subscription"]))
    return page(account, "invoice", "/v1/invoices", params, conditions)


def retrieve_payment(account: Account, params: Json, payment_id: str) -> Json:
    return account.get("invoice_payment", payment_id)


def list_payments(account: Account, params: Json) -> Json:
    conditions: list[tuple[str, Any]] = [
        field_is(name, params[name]) for name in ("invoice", "status") if name in params
    ]
    intent = params.get("payment", {}).get("payment_intent")
    if intent:
        conditions.append(field_is("payment.payment_intent", intent))
    return page(account, "invoice_payment", "/v1/invoice_payments", params, conditions)
