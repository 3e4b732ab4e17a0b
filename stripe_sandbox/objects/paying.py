"""A Checkout Session being paid: by the hosted page, or by Stripe's CLI through payment_pages."""

from __future__ import annotations

from typing import Any

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import (
    checkout,
    collecting,
    customers,
    invoices,
    payment_intents,
    payment_methods,
    subscriptions,
)
from stripe_sandbox.objects.payment_intents import Attempt
from stripe_sandbox.store import Json


def pay(account: Account, session: Json, method: Json) -> Attempt:
    """The donor presses the button. A session is paid once; call it for open sessions only."""
    if session["status"] != "open":
        raise StripeError(
            "You cannot pay this Checkout Session: it is no longer open.", code="checkout_session_not_open"
        )
    if session["mode"] == "subscription":
        return pay_subscription(account, session, method)
    return pay_once(account, session, method)


def pay_once(account: Account, session: Json, method: Json) -> Attempt:
    customer = customer_for(account, session, method, needed=session["customer_creation"] == "always")
    intent = payment_of(account, session)
    if intent is None:
        intent = new_payment(account, session)
    if customer and intent["customer"] is None:
        account.change(intent, customer=customer)
    if customer and intent["setup_future_usage"]:
        payment_methods.attach_to(account, method, customer)
    result = payment_intents.attempt(account, intent, method)
    return after(account, session, method, result)


def payment_of(account: Account, session: Json) -> Json | None:
    """The intent of an earlier try, which a new try goes on with."""
    known = account.store.hidden(session["id"]).get("payment_intent")
    return account.get("payment_intent", known) if known else None


def new_payment(account: Account, session: Json) -> Json:
    given = account.store.hidden(session["id"])["payment_intent_data"]
    copied = (
        "description", "receipt_email", "setup_future_usage", "shipping", "statement_descriptor",
        "statement_descriptor_suffix",
    )  # fmt: skip
    fields: dict[str, Any] = {name: given[name] for name in copied if name in given}
    if "shipping" in fields:
        fields["shipping"] = shipping(fields["shipping"])
    intent = payment_intents.new_intent(
        account, session["amount_total"], session["currency"], customer=session["customer"],
        metadata=customers.merged_metadata({}, given.get("metadata", {})),
        payment_method_types=session["payment_method_types"], **fields,
    )  # fmt: skip
    remember(account, session, payment_intent=intent["id"])
    account.change(session, payment_intent=intent["id"])
    account.store.hide(intent["id"], {"checkout_session": session["id"]})
    return intent


def shipping(given: Json) -> Json:
    return {
        "address": customers.full_address(given.get("address")),
        "carrier": given.get("carrier"),
        "name": given.get("name"),
        "phone": given.get("phone"),
        "tracking_number": given.get("tracking_number"),
    }


def remember(account: Account, session: Json, **facts: Any) -> None:
    account.store.hide(session["id"], {**account.store.hidden(session["id"]), **facts})


def customer_for(account: Account, session: Json, method: Json, *, needed: bool) -> str | None:
    """The session's customer; a new one where the mode or customer_creation asks for it."""
    known = session["customer"] or account.store.hidden(session["id"]).get("customer")
    if known or not needed:
        return known
    billing = method["billing_details"]
    fields = {"email": session["customer_email"] or billing["email"], "name": billing["name"]}
    params = {name: value for name, value in fields.items() if value}
    if session["locale"] and session["locale"] != "auto":
        params["preferred_locales"] = [session["locale"]]
    customer = customers.create(account, params)
    remember(account, session, customer=customer["id"])
    account.change(session, customer=customer["id"])
    return str(customer["id"])


def pay_subscription(account: Account, session: Json, method: Json) -> Attempt:
    """Subscription and first invoice are made at the first try and kept through declines."""
    customer = customer_for(account, session, method, needed=True)
    payment_methods.attach_to(account, method, str(customer))
    hidden = account.store.hidden(session["id"])
    if "subscription" not in hidden:
        begin_subscription(account, session, str(customer), hidden)
        hidden = account.store.hidden(session["id"])
    invoice = account.get("invoice", hidden["invoice"])
    result = payment_intents.attempt(account, invoices.intent_of(account, invoice), method)
    subscription = account.get("subscription", hidden["subscription"])
    if result.status in ("succeeded", "processing"):
        account.change(subscription, default_payment_method=method["id"])
        subscriptions.activate(account, subscription)
        account.change(session, subscription=subscription["id"], invoice=invoice["id"])
    invoices.record_attempt(account, invoice, result, counts=not invoice["attempted"])
    return after(account, session, method, result)


def begin_subscription(account: Account, session: Json, customer: str, hidden: Json) -> None:
    items = [item for item in hidden["line_items"] if item["price"]["recurring"]]
    extra = [item for item in hidden["line_items"] if not item["price"]["recurring"]]
    subscription = subscriptions.new_subscription(account, customer, items, hidden["subscription_data"])
    account.emit("customer.subscription.created", subscription)
    invoice = subscriptions.bill(account, subscription, reason="subscription_create", extra=extra)
    intent = invoices.new_payment(account, invoice, session["payment_method_types"])
    invoices.finalize(account, invoice, intent)
    remember(account, session, subscription=subscription["id"], invoice=invoice["id"])
    account.store.hide(intent["id"], {"checkout_session": session["id"], "invoice": invoice["id"]})


