"""The mails about gifts, one module per part; importing them registers their letters."""

from donations.messages import giving, monthly_gifts, receipts, tributes

__all__ = ["giving", "monthly_gifts", "receipts", "tributes"]
