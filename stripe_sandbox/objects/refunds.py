"""Refunds: given from the account's balance, fees are not given back."""

from __future__ import annotations

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError, malformed
from stripe_sandbox.lists import field_is, page
from stripe_sandbox.money import check_unit, format_amount
from stripe_sandbox.objects import balance, charges
from stripe_sandbox.objects.cards import CARDS
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.store import Json

FAILS_AFTER = 5


def create(account: Account, params: Json) -> Json:
    charge = charge_to_refund(account, params)
    amount = check_amount(charge, params)
    if charge["status"] != "succeeded":
        raise StripeError(
            f"This charge cannot be refunded because it has a status of {charge['status']}.",
            code="charge_not_refundable",
        )
    return give(account, charges.settled(account, charge), amount, params)


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


def check_amount(charge: Json, params: Json) -> int:
    left = charge["amount"] - charge["amount_refunded"]
    if charge["disputed"]:
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


def give(account: Account, charge: Json, amount: int, params: Json) -> Json:
    is_card = charge["payment_method_details"]["type"] == "card"
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
        "status": "succeeded",
        "transfer_reversal": None,
    }
    transaction = balance.record(
        account, kind="refund" if is_card else "payment_refund", source=refund["id"], amount=-amount,
        currency=charge["currency"], description=f"REFUND FOR CHARGE ({charge['description'] or charge['id']})",
    )  # fmt: skip
    refund["balance_transaction"] = transaction["id"]
    account.insert("refund", refund)
    refunded = charge["amount_refunded"] + amount
    account.change(charge, "charge.refunded", amount_refunded=refunded, refunded=refunded == charge["amount"])
    account.emit("refund.created", refund)
    if is_card and fails(account, charge):
        account.schedule("fail_refund", refund["id"], account.now() + FAILS_AFTER)
    return refund


def destination(*, is_card: bool, method_type: str) -> Json:
    if not is_card:
        return {"type": method_type, method_type: {}}
    reference = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
    return {"card": reference, "type": "card"}


def fails(account: Account, charge: Json) -> bool:
    return CARDS[account.store.hidden(charge["payment_method"])["number"]].refund_fails


def fail_refund(account: Account, refund_id: str) -> None:
    """The bank sends the money back: the balance is restored and the charge is refunded that much less."""
    refund = account.get("refund", refund_id)
    if refund["status"] != "succeeded":
        return
    charge = account.get("charge", refund["charge"])
    transaction = balance.record(
        account, kind="refund_failure", source=refund_id, amount=refund["amount"], currency=refund["currency"],
        description="REFUND FAILURE",
    )  # fmt: skip
    charge.update(amount_refunded=charge["amount_refunded"] - refund["amount"], refunded=False)
    account.save(charge)
    account.change(
        refund, "refund.updated", status="failed", failure_reason="expired_or_canceled_card",
        failure_balance_transaction=transaction["id"],
    )  # fmt: skip
    account.emit("charge.refund.updated", refund)
    account.emit("refund.failed", refund)


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
