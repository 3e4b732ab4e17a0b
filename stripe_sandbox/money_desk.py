"""`/_control` for money: refunds, disputes, payouts, warnings and fees, made to happen or to end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from stripe_sandbox import bulk, letters
from stripe_sandbox.account import Account
from stripe_sandbox.messages import Request
from stripe_sandbox.money_truth import truth
from stripe_sandbox.objects import balance, disputes, payouts, radar, refunds
from stripe_sandbox.objects.webhook_endpoints import COMMAND_LINE_NOTE
from stripe_sandbox.sandbox import Sandbox

Given = dict[str, Any]
KEPT_NOTES = ("seed", "ids_issued", "clock_offset", COMMAND_LINE_NOTE)
REFUND_OUTCOMES = {"succeeded": "succeed_refund", "failed": "fail_refund", "canceled": "cancel_refund"}
REFUND_ACTS = {"succeeded": refunds.succeed, "failed": refunds.fail_refund, "canceled": refunds.cancel_refund}


def in_account(act: Callable[[Account, Given], Given]) -> Callable[[Sandbox, Given, Request], Given]:
    """An act of somebody else than our API calls: its events name no request."""

    def run(sandbox: Sandbox, given: Given, request: Request) -> Given:
        account = sandbox.account
        with account.store.transaction():
            account.request = {"id": None, "idempotency_key": None}
            return act(account, given)

    return run


def chosen(given: Given, name: str, choices: tuple[str, ...]) -> str:
    value = str(given[name])
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}")
    return value


def steer_dispute(account: Account, given: Given) -> Given:
    """Open one on a charge, or say how one goes on; `deadlines` makes evidence that comes too late lose."""
    if "deadlines" in given:
        account.store.set_note(disputes.DEADLINES, "1" if given["deadlines"] else "0")
        return {"deadlines": bool(given["deadlines"])}
    if "charge" not in given:
        outcome = chosen(given, "outcome", disputes.OUTCOMES)
        return disputes.decide(account, account.get("dispute", given["dispute"]), outcome)
    kind = chosen(given, "kind", (disputes.INQUIRY, disputes.CHARGEBACK)) if "kind" in given else None
    opened = disputes.open_dispute(account, given["charge"], given.get("reason"), amount=given.get("amount"), kind=kind)
    if opened is None:
        raise ValueError("nothing to dispute: not paid, refunded, or disputed before")
    return opened


def steer_refund(account: Account, given: Given) -> Given:
    """Refund from Stripe's dashboard, say how a refund ends, or in which state the next one starts."""
    states = tuple(refunds.STARTS)
    if "next" in given:
        account.store.set_note(refunds.NEXT_STATE, chosen(given, "next", states))
        return {"next": given["next"]}
    if "refund" not in given:
        wanted: Given = {
            name: given[name] for name in ("charge", "payment_intent", "amount", "reason") if name in given
        }
        return refunds.create(
            account, wanted, starts_as=chosen(given, "state", states) if "state" in given else None
        )  # fmt: skip
    return end_refund(account, given)


def end_refund(account: Account, given: Given) -> Given:
    refund = account.get("refund", given["refund"])
    outcome = chosen(given, "outcome", tuple(REFUND_OUTCOMES))
    possible = (*refunds.UNDER_WAY, "succeeded") if outcome == "failed" else refunds.UNDER_WAY
    if refund["status"] not in possible:
        raise ValueError(f"a refund that is {refund['status']} cannot become {outcome}")
    if "failure_reason" in given:
        account.store.hide(refund["id"], {"failure_reason": chosen(given, "failure_reason", refunds.FAILURE_REASONS)})
    if "after_seconds" in given:
        account.schedule(REFUND_OUTCOMES[outcome], refund["id"], account.now() + int(given["after_seconds"]))
    else:
        REFUND_ACTS[outcome](account, refund["id"])
    return account.get("refund", refund["id"])


def steer_payouts(account: Account, given: Given) -> Given:
    """Set the schedule and whether our bank may be debited, pay out what is available, or say how a payout ends."""
    answered: Given = {}
    if "debits" in given:
        account.store.set_note(payouts.DEBITS_NOTE, "1" if given["debits"] else "0")
    if "schedule" in given:
        payouts.set_schedule(account, given["schedule"])
    if given.get("pay_out"):
        made = payouts.pay_out(account)
        if made is not None and given.get("arrive"):
            payouts.arrive(account, made["id"])
        answered["payout"] = account.get("payout", made["id"]) if made else None
    if "payout" in given:
        answered["payout"] = end_payout(account, given)
    answered["schedule"] = account.store.note(payouts.SCHEDULE_NOTE) or "manual"
    return answered


def end_payout(account: Account, given: Given) -> Given:
    payout = account.get("payout", given["payout"])
    outcome = chosen(given, "outcome", ("sent", "paid", "failed"))
    if outcome == "failed":
        return payouts.fail(account, payout["id"], given.get("failure_code", "account_closed"))
    if payout["status"] not in ("pending", "in_transit"):
        raise ValueError(f"a payout that is {payout['status']} cannot become {outcome}")
    (payouts.send if outcome == "sent" else payouts.arrive)(account, payout["id"])
    return account.get("payout", payout["id"])


def warn_of_fraud(account: Account, given: Given) -> Given:
    return radar.warn(account, given["charge"], given.get("fraud_type", "unauthorized_use_of_card"))


def adjust(account: Account, given: Given) -> Given:
    """A fee or an adjustment of the account that belongs to no gift, in US cents."""
    return balance.record_for_account(account, given["type"], int(given["amount"]), given.get("description"))


def forget(sandbox: Sandbox, given: Given, request: Request) -> Given:
    """Begin anew: no gift, no event, no money, no fault. Ids are not issued again, and the clock stays where it is."""
    account, store = sandbox.account, sandbox.store
    with store.transaction():
        store.run("DELETE FROM objects WHERE id IS NOT ?", store.note(COMMAND_LINE_NOTE))
        for table in ("tasks", "deliveries", "idempotency"):
            store.run(f"DELETE FROM {table}")  # noqa: S608  our own tables
        store.run("DELETE FROM notes WHERE name NOT IN (?, ?, ?, ?)", *KEPT_NOTES)
        account.letters = letters.parse({})
    sandbox.faults.clear()
    sandbox.requests.clear()
    return {"now": account.now()}


ROUTES: dict[tuple[str, str], Callable[[Sandbox, Given, Request], Given]] = {
    ("GET", "truth"): truth,
    ("POST", "adjustments"): in_account(adjust),
    ("POST", "bulk"): in_account(bulk.seed_charges),
    ("POST", "disputes"): in_account(steer_dispute),
    ("POST", "forget"): forget,
    ("POST", "fraud_warnings"): in_account(warn_of_fraud),
    ("POST", "payouts"): in_account(steer_payouts),
    ("POST", "refunds"): in_account(steer_refund),
    ("POST", "tamper"): in_account(bulk.tamper),
}
