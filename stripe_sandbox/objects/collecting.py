"""Collecting an invoice: by the clock, by the API, or by the donor on the invoice's own page."""

from __future__ import annotations

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError
from stripe_sandbox.objects import invoices, payment_intents, payment_methods, subscriptions
from stripe_sandbox.objects.cards import DEBIT_OF_CURRENCY
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.objects.payment_intents import Attempt
from stripe_sandbox.store import Json

PAYABLE = ("draft", "open", "uncollectible")


def subscription_of(account: Account, invoice: Json) -> Json | None:
    parent = invoice["parent"]
    return account.get("subscription", parent["subscription_details"]["subscription"]) if parent else None


def collect(account: Account, invoice_id: str) -> None:
    """Finalize a draft that is due and charge the saved payment method; also every later try."""
    invoice = account.get("invoice", invoice_id)
    subscription = subscription_of(account, invoice)
    if invoice["status"] not in ("draft", "open") or not invoice["auto_advance"]:
        return
    if subscription is not None and subscription["status"] in subscriptions.ENDED:
        return
    method = saved_method(account, invoice)
    invoice = finalized(account, invoice, [method["type"]] if method else None)
    if invoice["status"] != "open":
        return
    intent = invoices.intent_of(account, invoice)
    if method is None:
        result = Attempt("declined", intent, "There is no payment method to charge.")
    else:
        result = payment_intents.attempt(account, intent, method, off_session=True)
    after_attempt(account, invoice, subscription, result)


def saved_method(account: Account, invoice: Json) -> Json | None:
    """What an invoice is charged to: its own, its subscription's or its customer's default, in this order."""
    subscription = subscription_of(account, invoice)
    customer = account.get("customer", invoice["customer"])
    named = (
        invoice["default_payment_method"],
        subscription and subscription["default_payment_method"],
        (customer.get("invoice_settings") or {}).get("default_payment_method"),
    )
    for method_id in named:
        method = account.store.get("payment_method", method_id) if method_id else None
        if method is not None and method["customer"] == customer["id"]:
            return method
    return None


def finalized(account: Account, invoice: Json, method_types: list[str] | None = None) -> Json:
    """The invoice with number and payment intent; one of nothing is paid by that."""
    if invoice["status"] == "draft":
        if invoice["amount_due"] == 0:
            return invoices.mark_paid(account, invoices.finalize(account, invoice, None))
        intent = invoices.new_payment(account, invoice, method_types or offered(invoice["currency"]))
        return invoices.finalize(account, invoice, intent)
    if "payment_intent" not in account.store.hidden(invoice["id"]):
        invoices.join(account, invoice, invoices.new_payment(account, invoice, offered(invoice["currency"])))
    return invoice


def offered(currency: str) -> list[str]:
    debit = DEBIT_OF_CURRENCY.get(currency)
    return ["card", debit] if debit else ["card"]


def after_attempt(
    account: Account, invoice: Json, subscription: Json | None, result: Attempt, *, counted: bool = False
) -> None:
    """What an automatic try leaves behind: paid, tried again later, or the end.

    `counted`: a bank answers now for a debit that was tried and counted days ago.
    """
    failed = result.status in ("declined", "requires_action")
    if failed:
        place_retry(account, invoice, tries=invoice["attempt_count"] - counted)
    invoice = invoices.record_attempt(account, invoice, result, donor_is_away=True, counts=not counted)
    if subscription is None:
        return
    if result.status == "succeeded":
        subscriptions.activate(account, subscription)
    elif failed:
        fall_behind(account, invoice, subscription)


def place_retry(account: Account, invoice: Json, *, tries: int) -> None:
    invoice["next_payment_attempt"] = None
    if tries < len(invoices.RETRY_DAYS):
        invoice["next_payment_attempt"] = account.now() + invoices.RETRY_DAYS[tries] * 86_400
        account.schedule("collect_invoice", invoice["id"], invoice["next_payment_attempt"])


def fall_behind(account: Account, invoice: Json, subscription: Json) -> None:
    """Unpaid: past due while there are tries left, then over."""
    if invoice["next_payment_attempt"] is None:
        subscriptions.end(account, subscription, reason="payment_failed")
        return
    account.change(subscription, "customer.subscription.updated", status="past_due")


# by hand: the API, the invoice's page, the portal


def pay_now(
    account: Account, invoice: Json, method: Json, *, authenticated: bool = False, off_session: bool = False
) -> Attempt:
    """A try outside the schedule, which stays as it is. A good method becomes the subscription's."""
    intent = invoices.intent_of(account, invoice)
    result = payment_intents.attempt(account, intent, method, authenticated=authenticated, off_session=off_session)
    first = not invoice["attempted"]
    invoices.record_attempt(account, invoice, result, counts=first, donor_is_away=off_session)
    subscription = subscription_of(account, invoice)
    if result.status == "succeeded" and subscription is not None and subscription["status"] not in subscriptions.ENDED:
        account.change(subscription, "customer.subscription.updated", default_payment_method=method["id"])
        subscriptions.activate(account, subscription)
    return result


