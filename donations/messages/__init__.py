"""The mails about gifts, one module per part; importing them registers their letters."""

from donations.messages import gifts, giving, tributes

__all__ = ["gifts", "giving", "tributes"]
