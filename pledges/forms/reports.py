"""What a visitor tells us about a heart."""

from blueheart.moderation.forms import ReportFields
from pledges.forms.guarded import GuardedForm


class ReportForm(ReportFields, GuardedForm):
    """What is wrong with a heart."""
