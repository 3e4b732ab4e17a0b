"""`/_control`: how tests and benchmarks steer the sandbox. Not Stripe's, and for this machine only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from stripe_sandbox import invoice_page, letters, money_desk, openapi
from stripe_sandbox.clock import add_months
from stripe_sandbox.errors import StripeError
from stripe_sandbox.faults import parse, parse_plan
from stripe_sandbox.messages import Request, Response, is_foreign, json_response
from stripe_sandbox.objects import (
    cards,
    checkout,
    collecting,
    paying,
    payment_methods,
    subscriptions,
)
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.schedule import run_due

Given = dict[str, Any]
TWO_HOURS = 7200
STEERS = ("pause", "redeliver", "parallel", "faults")


def answer(sandbox: Sandbox, request: Request) -> Response:
    if is_foreign(request):
        return json_response({"error": "requests from other sites are refused"}, 403)
    found = ROUTES.get((request.method, request.path.removeprefix("/_control/")))
    if found is None:
        return json_response({"error": "unknown", "known": sorted(" ".join(route) for route in ROUTES)}, 404)
    try:
        given = json.loads(request.body) if request.body else {}
        if not isinstance(given, dict):
            raise ValueError("a JSON object is expected")
        return json_response(found(sandbox, given, request))
    except (ValueError, KeyError, TypeError) as error:
        return json_response({"error": f"{type(error).__name__}: {error}"}, 400)
    except StripeError as error:
        return json_response(error.body(), error.status)


def health(sandbox: Sandbox, given: Given, request: Request) -> Given:
    return {"ok": True, "now": sandbox.account.now()}


def order_fault(sandbox: Sandbox, given: Given, request: Request) -> Given:
    """A fault for the nth matching call from now, or a plan by which chance orders them (null: no more)."""
    if "plan" in given:
        sandbox.faults.follow(parse_plan(given["plan"]) if given["plan"] else None)
    else:
        sandbox.faults.order(parse(given))
    return list_faults(sandbox, given, request)


def list_faults(sandbox: Sandbox, given: Given, request: Request) -> Given:
    return sandbox.faults.listing()


def clear_faults(sandbox: Sandbox, given: Given, request: Request) -> Given:
    sandbox.faults.clear()
    return list_faults(sandbox, given, request)


def show_clock(sandbox: Sandbox, given: Given, request: Request) -> Given:
    return {"now": sandbox.account.now(), "offset_seconds": sandbox.account.clock.offset_seconds}


def move_clock(sandbox: Sandbox, given: Given, request: Request) -> Given:
    """Forward by seconds, or by calendar months and the two hours in which a renewal is collected."""
    account = sandbox.account
    seconds = int(given.get("advance_seconds", 0))
    if "advance_months" in given:
        seconds += add_months(account.now(), int(given["advance_months"])) - account.now() + TWO_HOURS
    with account.store.transaction():
        for name in ("settle_seconds", "debit_seconds", "consequence_seconds", "upcoming_days", "event_days"):
            if name in given:
                account.store.set_note(name, str(int(given[name])))
        if "upcoming_days" in given:
            subscriptions.plan_notices_again(account)
        account.advance_clock(seconds)
    return {**show_clock(sandbox, given, request), "happened": run_due(account)}


def list_deliveries(sandbox: Sandbox, given: Given, request: Request) -> Given:
    rows = sandbox.deliverer.listing(request.query_value("state"), int(request.query_value("limit") or 1000))
    plan = sandbox.account.letters.shown()
    return {"paused": sandbox.deliverer.paused.is_set(), "faults": plan, "deliveries": rows}


def steer_deliveries(sandbox: Sandbox, given: Given, request: Request) -> Given:
    """Pause or go on; what happens to webhooks on their way; send events again ("all" means every event).

    With `redeliver` the faults are for these sendings, else for all that happens from now on
    (`{"faults": null}` ends them). `copies` is an older name of `repeat`.
    """
    deliverer, account = sandbox.deliverer, sandbox.account
    if "pause" in given:
        (deliverer.paused.set if given["pause"] else deliverer.paused.clear)()
        account.wake.set()
    on_the_way = {name: value for name, value in given.items() if name not in STEERS}
    if "copies" in on_the_way:
        on_the_way["repeat"] = on_the_way.pop("copies")
    if "redeliver" not in given:
        if on_the_way or "faults" in given:
            account.letters = letters.parse(given.get("faults") or on_the_way)
        return {"paused": deliverer.paused.is_set(), "faults": account.letters.shown()}
    wanted = given["redeliver"]
    if wanted == "all":
        wanted = [event["id"] for event in sandbox.store.find("event", ascending=True)]
    told = deliverer.redeliver(
        wanted, letters.parse(given.get("faults") or on_the_way), parallel=min(32, int(given.get("parallel", 1)))
    )
    return {"paused": deliverer.paused.is_set(), **told}


def list_requests(sandbox: Sandbox, given: Given, request: Request) -> Given:
    entries = sandbox.requests.after(int(request.query_value("after") or 0))
    wanted = request.query_value("id")
    return {"requests": [entry for entry in entries if not wanted or entry["id"] == wanted]}


def pay(sandbox: Sandbox, given: Given, request: Request) -> Given:
    """Pay an open session as the hosted page would, by a test card or a test bank account."""
    account = sandbox.account
    with account.store.transaction():
        account.request = {"id": None, "idempotency_key": None}
        session = account.get("checkout.session", given["session"])
        billing = {
            "email": given.get("email", "dora@example.org"), "name": given.get("name", "Dora Donor"),
            "address": {"country": given.get("country", "US")},
        }  # fmt: skip
        if "account" in given:
            currency = session["currency"]
            bank = cards.BANK_ACCOUNTS[(cards.DEBIT_OF_CURRENCY[currency], given["account"])]
            method = payment_methods.new_debit_method(account, bank, billing)
        else:
            card = payment_methods.find_card(given.get("card", "4242424242424242"))
            method = payment_methods.new_card_method(account, card, billing)
        result = paying.pay(account, session, method)
    return {"status": result.status, "message": result.message, "session": session}


def authenticate(sandbox: Sandbox, given: Given, request: Request) -> Given:
    """The donor's answer to the bank, for a session that is being paid or an invoice that waits."""
    account = sandbox.account
    agreed = bool(given.get("agreed", True))
    with account.store.transaction():
        account.request = {"id": None, "idempotency_key": None}
        if "invoice" in given:
            invoice = account.get("invoice", given["invoice"])
            answered = invoice_page.answer_bank(sandbox, invoice, agreed)
            if answered is None:
                raise ValueError("nothing waits for authentication here")
            return {"status": answered.status, "message": answered.message, "invoice": invoice}
        session = account.get("checkout.session", given["session"])
        result = paying.authenticate(account, session, agreed=agreed)
    return {"status": result.status, "message": result.message, "session": session}


