"""Closed periods: a day of the books that was closed takes no posting any more."""

import datetime as dt

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Max

from blueheart.days import utc_today
from donations.models import ClosedPeriod, Closing


class PeriodError(ValueError):
    """The books cannot be closed through that day."""


def closed_through() -> dt.date | None:
    """The last day that is closed, if any."""
    day: dt.date | None = ClosedPeriod.objects.aggregate(day=Max("closed_through"))["day"]
    return day


def hold_postings() -> None:
    """Wait for postings that are under way, and let no other one begin before this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT donations_hold_postings()")


@transaction.atomic
def close_period(day: dt.date, *, by: AbstractBaseUser, why: str = "", closing: Closing | None = None) -> ClosedPeriod:
    """Close the books up to and with `day`; what happened then and comes in later is posted on the next open day.

    Waits for postings that are under way, and lets the next ones see the day. Raises `PeriodError` for a day that is
    not over (UTC) or lies before one that is closed.
    """
    if day >= utc_today():
        raise PeriodError(f"{day} is not over")
    hold_postings()
    closed = closed_through()
    if closed is not None and day <= closed:
        raise PeriodError(f"the books are closed through {closed} already")
    return ClosedPeriod.objects.create(closed_through=day, closed_by_id=by.pk, why=why, closing=closing)