def refuse_bank(account: Account, invoice: Json) -> Attempt:
    """The donor said no to the bank."""
    result = payment_intents.fail_authentication(account, invoices.intent_of(account, invoice))
    invoices.record_attempt(account, invoice, result, counts=False)
    return result


def open_invoices(account: Account, customer_id: str) -> list[Json]:
    """What the customer still owes, oldest first."""
    found = account.store.where("invoice", customer=customer_id, status="open")
    return [invoice for invoice in reversed(found) if invoice["attempted"]]


def change_card(account: Account, customer: Json, method: Json) -> list[Attempt]:
    """The customer's new card, in the portal: for all subscriptions, and for what is owed, at once."""
    payment_methods.attach_to(account, method, customer["id"])
    account.change(
        customer, "customer.updated",
        invoice_settings={**customer["invoice_settings"], "default_payment_method": method["id"]},
    )  # fmt: skip
    for subscription in account.store.where("subscription", customer=customer["id"]):
        if subscription["status"] not in subscriptions.ENDED and subscription["default_payment_method"]:
            account.change(subscription, "customer.subscription.updated", default_payment_method=method["id"])
    return [pay_now(account, invoice, method, off_session=True) for invoice in open_invoices(account, customer["id"])]


# the API


def pay(account: Account, params: Json, invoice_id: str) -> Json:
    invoice = account.get("invoice", invoice_id)
    check_payable(invoice, "pay")
    if params.get("paid_out_of_band"):
        return invoices.mark_paid(account, finalized(account, invoice))
    method = saved_method(account, invoice)
    if "payment_method" in params:
        method = payment_methods.named(account, params["payment_method"], "payment_method")
        payment_methods.attach_to(account, method, invoice["customer"])
    invoice = finalized(account, invoice)
    if invoice["status"] == "paid":
        return invoice
    if method is None:
        raise StripeError(
            "There is no `default_payment_method` set on this Customer or Invoice. Please set one before paying.",
            param="payment_method",
        )
    result = pay_now(account, invoice, method, off_session=params.get("off_session", True))
    if result.status == "declined":
        raise payment_intents.card_error(result)
    if result.status == "requires_action":
        raise StripeError(
            "Invoice payment intent requires additional user action to complete successfully.", status=402,
            error_type="card_error", code="invoice_payment_intent_requires_action", payment_intent=result.intent,
        )  # fmt: skip
    return account.get("invoice", invoice_id)


def check_payable(invoice: Json, act: str) -> None:
    if invoice["status"] == "paid":
        raise StripeError("Invoice is already paid", code="invoice_already_paid")
    if invoice["status"] not in PAYABLE:
        raise StripeError(
            f"You cannot {act} this invoice: it has a status of {invoice['status']}.", code="invoice_not_editable"
        )


def update(account: Account, params: Json, invoice_id: str) -> Json:
    invoice = account.get("invoice", invoice_id)
    fields: Json = {}
    if "auto_advance" in params:
        fields["auto_advance"] = params["auto_advance"]
    if "description" in params:
        fields["description"] = params["description"] or None
    if "metadata" in params:
        fields["metadata"] = merged_metadata(invoice["metadata"], params["metadata"])
    return account.change(invoice, "invoice.updated", **fields)


def finalize(account: Account, params: Json, invoice_id: str) -> Json:
    invoice = account.get("invoice", invoice_id)
    if invoice["status"] != "draft":
        raise StripeError(
            "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
            code="invoice_not_editable",
        )
    if "auto_advance" in params:
        account.change(invoice, auto_advance=params["auto_advance"])
    invoice = finalized(account, invoice)
    if invoice["status"] == "open" and invoice["auto_advance"]:
        account.change(invoice, next_payment_attempt=account.now() + invoices.DRAFT_SECONDS)
        account.schedule("collect_invoice", invoice_id, invoice["next_payment_attempt"])
    return invoice


def void(account: Account, params: Json, invoice_id: str) -> Json:
    return invoices.void(account, finalized_or_refused(account, invoice_id, "void", ("open", "uncollectible")))


def mark_uncollectible(account: Account, params: Json, invoice_id: str) -> Json:
    invoice = finalized_or_refused(account, invoice_id, "mark as uncollectible", ("open",))
    return invoices.mark_uncollectible(account, invoice)


def finalized_or_refused(account: Account, invoice_id: str, act: str, allowed: tuple[str, ...]) -> Json:
    invoice = account.get("invoice", invoice_id)
    if invoice["status"] not in allowed:
        raise StripeError(
            f"You can only {act} an invoice that is {' or '.join(allowed)}; this one is {invoice['status']}.",
            code="invoice_not_editable",
        )
    return invoice
