"""The mails about gifts, one module per part; importing them registers their letters."""

from donations.messages import (
    alerts,
    giving,
    monthly_gifts,
    promised_gifts,
    receipts,
    refunds,
    samples,
    transfers,
    tributes,
)

__all__ = [
    "alerts",
    "giving",
    "monthly_gifts",
    "promised_gifts",
    "receipts",
    "refunds",
    "samples",
    "transfers",
    "tributes",
]
