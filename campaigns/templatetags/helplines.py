"""Which helplines are shown with a warning."""

import datetime as dt

from django import template

from campaigns.models import Helpline
from campaigns.models.helplines import a_year_before

register = template.Library()


@register.filter
def may_be_out_of_date(helpline: Helpline) -> bool:
    """Whether nobody has read it on its source for more than twelve months, by today's date in UTC."""
    return helpline.read_on < a_year_before(dt.datetime.now(dt.UTC).date())