def change_card(sandbox: Sandbox, given: Given, request: Request) -> Given:
    """Another card as in the customer portal, without its page; what is owed is tried with it at once."""
    account = sandbox.account
    with account.store.transaction():
        account.request = {"id": None, "idempotency_key": None}
        customer_id = given.get("customer") or account.get("subscription", given["subscription"])["customer"]
        customer = account.get("customer", customer_id)
        billing = {"email": customer["email"], "name": customer["name"]}
        card = payment_methods.find_card(given.get("card", "4242424242424242"))
        method = payment_methods.new_card_method(account, card, billing)
        payment_methods.check_saving(account, method)
        tries = collecting.change_card(account, customer, method)
    return {"payment_method": method["id"], "payments": [each.status for each in tries]}


def expire(sandbox: Sandbox, given: Given, request: Request) -> Given:
    account = sandbox.account
    with account.store.transaction():
        return checkout.expire_now(account, {}, given["session"])


def answer_debit(sandbox: Sandbox, given: Given, request: Request) -> Given:
    """The bank's answer to a delayed payment, now."""
    account = sandbox.account
    if given["outcome"] not in ("succeeded", "failed"):
        raise ValueError("outcome must be succeeded or failed")
    with account.store.transaction():
        account.request = {"id": None, "idempotency_key": None}
        paying.finish_debit(account, given["payment_intent"], succeeds=given["outcome"] == "succeeded")
        return account.get("payment_intent", given["payment_intent"])


def describe(sandbox: Sandbox, given: Given, request: Request) -> Given:
    """The API as an OpenAPI description."""
    return openapi.description()


ROUTES: dict[tuple[str, str], Callable[[Sandbox, Given, Request], Given]] = {
    ("GET", "health"): health,
    ("GET", "faults"): list_faults,
    ("POST", "faults"): order_fault,
    ("DELETE", "faults"): clear_faults,
    ("GET", "clock"): show_clock,
    ("POST", "clock"): move_clock,
    ("GET", "deliveries"): list_deliveries,
    ("POST", "deliveries"): steer_deliveries,
    ("GET", "openapi"): describe,
    ("GET", "requests"): list_requests,
    ("POST", "pay"): pay,
    ("POST", "authenticate"): authenticate,
    ("POST", "card"): change_card,
    ("POST", "expire"): expire,
    ("POST", "debits"): answer_debit,
    **money_desk.ROUTES,
}
