"""The dashboard's money: gifts, refunds, disputes, warnings and payouts, and a button for each thing a bank may do."""

from __future__ import annotations

from collections.abc import Callable

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError
from stripe_sandbox.money import format_amount
from stripe_sandbox.objects import balance, disputes, paying, payouts, radar, refunds
from stripe_sandbox.pages import text
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.store import Json
from stripe_sandbox.tables import SHOWN, amount, button, moment, table

SAYINGS = {
    "answered": "The bank has answered.",
    "disputed": "The donor's bank disputes the charge.",
    "paid-out": "What was available is on its way to the bank.",
    "nothing-to-pay-out": "Nothing is available to be paid out.",
    "refunded": "The charge was refunded.",
    "scheduled": "The schedule of payouts was changed.",
    "warned": "The card's issuer has warned of fraud.",
    **{outcome: f"The dispute was {outcome}." for outcome in ("won", "lost")},
}
SCHEDULES = {"manual": "By hand", "daily": "Every day", "weekly": "Every Monday", "monthly": "Every first of a month"}


def act(account: Account, what: str, target: str, form: dict[str, str]) -> str:
    """Do what a button says; answers a word of `SAYINGS`."""
    if what == "refund":
        given = form.get("amount", "").strip()
        if given and not given.isdecimal():
            raise StripeError("Type the amount in the smallest units of its currency, such as 500 for $5.")
        refunds.create(account, {"charge": target, **({"amount": int(given)} if given else {})})
        return "refunded"
    if what == "pay-out":
        return "paid-out" if payouts.pay_out(account) else "nothing-to-pay-out"
    if what == "schedule":
        payouts.set_schedule(account, target if target in payouts.SCHEDULES else "manual")
        return "scheduled"
    if what in disputes.OUTCOMES:
        disputes.decide(account, account.get("dispute", target), what)
        return what if what in SAYINGS else "answered"
    if what not in ACTS:
        raise StripeError(f"There is no button for {what}.")
    said, change = ACTS[what]
    change(account, target)
    return said


ACTS: dict[str, tuple[str, Callable[[Account, str], object]]] = {
    "debit-fails": ("answered", lambda account, intent: paying.finish_debit(account, intent, succeeds=False)),
    "debit-succeeds": ("answered", lambda account, intent: paying.finish_debit(account, intent, succeeds=True)),
    "dispute": ("disputed", disputes.open_dispute),
    "inquire": ("disputed", lambda account, charge: disputes.open_dispute(account, charge, kind=disputes.INQUIRY)),
    "payout-arrives": ("answered", payouts.arrive),
    "payout-fails": ("answered", payouts.fail),
    "refund-arrives": ("answered", refunds.succeed),
    "refund-fails": ("answered", refunds.fail_refund),
    "refund-is-called-off": ("answered", refunds.cancel_refund),
    "warn": ("warned", radar.warn),
}


def sections(sandbox: Sandbox) -> str:
    return "".join(part(sandbox) for part in (money_there, gifts, given_back, disputed, warnings, paid_out))


def money_there(sandbox: Sandbox) -> str:
    account = sandbox.account
    available, pending = balance.funds(account)
    now = account.store.note(payouts.SCHEDULE_NOTE) or "manual"
    others = "".join(button("schedule", name, label) for name, label in SCHEDULES.items() if name != now)
    return (
        f"<h2>Balance</h2><p>Available <strong>{text(format_amount(available, 'usd'))}</strong>, "
        f"pending {text(format_amount(pending, 'usd'))}. Payouts: {text(SCHEDULES[now].lower())}.</p>"
        f'<div class="inline">{button("pay-out", "", "Pay out now")}{others}</div>'
    )


def refund_form(charge: Json) -> str:
    """A refund of all that is left, or of the amount typed."""
    identifier = text(charge["id"])
    return (
        '<form method="post" action="/"><input type="hidden" name="act" value="refund">'
        f'<input type="hidden" name="target" value="{identifier}">'
        f'<input name="amount" inputmode="numeric" size="6" aria-label="Smallest units to refund; empty: all" '
        'placeholder="all"><button class="quiet">Refund</button></form> '
    )


