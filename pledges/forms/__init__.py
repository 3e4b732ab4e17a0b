"""What supporters and visitors fill in."""

from pledges.forms.bodies import AuthorityForm, OrganisationForm
from pledges.forms.keeping import KeptForm
from pledges.forms.pledge import PledgeForm
from pledges.forms.reports import ReportForm
from pledges.forms.wall import WallForm

__all__ = ["AuthorityForm", "KeptForm", "OrganisationForm", "PledgeForm", "ReportForm", "WallForm"]
