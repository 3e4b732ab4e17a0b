"""What staff see of pledges: a list to moderate, reports to settle, precepts to edit."""

from pledges.admin import groups, mailboxes, pledges, precepts, reports

__all__ = ["groups", "mailboxes", "pledges", "precepts", "reports"]
