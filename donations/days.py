"""Days on which something may be booked."""

import datetime as dt

from django.utils.translation import gettext as _

from blueheart.days import utc_today

FIRST = dt.date(2000, 1, 1)  # no closing begins earlier: an older posting could never be closed, nor any day after it


def fault_of(day: dt.date) -> str:
    """Why nothing can have happened on that day (UTC), in the reader's language; empty where it can."""
    if day > utc_today():
        return _("This day has not come yet.")
    if day < FIRST:
        return _("This day lies before the year 2000. Please check the year.")
    return ""
