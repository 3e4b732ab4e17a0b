"""Early fraud warnings: the card's issuer suspects fraud, days before a dispute may come."""

from __future__ import annotations

from stripe_sandbox.account import Account
from stripe_sandbox.lists import field_is, page
from stripe_sandbox.store import Json

KIND = "radar.early_fraud_warning"
FRAUD_TYPES = (
    "card_never_received", "fraudulent_card_application", "made_with_counterfeit_card", "made_with_lost_card",
    "made_with_stolen_card", "misc", "unauthorized_use_of_card",
)  # fmt: skip


def warn(account: Account, charge_id: str, fraud_type: str = "unauthorized_use_of_card") -> Json:
    """Actionable as long as the charge is neither disputed nor refunded in full."""
    if fraud_type not in FRAUD_TYPES:
        raise ValueError(f"fraud_type must be one of {', '.join(FRAUD_TYPES)}")
    charge = account.get("charge", charge_id)
    warning: Json = {
        "id": account.new_id(KIND),
        "object": KIND,
        "actionable": not charge["disputed"] and not charge["refunded"],
        "charge": charge_id,
        "created": account.now(),
        "fraud_type": fraud_type,
        "livemode": False,
        "payment_intent": charge["payment_intent"],
    }
    account.insert(KIND, warning)
    account.emit("radar.early_fraud_warning.created", warning)
    return warning


def no_longer_actionable(account: Account, charge_id: str) -> None:
    for warning in account.store.where(KIND, charge=charge_id):
        account.change(warning, "radar.early_fraud_warning.updated", actionable=False)


def retrieve(account: Account, params: Json, warning_id: str) -> Json:
    return account.get(KIND, warning_id)


def list_all(account: Account, params: Json) -> Json:
    conditions = [field_is(name, params[name]) for name in ("charge", "payment_intent") if name in params]
    return page(account, KIND, "/v1/radar/early_fraud_warnings", params, conditions)
