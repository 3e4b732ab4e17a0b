"""Our balance with Stripe: every movement of it, and the payouts to our bank.

https://docs.stripe.com/api/balance_transactions https://docs.stripe.com/api/payouts
"""

import datetime as dt
from collections.abc import Iterator

from donations.gateway.client import Json, fetch, pages
from donations.gateway.reading import read_balance_transaction, read_payout
from donations.gateway.records import BalanceTransaction, Payout

PAYOUT = ["balance_transaction", "failure_balance_transaction"]


def payout_lines(payout_id: str) -> list[BalanceTransaction]:
    """The movements that a payout pays out; its own is not among them. Raises `GatewayError`."""
    found: Iterator[Json] = pages(
        "balance_transactions",
        payout=payout_id,
    )
    lines = (read_balance_transaction(moved) for moved in found)
    return [moved for moved in lines if moved.source_id != payout_id]


def retrieve_balance_transaction(balance_transaction_id: str) -> BalanceTransaction:
    """One movement. Raises `GatewayError`."""
    return read_balance_transaction(fetch("balance_transactions", balance_transaction_id))


def retrieve_payout(payout_id: str) -> Payout:
    """The payout with what it moved. Raises `GatewayError`."""
    asked_at = dt.datetime.now(dt.UTC)
    return read_payout(fetch("payouts", payout_id, expand=PAYOUT), asked_at)


def payouts_since(moment: dt.datetime) -> Iterator[Payout]:
    """Payouts made from `moment` on, newest first. Raises `GatewayError`."""
    asked_at = dt.datetime.now(dt.UTC)
    found: Iterator[Json] = pages(
        "payouts",
        created={"gte": int(moment.timestamp())},
        expand=[f"data.{name}" for name in PAYOUT],
    )
    return (read_payout(payout, asked_at) for payout in found)
