"""An invoice's own page (`hosted_invoice_url`): the donor says yes to the bank there, or pays by another card."""

from __future__ import annotations

import re

from stripe_sandbox import card_form
from stripe_sandbox.errors import StripeError
from stripe_sandbox.messages import Request, Response, redirect
from stripe_sandbox.money import format_amount
from stripe_sandbox.objects import collecting, invoices, payment_methods
from stripe_sandbox.objects.payment_intents import Attempt
from stripe_sandbox.pages import page, text
from stripe_sandbox.pay_page import plain, problem_list
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.store import Json

PATH = re.compile(r"^/invoices/(in_\w+)$")
STATES = {
    "draft": "This invoice is not ready yet.",
    "paid": "This invoice is paid. Thank you.",
    "void": "This invoice was withdrawn. There is nothing to pay.",
}


def answer(sandbox: Sandbox, request: Request) -> Response:
    match = PATH.match(request.path)
    with sandbox.store.transaction():
        invoice = sandbox.store.get("invoice", match.group(1)) if match else None
        if invoice is None:
            return page("Not found", plain("There is no such invoice", "The link may be cut short."), status=404)
        if request.method == "POST" and invoice["status"] in ("open", "uncollectible"):
            return act(sandbox, invoice, request.form())
        return show(sandbox, invoice, {}, [])


def act(sandbox: Sandbox, invoice: Json, form: dict[str, str]) -> Response:
    """One transaction from looking to paying: a double submit finds the invoice paid."""
    account = sandbox.account
    account.request = {"id": None, "idempotency_key": None}
    invoice = collecting.finalized(account, invoice)
    if "answer" in form:
        return after(sandbox, invoice, answer_bank(sandbox, invoice, form["answer"] == "complete"), {})
    problems = card_form.check(form)
    if problems:
        return show(sandbox, invoice, form, problems)
    try:
        method = card_form.method_from(sandbox, form, invoice["customer_email"])
        payment_methods.attach_to(account, method, invoice["customer"])
        return after(sandbox, invoice, collecting.pay_now(account, invoice, method), form)
    except StripeError as error:
        return show(sandbox, invoice, form, [("card_number", error.message)])


def answer_bank(sandbox: Sandbox, invoice: Json, agreed: bool) -> Attempt | None:
    """The donor's answer to the bank; None when nothing waits for one."""
    method = waiting_method(sandbox, invoice)
    if method is None:
        return None
    if agreed:
        return collecting.pay_now(sandbox.account, invoice, method, authenticated=True)
    return collecting.refuse_bank(sandbox.account, invoice)


def waiting_method(sandbox: Sandbox, invoice: Json) -> Json | None:
    """The card whose bank waits for the donor's answer."""
    if invoice["status"] == "draft" or "payment_intent" not in sandbox.store.hidden(invoice["id"]):
        return None
    intent = invoices.intent_of(sandbox.account, invoice)
    if intent["status"] != "requires_action":
        return None
    return sandbox.account.get("payment_method", intent["payment_method"])


def after(sandbox: Sandbox, invoice: Json, result: Attempt | None, form: dict[str, str]) -> Response:
    if result is not None and result.status == "declined":
        return show(sandbox, invoice, form, [("card_number", result.message or "Declined.")])
    return redirect(f"/invoices/{invoice['id']}")


def show(sandbox: Sandbox, invoice: Json, form: dict[str, str], problems: list[tuple[str, str]]) -> Response:
    price = format_amount(invoice["amount_due"], invoice["currency"])
    title = f"Invoice {invoice['number'] or ''}".strip()
    head = (
        f'<p class="test-mode">Test mode: no money moves</p><h1>{text(title)}</h1><p class="amount">{text(price)}</p>'
    )
    if invoice["status"] in STATES:
        return page(title, f'<main class="note">{head}<p role="status">{STATES[invoice["status"]]}</p></main>')
    waiting = waiting_method(sandbox, invoice)
    body = (
        f'<main class="note">{head}{bank_question() if waiting else ""}{problem_list(problems)}'
        f"<h2>Pay by card</h2>"
        f'<form method="post" novalidate>{card_form.fields(form, dict(problems))}'
        f'<button id="pay" class="main">Pay {text(price)}</button></form></main>'
    )
    return page(title, body)


def bank_question() -> str:
    return (
        "<h2>Your bank asks: is it you?</h2><p>3-D Secure test page for the card on file.</p>"
        '<form method="post"><div class="choices">'
        '<button id="complete" name="answer" value="complete">Complete authentication</button>'
        '<button id="fail" class="quiet" name="answer" value="fail">Fail authentication</button></div></form>'
    )
