"""Disputes: the donor's bank takes the money back until it is decided who is right."""

from __future__ import annotations

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError
from stripe_sandbox.fees import DISPUTE_FEE
from stripe_sandbox.lists import field_is, page
from stripe_sandbox.objects import balance, charges
from stripe_sandbox.objects.cards import CARDS
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.store import Json

NETWORK_CODES = {"fraudulent": "10.4", "product_not_received": "13.1"}
DAYS_TO_ANSWER = 9
TEXT_EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip


def open_dispute(account: Account, charge_id: str, reason: str | None = None) -> Json | None:
    """The bank disputes what is left of a charge; Stripe withdraws it at once, and its fee.

    Safe to call twice: a charge is disputed once. None when there is nothing to dispute.
    """
    charge = account.get("charge", charge_id)
    left = charge["amount"] - charge["amount_refunded"]
    if charge["disputed"] or charge["status"] != "succeeded" or left == 0:
        return None
    charge = charges.settled(account, charge)
    card = CARDS.get(account.store.hidden(charge["payment_method"])["number"])
    chosen = reason or (card.dispute_reason if card else None) or "fraudulent"
    dispute = new_dispute(account, charge, left, chosen)
    account.change(charge, "charge.updated", disputed=True)
    account.emit("charge.dispute.created", dispute)
    move_funds(account, dispute, -left, fee=DISPUTE_FEE, label="Chargeback withdrawal")
    account.emit("charge.dispute.funds_withdrawn", dispute)
    return dispute


def new_dispute(account: Account, charge: Json, amount: int, reason: str) -> Json:
    code = NETWORK_CODES.get(reason)
    brand = charge["payment_method_details"].get("card", {}).get("brand", "visa")
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
            "due_by": account.now() + DAYS_TO_ANSWER * 86_400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "network_reason_code": code,
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {"brand": brand, "case_type": "chargeback", "network": brand, "network_reason_code": code},
            "type": "card",
        },
        "reason": reason,
        "status": "needs_response",
    }
    return account.insert("dispute", dispute)


def move_funds(account: Account, dispute: Json, amount: int, *, fee: int, label: str) -> None:
    transaction = balance.record(
        account, kind="adjustment", source=dispute["id"], amount=amount, currency=dispute["currency"], fee=fee,
        description=f"{label} for {dispute['charge']}", fee_description="Dispute fee", available_at_once=True,
        category="dispute" if amount < 0 else "dispute_reversal",
    )  # fmt: skip
    dispute["balance_transactions"].append(transaction)
    account.save(dispute)


def close(account: Account, dispute: Json, status: str) -> Json:
    """Won: the money comes back, the fee does not. Lost: nothing moves any more."""
    if dispute["status"] in ("won", "lost"):
        raise StripeError(f"This dispute is already closed ({dispute['status']}).", code="dispute_already_closed")
    account.change(dispute, status=status)
    if status == "won":
        move_funds(account, dispute, dispute["amount"], fee=0, label="Chargeback reversal")
        account.emit("charge.dispute.funds_reinstated", dispute)
    account.emit("charge.dispute.closed", dispute)
    return dispute


def accept(account: Account, params: Json, dispute_id: str) -> Json:
    """Stripe's "close": we do not contest, the dispute is lost."""
    return close(account, account.get("dispute", dispute_id), "lost")


def update(account: Account, params: Json, dispute_id: str) -> Json:
    """Evidence; `uncategorized_text` of "winning_evidence" or "losing_evidence" decides, as in Stripe's test mode."""
    dispute = account.get("dispute", dispute_id)
    if "metadata" in params:
        dispute["metadata"] = merged_metadata(dispute["metadata"], params["metadata"])
    evidence = params.get("evidence", {})
    dispute["evidence"].update({name: value or None for name, value in evidence.items()})
    details = dispute["evidence_details"]
    details["has_evidence"] = details["has_evidence"] or bool(evidence)
    submits = params.get("submit", True) and bool(evidence)
    if submits:
        details.update(submission_count=details["submission_count"] + 1, submission_method="manual")
        dispute["status"] = "under_review"
    account.save(dispute)
    account.emit("charge.dispute.updated", dispute)
    verdict = {"winning_evidence": "won", "losing_evidence": "lost"}.get(evidence.get("uncategorized_text", ""))
    return close(account, dispute, verdict) if submits and verdict else dispute


def retrieve(account: Account, params: Json, dispute_id: str) -> Json:
    return account.get("dispute", dispute_id)


def list_all(account: Account, params: Json) -> Json:
    conditions = [field_is(name, params[name]) for name in ("charge", "payment_intent") if name in params]
    return page(account, "dispute", "/v1/disputes", params, conditions)
