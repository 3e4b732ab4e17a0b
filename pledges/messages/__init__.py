"""The mails about pledges, one module per part; importing them registers their letters."""

from pledges.messages import confirming, groups, helping, keeping, making, managing, samples, suspicion, verifying

__all__ = ["confirming", "groups", "helping", "keeping", "making", "managing", "samples", "suspicion", "verifying"]
