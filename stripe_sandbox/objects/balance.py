"""Balance transactions: every movement of the account's money, settled in US dollars."""

from __future__ import annotations

from decimal import Decimal

from stripe_sandbox.account import Account
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
    "refund": "refund",
    "refund_failure": "refund_failure",
}


def record(
    account: Account,
    *,
    kind: str,
    source: str,
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
        "status": "pending",
        "type": kind,
    }
    return account.insert("balance_transaction", transaction)


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
    return page(account, "balance_transaction", "/v1/balance_transactions", params, conditions)


def retrieve_balance(account: Account, params: Json) -> Json:
    moment = account.now()
    rows = account.store.rows(
        "SELECT json_extract(data, '$.available_on') <= ? AS ready, sum(json_extract(data, '$.net')) AS net "
        "FROM objects WHERE kind = 'balance_transaction' GROUP BY ready",
        moment,
    )
    sums = {bool(row["ready"]): row["net"] for row in rows}

    def funds(amount: int) -> list[Json]:
        return [{"amount": amount, "currency": SETTLEMENT_CURRENCY, "source_types": {"card": amount}}]

    return {
        "object": "balance",
        "available": funds(sums.get(True, 0)),
        "livemode": False,
        "pending": funds(sums.get(False, 0)),
        "refund_and_dispute_prefunding": {
            "available": [{"amount": 0, "currency": SETTLEMENT_CURRENCY}],
            "pending": [{"amount": 0, "currency": SETTLEMENT_CURRENCY}],
        },
    }
