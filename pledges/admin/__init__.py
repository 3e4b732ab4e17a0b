"""What staff see of pledges: a list to moderate, reports to settle, precepts to edit."""

from pledges.admin import pledges, precepts, reports

__all__ = ["pledges", "precepts", "reports"]
