"""The mails about gifts, one module per part; importing them registers their letters."""

from donations.messages import giving, receipts, tributes

__all__ = ["giving", "receipts", "tributes"]
