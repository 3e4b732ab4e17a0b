"""Days of the books, of World Days and of cached pages are those of UTC, wherever the reader is."""

import datetime as dt

from django.utils import timezone


def utc_today() -> dt.date:
    """The day that it is in UTC."""
    return timezone.now().astimezone(dt.UTC).date()
