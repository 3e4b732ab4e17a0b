"""Movements of our balance with what moved them: enough to write the Stripe part of the books anew.

https://docs.stripe.com/api/balance_transactions/list with `expand[]=data.source`
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from donations.gateway.client import Json, id_of, pages, text, whole
from donations.gateway.reading import read_balance_transaction
from donations.gateway.records import BalanceTransaction


@dataclass(frozen=True)
class Source:
    """A charge, refund, dispute or payout: its amount in its own currency, and the payment it belongs to, if any."""

    source_id: str
    amount_minor: int
    currency: str
    payment_intent_id: str


@dataclass(frozen=True)
class Movement:
    """One movement of our balance; `source` is None where nothing but Stripe itself moved it."""

    moved: BalanceTransaction
    source: Source | None


def movements(since: dt.datetime, until: dt.datetime) -> Iterator[Movement]:
    """All movements from `since` on and before `until`, newest first, page by page. Raises `GatewayError`."""
    found: Iterator[Json] = pages(
        "balance_transactions",
        created={"gte": int(since.timestamp()), "lt": int(until.timestamp())},
        expand=["data.source"],
    )
    return (Movement(read_balance_transaction(moved), _source(moved.get("source"))) for moved in found)


def _source(source: Any) -> Source | None:
    if not isinstance(source, dict) or "amount" not in source or "currency" not in source:
        return None
    return Source(
        source_id=text(source, "id"),
        amount_minor=whole(source, "amount"),
        currency=text(source, "currency").upper(),
        payment_intent_id=id_of(source.get("payment_intent")),
    )