def acts_of_gift(account: Account, charge: Json) -> str:
    if charge["status"] == "pending":
        intent = charge["payment_intent"]
        return button("debit-succeeds", intent, "Bank pays") + button("debit-fails", intent, "Bank refuses")
    if charge["status"] != "succeeded" or charge["refunded"]:
        return ""
    acts = "" if disputes.forbids_refund(account, charge) else refund_form(charge)
    if not charge["disputed"]:
        acts += button("dispute", charge["id"], "Dispute") + button("inquire", charge["id"], "Inquire")
        acts += button("warn", charge["id"], "Warn of fraud")
    return acts


def state_of_gift(charge: Json) -> str:
    if charge["amount_refunded"] and not charge["refunded"]:
        return f"refunded {format_amount(charge['amount_refunded'], charge['currency'])}"
    return "refunded" if charge["refunded"] else "disputed" if charge["disputed"] else str(charge["status"])


def gifts(sandbox: Sandbox) -> str:
    rows = [
        (
            moment(charge["created"]), amount(charge), text(state_of_gift(charge)),
            text(charge["billing_details"]["email"]), f"<code>{text(charge['id'])}</code>",
            acts_of_gift(sandbox.account, charge),
        )
        for charge in sandbox.store.find("charge", limit=SHOWN)
    ]  # fmt: skip
    return table("Gifts (charges)", ("When", "Amount", "State", "By", "Id", "Actions"), rows)


def given_back(sandbox: Sandbox) -> str:
    rows = []
    for refund in sandbox.store.find("refund", limit=SHOWN):
        acts = ""
        if refund["status"] in refunds.UNDER_WAY:
            acts = button("refund-arrives", refund["id"], "Arrives")
            acts += button("refund-is-called-off", refund["id"], "Call off")
        if refund["status"] in (*refunds.UNDER_WAY, "succeeded"):
            acts += button("refund-fails", refund["id"], "Fails")
        rows.append((moment(refund["created"]), amount(refund), text(refund["status"]), acts))
    return table("Refunds", ("When", "Amount", "State", "Actions"), rows)


def disputed(sandbox: Sandbox) -> str:
    rows = []
    for dispute in sandbox.store.find("dispute", limit=SHOWN):
        outcomes: tuple[tuple[str, str], ...] = ()
        if dispute["status"] in ("needs_response", "under_review"):
            outcomes = (("won", "Win"), ("lost", "Lose"))
        elif dispute["status"] in ("warning_needs_response", "warning_under_review"):
            outcomes = (("warning_closed", "Close"), ("escalate", "Escalate"))
        elif dispute["status"] == "won":
            outcomes = (("won_then_lost", "Overturn"),)
        acts = "".join(button(outcome, dispute["id"], label) for outcome, label in outcomes)
        due = moment(dispute["evidence_details"]["due_by"])
        rows.append(
            (moment(dispute["created"]), amount(dispute), text(dispute["status"]), text(dispute["reason"]), due, acts)
        )
    return table("Disputes", ("When", "Amount", "State", "Reason", "Evidence due", "Actions"), rows)


def warnings(sandbox: Sandbox) -> str:
    rows = [
        (
            moment(warning["created"]), text(warning["fraud_type"]), "yes" if warning["actionable"] else "no",
            f"<code>{text(warning['charge'])}</code>",
        )
        for warning in sandbox.store.find(radar.KIND, limit=SHOWN)
    ]  # fmt: skip
    return table("Early fraud warnings", ("When", "Type", "Still actionable", "Charge"), rows)


def paid_out(sandbox: Sandbox) -> str:
    rows = []
    for payout in sandbox.store.find("payout", limit=SHOWN):
        acts = ""
        if payout["status"] in ("pending", "in_transit"):
            acts = button("payout-arrives", payout["id"], "Arrives")
        if payout["status"] not in ("failed", "canceled"):
            acts += button("payout-fails", payout["id"], "Fails")
        made = "by schedule" if payout["automatic"] else "by hand"
        rows.append((moment(payout["created"]), amount(payout), text(payout["status"]), made, acts))
    return table("Payouts", ("When", "Amount", "State", "Made", "Actions"), rows)
