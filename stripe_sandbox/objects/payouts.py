"""Payouts: the available balance goes to our bank, by hand or by a schedule.

An automatic payout takes every available movement along that no payout took before, so that their
net amounts add up to it exactly. A sum below zero is left for the next one, unless Stripe may
debit our bank: then the payout is negative. (docs.stripe.com/payouts)
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stripe_sandbox.account import Account
from stripe_sandbox.clock import add_months
from stripe_sandbox.errors import StripeError, malformed
from stripe_sandbox.lists import Conditions, field_is, page, time_range
from stripe_sandbox.money import SETTLEMENT_CURRENCY
from stripe_sandbox.objects import balance
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.store import Json

SCHEDULES = ("manual", "daily", "weekly", "monthly")
SCHEDULE_NOTE = "payout_schedule"
DEBITS_NOTE = "payout_debits"
BANK_NOTE = "payout_bank_account"
DAY = 86_400
SENT_AFTER = 3600
ARRIVES_AFTER = 2 * DAY
FAILURES = {
    "account_closed": "The bank account has been closed.",
    "account_frozen": "The bank account has been frozen.",
    "bank_account_restricted": "The bank account has restrictions on either the type, or the number, of payouts.",
    "could_not_process": "The bank could not process this payout.",
    "debit_not_authorized": "Debit transactions are not approved on the bank account.",
    "declined": "The bank has declined this payout.",
    "incorrect_account_holder_name": "Your bank notified us that the bank account holder name on file is incorrect.",
    "insufficient_funds": "Your Stripe account has insufficient funds to cover the payout.",
    "invalid_account_number": "The routing number seems correct, but the account number is invalid.",
    "no_account": "The bank account details on file are probably incorrect. No bank account could be found.",
}
UNTAKEN = (
    "FROM objects WHERE kind = 'balance_transaction' AND deleted = 0 AND json_extract(hidden, '$.payout') IS NULL "
    "AND json_extract(data, '$.available_on') <= ?"
)


def new_payout(account: Account, amount: int, *, automatic: bool, **fields: str | Json | None) -> Json:
    moment = account.now()
    payout: Json = {
        "id": account.new_id("payout"),
        "object": "payout",
        "amount": amount,
        "application_fee": None,
        "application_fee_amount": None,
        "arrival_date": (moment + ARRIVES_AFTER) // DAY * DAY,
        "automatic": automatic,
        "balance_transaction": None,
        "created": moment,
        "currency": SETTLEMENT_CURRENCY,
        "description": "STRIPE PAYOUT",
        "destination": bank_account(account),
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": {},
        "method": "standard",
        "original_payout": None,
        "payout_method": None,
        "reconciliation_status": "in_progress" if automatic else "not_applicable",
        "reversed_by": None,
        "source_type": "card",
        "statement_descriptor": None,
        "status": "pending",
        "trace_id": {"status": "pending", "value": None},
        "type": "bank_account",
        **fields,
    }
    payout["balance_transaction"] = move(account, payout, "payout", -amount)["id"]
    account.insert("payout", payout)
    account.schedule("payout_is_sent", payout["id"], moment + SENT_AFTER)
    account.schedule("payout_arrives", payout["id"], payout["arrival_date"])
    return payout


def move(account: Account, payout: Json, kind: str, amount: int) -> Json:
    return balance.record(
        account, kind=kind, source=payout["id"], amount=amount, currency=SETTLEMENT_CURRENCY,
        description=payout["description"] if kind == "payout" else f"{payout['description']} ({kind})",
        available_at_once=True,
    )  # fmt: skip


def bank_account(account: Account) -> str:
    """The id of the one bank account that payouts go to; it cannot be looked up here."""
    known = account.store.note(BANK_NOTE)
    if known is None:
        known = account.new_id("bank_account")
        account.store.set_note(BANK_NOTE, known)
    return known


# by schedule


def set_schedule(account: Account, schedule: str) -> None:
    if schedule not in SCHEDULES:
        raise ValueError(f"schedule must be one of {', '.join(SCHEDULES)}")
    account.store.set_note(SCHEDULE_NOTE, schedule)
    account.store.run("DELETE FROM tasks WHERE name = 'pay_out'")
    if schedule != "manual":
        account.schedule("pay_out", schedule, next_day(account.now(), schedule))


def next_day(moment: int, schedule: str) -> int:
    """The midnight (UTC) that comes next: of any day, of a Monday, of the first of a month."""
    today = datetime.fromtimestamp(moment // DAY * DAY, UTC)
    if schedule == "monthly":
        return add_months(int(today.replace(day=1).timestamp()), 1)
    days = 7 - today.weekday() if schedule == "weekly" else 1
    return int((today + timedelta(days=days)).timestamp())


def pay_out_by_schedule(account: Account, schedule: str) -> None:
    account.schedule("pay_out", schedule, next_day(account.now(), schedule))
    pay_out(account)


def pay_out(account: Account) -> Json | None:
    """An automatic payout of everything that is available; None when that is nothing, or below it without debits."""
    moment = account.now()
    row = account.store.row(f"SELECT sum(json_extract(data, '$.net')) AS net {UNTAKEN}", moment)
    amount = int(row["net"] or 0) if row else 0
    if amount == 0 or (amount < 0 and not account.seconds(DEBITS_NOTE, 0)):
        return None
    payout = new_payout(account, amount, automatic=True)
    # its own movement, written a moment ago and available at once, is among them
    account.store.run(
        f"UPDATE objects SET hidden = json_set(hidden, '$.payout', ?) WHERE sequence IN (SELECT sequence {UNTAKEN})",  # noqa: S608
        payout["id"], moment,
    )  # fmt: skip
    account.emit("payout.created", payout)
    return payout


# how it goes on


def send(account: Account, payout_id: str) -> None:
    """Handed to the bank: it cannot be canceled any more, and its movements can be listed."""
    payout = account.get("payout", payout_id)
    if payout["status"] == "pending":
        account.change(payout, "payout.updated", status="in_transit")
    if payout["reconciliation_status"] == "in_progress":
        account.change(payout, reconciliation_status="completed")
        account.emit("payout.reconciliation_completed", payout)


def arrive(account: Account, payout_id: str) -> None:
    payout = account.get("payout", payout_id)
    if payout["status"] not in ("pending", "in_transit"):
        return
    send(account, payout_id)
    payout = account.get("payout", payout_id)
    trace = {"status": "supported", "value": f"TRACE{payout_id[-12:].upper()}"}
    account.change(payout, "payout.paid", status="paid", trace_id=trace)


def fail(account: Account, payout_id: str, code: str = "account_closed") -> Json:
    """The bank sends it back, perhaps days after it was said to be paid; the money is ours to pay out again."""
    payout = account.get("payout", payout_id)
    if code not in FAILURES:
        raise ValueError(f"failure_code must be one of {', '.join(FAILURES)}")
    if payout["status"] in ("failed", "canceled"):
        raise StripeError(f"This payout is already {payout['status']}.")
    send(account, payout_id)
    payout = account.get("payout", payout_id)
    returned = move(account, payout, "payout_failure", payout["amount"])
    return account.change(
        payout, "payout.failed", status="failed", failure_code=code, failure_message=FAILURES[code],
        failure_balance_transaction=returned["id"],
    )  # fmt: skip


# the API


def create(account: Account, params: Json) -> Json:
    if params["currency"].lower() != SETTLEMENT_CURRENCY:
        raise StripeError(
            f"Sorry, you don't have any external accounts in that currency ({params['currency']}).", param="currency"
        )
    if params["amount"] < 1:
        raise malformed("Invalid positive integer", "amount", "parameter_invalid_integer")
    if params["amount"] > balance.funds(account)[0]:
        raise StripeError(
            "You have insufficient funds in your Stripe account for this transfer. Your ACH balance is too low. You "
            "can use the /v1/balance endpoint to view your Stripe balance (for more details, see "
            "stripe.com/docs/api#balance).",
            code="balance_insufficient", param="amount",
        )  # fmt: skip
    fields = {name: params[name] for name in ("description", "statement_descriptor") if name in params}
    metadata = merged_metadata({}, params.get("metadata", {}))
    payout = new_payout(account, params["amount"], automatic=False, metadata=metadata, **fields)
    account.emit("payout.created", payout)
    return payout


def cancel(account: Account, params: Json, payout_id: str) -> Json:
    payout = account.get("payout", payout_id)
    if payout["automatic"] or payout["status"] != "pending":
        why = "it is automatic" if payout["automatic"] else f"its status is {payout['status']}"
        raise StripeError(f"Payouts can only be canceled while pending, and made by hand: {why}.")
    returned = move(account, payout, "payout_cancel", payout["amount"])
    return account.change(
        payout, "payout.canceled", status="canceled", failure_balance_transaction=returned["id"]
    )  # fmt: skip


def retrieve(account: Account, params: Json, payout_id: str) -> Json:
    return account.get("payout", payout_id)


def update(account: Account, params: Json, payout_id: str) -> Json:
    payout = account.get("payout", payout_id)
    merged = merged_metadata(payout["metadata"], params.get("metadata", {}))
    return account.change(payout, "payout.updated", metadata=merged)


def list_all(account: Account, params: Json) -> Json:
    conditions: Conditions = [field_is(name, params[name]) for name in ("destination", "status") if name in params]
    if "arrival_date" in params:
        conditions += time_range(params["arrival_date"], "arrival_date")
    return page(account, "payout", "/v1/payouts", params, conditions)
