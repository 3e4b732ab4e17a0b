"""The mails about pledges, one module per part; importing them registers their letters."""

from pledges.messages import confirming

__all__ = ["confirming"]
