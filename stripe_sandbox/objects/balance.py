"""Balance transactions: every movement of the account's money, settled in US dollars.

Which automatic payout took a movement along is kept beside it, as Stripe does: no field shows it,
`GET /v1/balance_transactions?payout=…` does.
"""

from __future__ import annotations

from decimal import Decimal

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError
from stripe_sandbox.fees import fee_details
from stripe_sandbox.lists import field_is, page
from stripe_sandbox.money import SETTLEMENT_CURRENCY, rate_on, settle
from stripe_sandbox.store import Json

AVAILABLE_AFTER = 2 * 86_400
CATEGORIES = {
    "adjustment": "dispute",
    "charge": "charge",
    "payment": "charge",
    "payment_refund": "refund",
    "payout": "payout",
    "payout_cancel": "payout_reversal",
    "payout_failure": "payout_reversal",
    "refund": "refund",
    "refund_failure": "refund_failure",
    "stripe_fee": "fee",
}
# movements of the account that belong to no gift
ACCOUNT_LEVEL = {"adjustment": "other_adjustment", "stripe_fee": "fee"}
PAYOUT = "json_extract(hidden, '$.payout')"


def record(
    account: Account,
    *,
    kind: str,
    source: str | None,
    amount: int,
    currency: str,
    fee: int = 0,
    description: str | None = None,
    fee_description: str = "Stripe processing fees",
    category: str | None = None,
    rate: Decimal | None = None,
    available_at_once: bool = False,
) -> Json:
    """Write a movement. `amount` is in the minor units of `currency`, negative when money leaves."""
    moment = account.now()
    used_rate = rate if rate is not None else rate_on(currency, moment)
    settled = settle(amount, currency, used_rate)
    transaction: Json = {
        "id": account.new_id("balance_transaction"),
        "object": "balance_transaction",
        "amount": settled,
        "available_on": moment if available_at_once else available_on(moment),
        "balance_type": "payments",
        "created": moment,
        "currency": SETTLEMENT_CURRENCY,
        "description": description,
        # a rate, not money: never used to compute amounts
        "exchange_rate": None if currency == SETTLEMENT_CURRENCY else float(used_rate),
        "fee": fee,
        "fee_details": fee_details(fee, fee_description),
        "net": settled - fee,
        "reporting_category": category or CATEGORIES[kind],
        "source": source,
        "status": "available" if available_at_once else "pending",
        "type": kind,
    }
    return account.insert("balance_transaction", transaction)


def record_for_account(account: Account, kind: str, amount: int, description: str | None = None) -> Json:
    """A fee or an adjustment that belongs to no gift, such as a monthly invoice of Stripe; in US cents."""
    if kind not in ACCOUNT_LEVEL:
        raise ValueError(f"type must be one of {', '.join(ACCOUNT_LEVEL)}")
    if kind == "stripe_fee" and amount >= 0:
        raise ValueError("a fee is negative")
    named = description or ("Radar for Fraud Teams" if kind == "stripe_fee" else "Balance adjustment")
    return record(
        account, kind=kind, source=None, amount=amount, currency=SETTLEMENT_CURRENCY, description=named,
        category=ACCOUNT_LEVEL[kind], available_at_once=True,
    )  # fmt: skip


def available_on(moment: int) -> int:
    """Two days later, at midnight UTC."""
    later = moment + AVAILABLE_AFTER
    return later - later % 86_400


def shown(account: Account, transaction: Json) -> Json:
    """A movement is pending until its day has come."""
    transaction["status"] = "available" if account.now() >= transaction["available_on"] else "pending"
    return transaction


def retrieve(account: Account, params: Json, transaction_id: str) -> Json:
    return account.get("balance_transaction", transaction_id)


def list_all(account: Account, params: Json) -> Json:
    conditions = [field_is(name, params[name]) for name in ("currency", "source", "type") if name in params]
    if "payout" in params:
        conditions.append(of_payout(account, params["payout"]))
    return page(account, "balance_transaction", "/v1/balance_transactions", params, conditions)


def of_payout(account: Account, payout_id: str) -> tuple[str, str]:
    payout = account.get("payout", payout_id, param="payout", status=400)
    if not payout["automatic"]:
        raise StripeError(
            "Balance transaction history can only be filtered on automatic transfers, not manual.", param="payout"
        )
    return f"{PAYOUT} = ?", payout_id


def funds(account: Account) -> tuple[int, int]:
    """US cents that are available and that are still pending; either may be negative."""
    rows = account.store.rows(
        "SELECT json_extract(data, '$.available_on') <= ? AS ready, sum(json_extract(data, '$.net')) AS net "
        "FROM objects WHERE kind = 'balance_transaction' AND deleted = 0 GROUP BY ready",
        account.now(),
    )
    sums = {bool(row["ready"]): int(row["net"]) for row in rows}
    return sums.get(True, 0), sums.get(False, 0)


def retrieve_balance(account: Account, params: Json) -> Json:
    available, pending = funds(account)

    def shown_funds(amount: int) -> list[Json]:
        return [{"amount": amount, "currency": SETTLEMENT_CURRENCY, "source_types": {"card": amount}}]

    return {
        "object": "balance",
        "available": shown_funds(available),
        "livemode": False,
        "pending": shown_funds(pending),
        "refund_and_dispute_prefunding": {
            "available": [{"amount": 0, "currency": SETTLEMENT_CURRENCY}],
            "pending": [{"amount": 0, "currency": SETTLEMENT_CURRENCY}],
        },
    }