def after(account: Account, session: Json, method: Json, result: Attempt) -> Attempt:
    if result.status in ("succeeded", "processing"):
        complete(account, session, method, paid=result.status == "succeeded")
    return result


def complete(account: Account, session: Json, method: Json, *, paid: bool) -> None:
    billing = method["billing_details"]
    email = session["customer_email"] or (session["customer_details"] or {}).get("email") or billing["email"]
    account.change(
        session, status="complete", payment_status="paid" if paid else "unpaid", url=None,
        customer_details=checkout.details(email=email, name=billing["name"], address=billing["address"]),
        collected_information={"business_name": None, "individual_name": None, "shipping_details": None},
    )  # fmt: skip
    account.emit("checkout.session.completed", session)


def authenticate(account: Account, session: Json, *, agreed: bool) -> Attempt:
    """The donor's answer to the bank's question (3-D Secure)."""
    intent = waiting_intent(account, session)
    if intent is None:
        raise StripeError("Nothing waits for authentication here.", code="payment_intent_unexpected_state")
    method = account.get("payment_method", intent["payment_method"])
    if not agreed:
        result = payment_intents.fail_authentication(account, intent)
    else:
        result = payment_intents.attempt(account, intent, method, authenticated=True)
    if session["mode"] == "subscription":
        finish_first_invoice(account, session, method, result)
    return after(account, session, method, result)


def waiting_intent(account: Account, session: Json) -> Json | None:
    hidden = account.store.hidden(session["id"])
    known = hidden.get("payment_intent")
    if "invoice" in hidden:
        known = account.store.hidden(hidden["invoice"])["payment_intent"]
    if session["status"] != "open" or not known:
        return None
    intent = account.get("payment_intent", known)
    return intent if intent["status"] == "requires_action" else None


def finish_first_invoice(account: Account, session: Json, method: Json, result: Attempt) -> None:
    hidden = account.store.hidden(session["id"])
    invoice = account.get("invoice", hidden["invoice"])
    if result.status == "succeeded":
        subscription = account.get("subscription", hidden["subscription"])
        account.change(subscription, default_payment_method=method["id"])
        subscriptions.activate(account, subscription)
        account.change(session, subscription=subscription["id"], invoice=invoice["id"])
    invoices.record_attempt(account, invoice, result, counts=not invoice["attempted"])


def finish_debit(account: Account, intent_id: str, *, succeeds: bool | None = None) -> None:
    """A bank has answered for a debit: the intent, then its invoice, then its session hear of it."""
    intent = account.get("payment_intent", intent_id)
    result = payment_intents.finish_debit(account, intent, succeeds=succeeds)
    if result is None:
        return
    hidden = account.store.hidden(intent_id)
    if "invoice" in hidden:
        invoice = account.get("invoice", hidden["invoice"])
        subscription = collecting.subscription_of(account, invoice)
        collecting.after_attempt(account, invoice, subscription, result, counted=True)
    if "checkout_session" in hidden:
        session = account.get("checkout.session", hidden["checkout_session"])
        if result.status == "succeeded":
            account.change(session, payment_status="paid")
        account.emit(
            f"checkout.session.async_payment_{'succeeded' if result.status == 'succeeded' else 'failed'}", session
        )


# what Stripe's CLI calls; not part of the public API


def retrieve_page(account: Account, params: Json, session_id: str) -> Json:
    return page_of(account, account.get("checkout.session", session_id, param="session"))


def confirm_page(account: Account, params: Json, session_id: str) -> Json:
    session = account.get("checkout.session", session_id, param="session")
    method = payment_methods.named(account, params["payment_method"], "payment_method")
    if params.get("expected_amount", session["amount_total"]) != session["amount_total"]:
        raise StripeError(
            "The expected amount is not the session's amount.", code="checkout_amount_mismatch", param="expected_amount"
        )
    result = pay(account, session, method)
    if result.status == "declined":
        raise StripeError(result.message or "Declined.", status=402, error_type="card_error", code="card_declined")
    return page_of(account, session)


def page_of(account: Account, session: Json) -> Json:
    intent = account.store.hidden(session["id"]).get("payment_intent")
    return {
        "id": session["id"],
        "object": "checkout.payment_page",
        "currency": session["currency"],
        "eid": "NA",
        "livemode": False,
        "mode": session["mode"],
        "payment_intent": intent,
        "payment_method_types": session["payment_method_types"],
        "payment_status": session["payment_status"],
        "session_id": session["id"],
        "state": {"open": "active", "complete": "succeeded"}.get(session["status"], session["status"]),
        "status": session["status"],
        "total_summary": {
            "due": session["amount_total"],
            "subtotal": session["amount_subtotal"],
            "total": session["amount_total"],
        },
    }
