"""What staff see of pledges: a list to moderate, reports to settle, precepts to edit."""

from pledges.admin import groups, keeping, mailboxes, photos, pledges, precepts, quiet, reports, terms, verifying

__all__ = ["groups", "keeping", "mailboxes", "photos", "pledges", "precepts", "quiet", "reports", "terms", "verifying"]
