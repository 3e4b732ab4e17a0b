"""Disputes: the donor's bank takes the money back until it is decided who is right.

An inquiry asks first: nothing moves, unless it escalates to a chargeback. A chargeback withdraws
the amount and a fee at once; won, the amount comes back; a network's arbitration may take it again.
(docs.stripe.com/disputes/how-disputes-work)
"""

from __future__ import annotations

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError, malformed
from stripe_sandbox.fees import DISPUTE_FEE
from stripe_sandbox.lists import field_is, page
from stripe_sandbox.objects import balance, charges, radar
from stripe_sandbox.objects.cards import CARDS
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.store import Json

NETWORK_CODES = {"fraudulent": "10.4", "product_not_received": "13.1"}
REASONS = (
    "bank_cannot_process", "check_returned", "credit_not_processed", "customer_initiated", "debit_not_authorized",
    "duplicate", "fraudulent", "general", "incorrect_account_details", "insufficient_funds", "noncompliant",
    "product_not_received", "product_unacceptable", "subscription_canceled", "unrecognized",
)  # fmt: skip
INQUIRY, CHARGEBACK = "inquiry", "chargeback"
CLOSED = ("won", "lost", "warning_closed")
UNDER_REVIEW = {"needs_response": "under_review", "warning_needs_response": "warning_under_review"}
OUTCOMES = ("won", "lost", "warning_closed", "escalate", "won_then_lost")
DEADLINES = "dispute_deadlines"
DAYS_TO_ANSWER = 9
TEXT_EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def open_dispute(
    account: Account, charge_id: str, reason: str | None = None, *, amount: int | None = None, kind: str | None = None
) -> Json | None:
    """The bank disputes a charge: by default what was not refunded of it, as the card used would have it.

    An `amount` may be a part, or more than is left after a refund, as banks do. Safe to call twice
    without one: a charge is disputed once then. None when there is nothing to dispute.
    """
    charge = account.get("charge", charge_id)
    wanted = disputable(account, charge, amount)
    if wanted == 0:
        return None
    charge = charges.settled(account, charge)
    card = CARDS.get(account.store.hidden(charge["payment_method"]).get("number", ""))
    by_default = "debit_not_authorized" if card is None else card.dispute_reason or "fraudulent"
    asks_first = (kind or (INQUIRY if card and card.inquiry else CHARGEBACK)) == INQUIRY
    dispute = new_dispute(account, charge, wanted, reason or by_default, inquiry=asks_first)
    account.change(charge, "charge.updated", disputed=True)
    radar.no_longer_actionable(account, charge_id)
    account.emit("charge.dispute.created", dispute)
    if not asks_first:
        withdraw(account, dispute, fee=DISPUTE_FEE)
    return dispute


def disputable(account: Account, charge: Json, amount: int | None) -> int:
    """Minor units that a new dispute takes: 0 when the charge cannot be disputed (again)."""
    left = charge["amount"] - charge["amount_refunded"]
    if charge["status"] != "succeeded" or left == 0:
        return 0
    if amount is None:
        return 0 if charge["disputed"] else int(left)
    before = sum(dispute["amount"] for dispute in account.store.where("dispute", charge=charge["id"]))
    if not 0 < amount <= charge["amount"] - before:
        raise ValueError(f"amount must be 1 to {charge['amount'] - before}")
    return amount


