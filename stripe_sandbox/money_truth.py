"""What really happened to the money, for tests that hold their books against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from stripe_sandbox.account import Account
from stripe_sandbox.messages import Request
from stripe_sandbox.objects import balance
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.store import Json

# names in the answer -> kinds in the store
KINDS = {
    **{
        f"{kind}s": kind
        for kind in (
            "charge", "balance_transaction", "refund", "dispute", "payout", "payment_intent", "invoice", "subscription"
        )
    },
    "checkout_sessions": "checkout.session",
    "early_fraud_warnings": "radar.early_fraud_warning",
}  # fmt: skip
# which sum a movement of this reporting category belongs to
SUMS = {
    "charge": "charged",
    "dispute": "disputed",
    "dispute_reversal": "disputed",
    "fee": "account_fees",
    "other_adjustment": "adjustments",
    "payout": "paid_out",
    "payout_reversal": "paid_out",
    "refund": "refunded",
    "refund_failure": "refunded",
}


def truth(sandbox: Sandbox, given: dict[str, Any], request: Request) -> Json:
    """Everything that moved money. `?only=payouts,balance` answers these parts, which is fast over thousands."""
    account = sandbox.account
    only = [name for name in request.query_value("only").split(",") if name]
    with account.store.transaction():
        unknown = set(only) - set(PARTS)
        if unknown:
            raise ValueError(f"only: unknown {', '.join(sorted(unknown))}; known are {', '.join(PARTS)}")
        return {"now": account.now(), **{name: PARTS[name](account) for name in only or PARTS}}


def objects_of(kind: str) -> Callable[[Account], list[Json]]:
    return lambda account: account.store.find(kind, ascending=True)


def shown_transactions(account: Account) -> list[Json]:
    found = account.store.find("balance_transaction", ascending=True)
    return [balance.shown(account, transaction) for transaction in found]


def balance_sums(account: Account) -> Json:
    """US cents: what is there, and the sums of all movements by what they are, signed as in the balance.

    `charged` − `fees` + `refunded` + `disputed` + `account_fees` + `adjustments` + `paid_out`
    is `available` + `pending`.
    """
    available, pending = balance.funds(account)
    sums = dict.fromkeys([*SUMS.values(), "fees"], 0)
    for row in account.store.rows(
        "SELECT json_extract(data, '$.reporting_category') AS category, sum(json_extract(data, '$.amount')) AS amount, "
        "sum(json_extract(data, '$.fee')) AS fee FROM objects WHERE kind = 'balance_transaction' AND deleted = 0 "
        "GROUP BY category"
    ):
        sums[SUMS[row["category"]]] += row["amount"]
        sums["fees"] += row["fee"]
    return {"currency": "usd", "available": available, "pending": pending, **sums}


def gift_sums(account: Account) -> Json:
    """Minor units in the currencies donors gave: what was charged, refunded and is disputed or was lost."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: {"charged": 0, "refunded": 0, "disputed": 0})
    for charge in account.store.find("charge"):
        if charge["status"] == "succeeded":
            sums[charge["currency"]]["charged"] += charge["amount"]
            sums[charge["currency"]]["refunded"] += charge["amount_refunded"]
    for dispute in account.store.find("dispute"):
        if dispute["status"] in ("needs_response", "under_review", "lost"):
            sums[dispute["currency"]]["disputed"] += dispute["amount"]
    return dict(sorted(sums.items()))


def payout_transactions(account: Account) -> Json:
    """The ids of the movements that each automatic payout took along, its own included."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in account.store.rows(
        f"SELECT id, {balance.PAYOUT} AS payout FROM objects "  # noqa: S608
        f"WHERE kind = 'balance_transaction' AND deleted = 0 AND {balance.PAYOUT} IS NOT NULL ORDER BY sequence"
    ):
        found[row["payout"]].append(row["id"])
    return dict(found)


PARTS: dict[str, Callable[[Account], Any]] = {
    **{name: objects_of(kind) for name, kind in KINDS.items()},
    "balance": balance_sums,
    "balance_transactions": shown_transactions,
    "gifts_by_currency": gift_sums,
    "payout_transactions": payout_transactions,
}
