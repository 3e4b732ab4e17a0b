"""The sandbox's clock: real time plus what it was moved by."""

from __future__ import annotations

import calendar
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


class Clock:
    """Seconds since the epoch, in UTC. It can be moved forward, never back."""

    def __init__(self, offset_seconds: int = 0) -> None:
        self.offset_seconds = offset_seconds
        self._held = threading.local()

    def now(self) -> int:
        held: int | None = getattr(self._held, "at", None)
        if held is not None:
            return held
        return int(time.time()) + self.offset_seconds

    def advance(self, seconds: int) -> None:
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self.offset_seconds += seconds

    @contextmanager
    def held_at(self, moment: int) -> Iterator[None]:
        """Let what was due earlier happen with its own time on it, in this thread."""
        self._held.at = moment
        try:
            yield
        finally:
            self._held.at = None


def add_months(anchor: int, months: int) -> int:
    """The same day and time that many months later; the 31st becomes a shorter month's last day.

    Stripe counts from the billing anchor, so January 31st goes to February 28th and back to
    March 31st.
    """
    start = datetime.fromtimestamp(anchor, UTC)
    years, month_index = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month_index + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def period_end(anchor: int, interval: str, interval_count: int, periods: int) -> int:
    """The end of the n-th billing period after the anchor."""
    count = interval_count * periods
    if interval == "day":
        return anchor + 86_400 * count
    if interval == "week":
        return anchor + 7 * 86_400 * count
    return add_months(anchor, count * (12 if interval == "year" else 1))
