"""Refunds: given from the account's balance, fees are not given back.

Most succeed at once; some wait for the bank, for funds or for the donor; some that had succeeded
fail days later. (docs.stripe.com/refunds)
"""

from __future__ import annotations

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError, malformed
from stripe_sandbox.lists import field_is, page
from stripe_sandbox.money import check_unit, format_amount
from stripe_sandbox.objects import balance, charges, disputes, radar
from stripe_sandbox.objects.cards import CARDS, Card
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.store import Json

ANSWER_AFTER = 5
DAYS_TO_CLAIM = 45
NEXT_STATE = "next_refund"
UNDER_WAY = ("pending", "requires_action")
# how a refund may start: what it then shows
STARTS = {
    "succeeded": {"status": "succeeded"},
    "pending": {"status": "pending", "pending_reason": "processing"},
    "insufficient_funds": {"status": "pending", "pending_reason": "insufficient_funds"},
    "requires_action": {"status": "requires_action"},
}
FAILURE_REASONS = (
    "charge_for_pending_refund_disputed", "declined", "expired_or_canceled_card", "insufficient_funds",
    "lost_or_stolen_card", "merchant_request", "unknown",
)  # fmt: skip


def create(account: Account, params: Json, *, starts_as: str | None = None) -> Json:
    charge = charge_to_refund(account, params)
    amount = check_amount(account, charge, params)
    if charge["status"] != "succeeded":
        raise StripeError(
            f"This charge cannot be refunded because it has a status of {charge['status']}.",
            code="charge_not_refundable",
        )
    return give(account, charges.settled(account, charge), amount, params, starts_as=starts_as)


def charge_to_refund(account: Account, params: Json) -> Json:
    if "charge" in params:
        return account.get("charge", params["charge"], param="charge", status=400)
    if "payment_intent" not in params:
        raise malformed("One of the following params should be provided for this request: payment_intent or charge.")
    intent = account.get("payment_intent", params["payment_intent"], param="payment_intent", status=400)
    if intent["latest_charge"] is None or intent["status"] != "succeeded":
        raise StripeError(
            f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
            code="payment_intent_unexpected_state", param="payment_intent",
        )  # fmt: skip
    return account.get("charge", intent["latest_charge"])


def check_amount(account: Account, charge: Json, params: Json) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    if disputes.forbids_refund(account, charge):
        raise StripeError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed"
        )
    if left == 0:
        raise StripeError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = int(params.get("amount", left))
    if amount < 1:
        raise malformed("Invalid positive integer", "amount", "parameter_invalid_integer")
    check_unit(amount, charge["currency"], "amount")
    if amount > left:
        raise StripeError(
            f"Refund amount ({format_amount(amount, charge['currency'])}) is greater than unrefunded amount on "
            f"charge ({format_amount(left, charge['currency'])})",
            param="amount",
        )
    return amount