def new_dispute(account: Account, charge: Json, amount: int, reason: str, *, inquiry: bool) -> Json:
    if reason not in REASONS:
        raise ValueError(f"reason must be one of {', '.join(REASONS)}")
    code = NETWORK_CODES.get(reason)
    dispute: Json = {
        "id": account.new_id("dispute"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(TEXT_EVIDENCE), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": None,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "network_reason_code": code,
        "payment_intent": charge["payment_intent"],
        "payment_method_details": method_details(charge, code, INQUIRY if inquiry else CHARGEBACK),
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
    ask_for_evidence(account, dispute)
    return account.insert("dispute", dispute)


def method_details(charge: Json, code: str | None, case_type: str) -> Json | None:
    """The network's view of the case; a debit's bank has none."""
    card = charge["payment_method_details"].get("card")
    if card is None:
        return None
    case = {"brand": card["brand"], "case_type": case_type, "network": card["brand"], "network_reason_code": code}
    return {"card": case, "type": "card"}


def ask_for_evidence(account: Account, dispute: Json) -> None:
    due_by = account.now() + DAYS_TO_ANSWER * 86_400
    dispute["evidence_details"]["due_by"] = due_by
    account.schedule("dispute_deadline", dispute["id"], due_by)


def withdraw(account: Account, dispute: Json, *, fee: int) -> None:
    move_funds(account, dispute, -dispute["amount"], fee=fee, label="Chargeback withdrawal")
    account.emit("charge.dispute.funds_withdrawn", dispute)


def reinstate(account: Account, dispute: Json) -> None:
    move_funds(account, dispute, dispute["amount"], fee=0, label="Chargeback reversal")
    account.emit("charge.dispute.funds_reinstated", dispute)


def move_funds(account: Account, dispute: Json, amount: int, *, fee: int, label: str) -> None:
    transaction = balance.record(
        account, kind="adjustment", source=dispute["id"], amount=amount, currency=dispute["currency"], fee=fee,
        description=f"{label} for {dispute['charge']}", fee_description="Dispute fee", available_at_once=True,
        category="dispute" if amount < 0 else "dispute_reversal",
    )  # fmt: skip
    dispute["balance_transactions"].append(transaction)
    account.save(dispute)


# how it goes on


def decide(account: Account, dispute: Json, outcome: str) -> Json:
    """What the bank or the network says: one of `OUTCOMES`."""
    if outcome == "escalate":
        return escalate(account, dispute)
    if outcome == "won_then_lost":
        return lose_after_all(account, dispute)
    return close(account, dispute, outcome)


def close(account: Account, dispute: Json, status: str) -> Json:
    """Won: the money comes back, the fee does not. Lost, or an inquiry withdrawn: nothing moves any more."""
    check_open(dispute)
    is_inquiry = dispute["status"].startswith("warning_")
    if is_inquiry != (status == "warning_closed"):
        raise StripeError(f"A dispute with a status of {dispute['status']} cannot become {status}.")
    dispute.update(status=status, is_charge_refundable=status != "lost")
    account.save(dispute)
    if status == "won":
        reinstate(account, dispute)
    account.emit("charge.dispute.closed", dispute)
    return dispute


def escalate(account: Account, dispute: Json) -> Json:
    """The inquiry becomes a chargeback: only now is the money withdrawn."""
    if not dispute["status"].startswith("warning_") or dispute["status"] == "warning_closed":
        raise StripeError(f"Only an open inquiry escalates; this dispute is {dispute['status']}.")
    ask_for_evidence(account, dispute)
    if dispute["payment_method_details"]:
        dispute["payment_method_details"]["card"]["case_type"] = CHARGEBACK
    account.change(dispute, "charge.dispute.updated", status="needs_response", is_charge_refundable=False)
    withdraw(account, dispute, fee=DISPUTE_FEE)
    return dispute


def lose_after_all(account: Account, dispute: Json) -> Json:
    """The network overturns a win in arbitration: a second withdrawal, without another fee."""
    if dispute["status"] != "won":
        raise StripeError(f"Only a won dispute can be overturned; this one is {dispute['status']}.")
    account.change(dispute, "charge.dispute.updated", status="lost", is_charge_refundable=False)
    withdraw(account, dispute, fee=0)
    account.emit("charge.dispute.closed", dispute)
    return dispute


def pass_deadline(account: Account, dispute_id: str) -> None:
    """Nobody answered in time. The bank then decides against us, if the sandbox was told to be that strict."""
    dispute = account.get("dispute", dispute_id)
    details = dispute["evidence_details"]
    is_waiting = dispute["status"] in UNDER_REVIEW and details["due_by"] <= account.now()
    if not is_waiting or not account.seconds(DEADLINES, 0):
        return
    details["past_due"] = True
    close(account, dispute, "lost" if dispute["status"] == "needs_response" else "warning_closed")


def after_refund(account: Account, charge: Json) -> None:
    """A charge that is refunded in full cannot be charged back any more: its inquiries end."""
    if not charge["refunded"]:
        return
    for dispute in account.store.where("dispute", charge=charge["id"]):
        if dispute["status"] in ("warning_needs_response", "warning_under_review"):
            close(account, dispute, "warning_closed")


def forbids_refund(account: Account, charge: Json) -> bool:
    """Whether a bank already took the money back, or may keep it."""
    return charge["disputed"] and any(
        not dispute["is_charge_refundable"] for dispute in account.store.where("dispute", charge=charge["id"])
    )


def check_open(dispute: Json) -> None:
    if dispute["status"] in CLOSED:
        raise StripeError(f"This dispute is already closed ({dispute['status']}).", code="dispute_already_closed")


# the API


def accept(account: Account, params: Json, dispute_id: str) -> Json:
    """Stripe's "close": we do not contest; a chargeback is lost, an inquiry is over."""
    dispute = account.get("dispute", dispute_id)
    return close(account, dispute, "warning_closed" if dispute["status"].startswith("warning_") else "lost")


def update(account: Account, params: Json, dispute_id: str) -> Json:
    """Evidence; `uncategorized_text` of "winning_evidence" or "losing_evidence" decides, as in Stripe's test mode."""
    dispute = account.get("dispute", dispute_id)
    evidence = params.get("evidence", {})
    if evidence:
        check_open(dispute)
    if "metadata" in params:
        dispute["metadata"] = merged_metadata(dispute["metadata"], params["metadata"])
    dispute["evidence"].update({name: value or None for name, value in evidence.items()})
    details = dispute["evidence_details"]
    details["has_evidence"] = any(value for name, value in dispute["evidence"].items() if name in TEXT_EVIDENCE)
    submits = submitting(dispute, params)
    previous = {"status": dispute["status"]} if submits else {}
    if submits:
        details.update(submission_count=details["submission_count"] + 1, submission_method="manual")
        dispute["status"] = UNDER_REVIEW.get(dispute["status"], dispute["status"])
    account.save(dispute)
    account.emit("charge.dispute.updated", dispute, previous)
    return judge(account, dispute, str(dispute["evidence"]["uncategorized_text"])) if submits else dispute


def submitting(dispute: Json, params: Json) -> bool:
    """Whether what was staged goes to the bank now; `submit` says yes when it is left out, but only with evidence."""
    if "submit" in params:
        if params["submit"] and not dispute["evidence_details"]["has_evidence"]:
            raise malformed("You must provide evidence before you submit it.", "evidence")
        return bool(params["submit"])
    return bool(params.get("evidence"))


def judge(account: Account, dispute: Json, words: str) -> Json:
    """Stripe's test mode: two texts decide at once, also an inquiry."""
    is_inquiry = dispute["status"].startswith("warning_")
    verdicts = {"winning_evidence": "warning_closed" if is_inquiry else "won", "losing_evidence": "lost"}
    verdict = verdicts.get(words)
    if verdict is None or dispute["status"] in CLOSED:
        return dispute
    if is_inquiry and verdict == "lost":
        return escalate(account, dispute)
    return close(account, dispute, verdict)


def retrieve(account: Account, params: Json, dispute_id: str) -> Json:
    return account.get("dispute", dispute_id)


def list_all(account: Account, params: Json) -> Json:
    conditions = [field_is(name, params[name]) for name in ("charge", "payment_intent") if name in params]
    return page(account, "dispute", "/v1/disputes", params, conditions)
