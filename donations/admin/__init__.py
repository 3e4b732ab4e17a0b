"""What staff see of the money: everything, and nothing that they could change but by an act with its own permission."""

from donations.admin import (
    bank,
    closings,
    currencies,
    disputes,
    donors,
    grants,
    ledger,
    moderation,
    money,
    monthly_gifts,
    payouts,
    promised_gifts,
    receipts,
    reconciliation,
    refunds,
    stripe_events,
)

__all__ = [
    "bank",
    "closings",
    "currencies",
    "disputes",
    "donors",
    "grants",
    "ledger",
    "moderation",
    "money",
    "monthly_gifts",
    "payouts",
    "promised_gifts",
    "receipts",
    "reconciliation",
    "refunds",
    "stripe_events",
]
