"""What supporters and visitors fill in."""

from pledges.forms.keeping import KeptForm
from pledges.forms.pledge import PledgeForm
from pledges.forms.reports import ReportForm
from pledges.forms.wall import WallForm

__all__ = ["KeptForm", "PledgeForm", "ReportForm", "WallForm"]