def give(account: Account, charge: Json, amount: int, params: Json, *, starts_as: str | None = None) -> Json:
    """Write the refund in the state it starts in: one of `STARTS`, by default as the card has it."""
    is_card = charge["payment_method_details"]["type"] == "card"
    state = starts_as or ordered_state(account) or state_by_card(account, charge)
    refund: Json = {
        "id": account.new_id("refund"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": account.now(),
        "currency": charge["currency"],
        "destination_details": destination(is_card=is_card, method_type=charge["payment_method_details"]["type"]),
        "metadata": merged_metadata({}, params.get("metadata") or {}),
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "transfer_reversal": None,
        **STARTS[state],
    }
    if state == "requires_action":
        refund["next_action"] = claim_by_mail(account, charge)
    if state != "insufficient_funds":
        refund["balance_transaction"] = book(account, charge, refund)["id"]
    account.insert("refund", refund)
    refunded = charge["amount_refunded"] + amount
    account.change(charge, "charge.refunded", amount_refunded=refunded, refunded=refunded == charge["amount"])
    account.emit("refund.created", refund)
    if charge["refunded"]:
        radar.no_longer_actionable(account, charge["id"])
        disputes.after_refund(account, charge)
    if is_card:
        schedule_by_card(account, charge, refund)
    return refund


def book(account: Account, charge: Json, refund: Json) -> Json:
    is_card = charge["payment_method_details"]["type"] == "card"
    return balance.record(
        account, kind="refund" if is_card else "payment_refund", source=refund["id"], amount=-refund["amount"],
        currency=charge["currency"], description=f"REFUND FOR CHARGE ({charge['description'] or charge['id']})",
    )  # fmt: skip


def destination(*, is_card: bool, method_type: str) -> Json:
    if not is_card:
        return {"type": method_type, method_type: {}}
    reference = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
    return {"card": reference, "type": "card"}


def claim_by_mail(account: Account, charge: Json) -> Json:
    """What Stripe asks of a donor whose method cannot take money back: an answer to a mail, within 45 days."""
    sent = {"email_sent_at": account.now(), "email_sent_to": charge["billing_details"]["email"] or "dora@example.org"}
    details = {"email_sent": sent, "expires_at": account.now() + DAYS_TO_CLAIM * 86_400}
    return {"type": "display_details", "display_details": details}


def ordered_state(account: Account) -> str | None:
    """What `POST /_control/refunds` ordered for the next refund; it holds once."""
    state = account.store.note(NEXT_STATE) or None
    if state:
        account.store.set_note(NEXT_STATE, "")
    return state


def state_by_card(account: Account, charge: Json) -> str:
    card = card_of(account, charge)
    return "pending" if card and card.refund_pends else "succeeded"


def schedule_by_card(account: Account, charge: Json, refund: Json) -> None:
    card = card_of(account, charge)
    if card and card.refund_fails:
        account.schedule("fail_refund", refund["id"], account.now() + ANSWER_AFTER)
    if card and card.refund_pends:
        account.schedule("succeed_refund", refund["id"], account.now() + ANSWER_AFTER)


def card_of(account: Account, charge: Json) -> Card | None:
    return CARDS.get(account.store.hidden(charge["payment_method"]).get("number", ""))


# how it goes on


def succeed(account: Account, refund_id: str) -> None:
    """A refund under way has arrived; one that waited for funds is booked only now."""
    refund = account.get("refund", refund_id)
    if refund["status"] not in UNDER_WAY:
        return
    booked = refund["balance_transaction"]
    if booked is None:
        booked = book(account, account.get("charge", refund["charge"]), refund)["id"]
    settle(account, refund, status="succeeded", balance_transaction=booked)


def fail_refund(account: Account, refund_id: str) -> None:
    """The bank sends the money back, also days after it had succeeded."""
    refund = account.get("refund", refund_id)
    if refund["status"] not in (*UNDER_WAY, "succeeded"):
        return
    reason = account.store.hidden(refund_id).get("failure_reason", "expired_or_canceled_card")
    take_back(account, refund, status="failed", failure_reason=reason)
    account.emit("refund.failed", refund)


def cancel_refund(account: Account, refund_id: str) -> None:
    """Called off before it arrived: the money comes back, though nothing failed."""
    refund = account.get("refund", refund_id)
    if refund["status"] in UNDER_WAY:
        take_back(account, refund, status="canceled", failure_reason="merchant_request")


def take_back(account: Account, refund: Json, **fields: str) -> None:
    """The balance is restored, if it had been debited, and the charge is refunded that much less."""
    charge = account.get("charge", refund["charge"])
    charge.update(amount_refunded=charge["amount_refunded"] - refund["amount"], refunded=False)
    account.save(charge)
    if refund["balance_transaction"] is None:
        settle(account, refund, **fields)
        return
    transaction = balance.record(
        account, kind="refund_failure", source=refund["id"], amount=refund["amount"], currency=refund["currency"],
        description="REFUND FAILURE",
    )  # fmt: skip
    settle(account, refund, failure_balance_transaction=transaction["id"], **fields)


def settle(account: Account, refund: Json, **fields: str) -> None:
    """A new state, told twice as Stripe does: the second event is the older one."""
    refund.pop("pending_reason", None)
    refund.pop("next_action", None)
    account.change(refund, "refund.updated", **fields)
    account.emit("charge.refund.updated", refund)


# the API


def cancel(account: Account, params: Json, refund_id: str) -> Json:
    refund = account.get("refund", refund_id)
    if refund["status"] != "requires_action":
        raise StripeError(
            f"You can only cancel refunds with a status of requires_action; this one is {refund['status']}.",
            code="refund_not_cancelable",
        )
    cancel_refund(account, refund_id)
    return account.get("refund", refund_id)


def retrieve(account: Account, params: Json, refund_id: str) -> Json:
    return account.get("refund", refund_id)


def update(account: Account, params: Json, refund_id: str) -> Json:
    refund = account.get("refund", refund_id)
    merged = merged_metadata(refund["metadata"], params.get("metadata", {}))
    return account.change(refund, "refund.updated", metadata=merged)


def list_all(account: Account, params: Json) -> Json:
    conditions = [field_is(name, params[name]) for name in ("charge", "payment_intent") if name in params]
    return page(account, "refund", "/v1/refunds", params, conditions)


def list_of_charge(account: Account, params: Json, charge_id: str) -> Json:
    account.get("charge", charge_id)
    return page(account, "refund", f"/v1/charges/{charge_id}/refunds", params, [field_is("charge", charge_id)])
