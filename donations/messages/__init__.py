"""The mails about gifts, one module per part; importing them registers their letters."""

from donations.messages import alerts, giving, monthly_gifts, receipts, refunds, tributes

__all__ = ["alerts", "giving", "monthly_gifts", "receipts", "refunds", "tributes"]
