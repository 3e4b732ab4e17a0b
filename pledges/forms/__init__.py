"""What supporters and visitors fill in."""

from pledges.forms.pledge import PledgeForm
from pledges.forms.reports import ReportForm

__all__ = ["PledgeForm", "ReportForm"]
