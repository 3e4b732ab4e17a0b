"""Whether pages are still true: what a thread of this process learns from PostgreSQL once a second."""

import datetime as dt
import logging
import math
import os
import threading
import time
from collections.abc import Callable

from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone

from blueheart.pages import moments, versions
from blueheart.pages.versions import Versions

logger = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
# A page may be that much older than what the database holds: a poll sees the change within a second, and for the rest
# of the time visitors are shown the former page while one thread makes the new one.
BOUND_SECONDS = 2.0
TRUSTED_SECONDS = 10.0  # without word from the database pages go out unmarked for so long
SERIOUS = (DatabaseError, ImproperlyConfigured, OSError)  # the second: the embedded server does not start


class Stamp:
    """What pages made at one time have in common. Times are of the watch's clock, in seconds.

    Current ones are `true_until` a moment that each poll moves on; when something has changed, pages with it may be
    shown `stale_until` the bound is over.
    """

    __slots__ = ("stale_until", "true_until")

    def __init__(self, true_until: float) -> None:
        self.true_until = true_until
        self.stale_until = math.inf

    @property
    def is_current(self) -> bool:
        return self.stale_until == math.inf

    def end(self, stale_until: float) -> None:
        """Something has changed since."""
        self.true_until = -math.inf
        self.stale_until = min(self.stale_until, stale_until)


class Watch:
    """The stamps of now: `content` for pages without counts, `numbers` for all others; None before the first word."""

    def __init__(
        self,
        *,
        read: Callable[[], Versions] = versions.read,
        next_moment: Callable[[dt.datetime], dt.datetime | None] = moments.next_moment,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], dt.datetime] = timezone.now,
        after_poll: Callable[[], None] = lambda: None,
    ) -> None:
        self.content: Stamp | None = None
        self.numbers: Stamp | None = None
        self._read, self._next_moment, self._clock, self._now = read, next_moment, clock, now
        self._after_poll = after_poll
        self._lock = threading.RLock()
        self._known: Versions | None = None
        self._polled_at = -math.inf
        self._heard_of_trouble = False
        # By the wall clock: up to when moments have passed, and the next one; None where none is known.
        self._passed: dt.datetime | None = None
        self._next: dt.datetime | None = None
        self._thread: threading.Thread | None = None
        os.register_at_fork(after_in_child=self._forget_thread)

    # What the cache asks

    def stamp(self, *, numbers: bool) -> Stamp | None:
        """For a page that is made from now on; None while nobody knows what is true."""
        self._turn()
        stamp = self.numbers if numbers else self.content
        return stamp if stamp and self._clock() < stamp.true_until else None

    @property
    def known(self) -> Versions | None:
        """What the database said last. Ask for it after a stamp: it is at least as new as the stamp is."""
        return self._known

    @property
    def is_blind(self) -> bool:
        """Whether the database has said nothing for too long."""
        return self._clock() >= self._polled_at + TRUSTED_SECONDS

    def keep_running(self) -> None:
        """Start the thread of this process unless it runs."""
        if self._thread is None or not self._thread.is_alive():
            with self._lock:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._run, name="page-versions", daemon=True)
                    self._thread.start()

    # What the thread does

    def poll(self) -> None:
        """Ask once, and end the stamps of what has changed since the last time."""
        started = self._clock()
        try:
            found = self._read()
            with self._lock:
                self._take(found, started)
        except SERIOUS as error:
            connection.close()
            if not self._heard_of_trouble:
                logger.warning("pages are not watched: %s", " ".join(str(error).split()))
            self._heard_of_trouble = True
        else:
            self._heard_of_trouble = False

    def poll_for_one(self) -> None:
        """Ask for a visitor who may have changed something a moment ago; the thread sees to a database in trouble."""
        if not self.is_blind and not self._heard_of_trouble:
            self.poll()

    def _take(self, found: Versions, started: float) -> None:
        known, former_poll = self._known, self._polled_at
        if started < former_poll:
            return  # somebody asked later, and was answered sooner
        is_new = known is None or known.content != found.content
        if is_new or self._next_has_passed():
            self._look_ahead(afresh=is_new)
        if is_new:
            self._end(former_poll + BOUND_SECONDS)
        elif known and known.shown != found.shown and self.numbers:
            self.numbers.end(former_poll + BOUND_SECONDS)
            self.numbers = Stamp(-math.inf)
        self._known, self._polled_at = found, started
        self._trust()

    def _look_ahead(self, *, afresh: bool) -> None:
        """Find the next moment. One that has passed meanwhile ends the stamps, and the one after it is looked for."""
        now = self._now()
        if afresh or self._passed is None:
            self._passed = now
        self._next = self._next_moment(self._passed)
        while self._next_has_passed():
            assert self._next is not None  # noqa: S101 -- for the type checker
            self._end(self._clock() + EVERY_SECONDS)
            self._passed = self._next
            self._next = self._next_moment(self._passed)

    def _turn(self) -> None:
        """At midnight by UTC, and at the next moment, all pages end; the thread looks for the moment after it."""
        stamp = self.content
        if stamp is None or self._clock() < stamp.true_until or self.is_blind:
            return
        with self._lock:
            if stamp is self.content and stamp.is_current:
                self._end(self._clock() + EVERY_SECONDS)
                self._trust()

    def _end(self, stale_until: float) -> None:
        for stamp in (self.content, self.numbers):
            if stamp:
                stamp.end(stale_until)
        self.content, self.numbers = Stamp(-math.inf), Stamp(-math.inf)

    def _trust(self) -> None:
        """Let the current stamps hold until they would have to be asked about again."""
        now, clock = self._now(), self._clock()
        midnight = dt.datetime.combine(now.astimezone(dt.UTC).date() + dt.timedelta(days=1), dt.time(), dt.UTC)
        # A moment that has passed ended the former stamps; until the thread has found the next one, these hold.
        ends = [midnight] if self._next is None or self._next <= now else [midnight, self._next]
        until = min(self._polled_at + TRUSTED_SECONDS, clock + (min(ends) - now).total_seconds())
        for stamp in (self.content, self.numbers):
            if stamp:
                stamp.true_until = until

    def _next_has_passed(self) -> bool:
        return self._next is not None and self._next <= self._now()

    def _run(self) -> None:
        while True:
            began = self._clock()
            self.poll()
            self._after_poll()
            time.sleep(max(0.0, EVERY_SECONDS - (self._clock() - began)))

    def _forget_thread(self) -> None:
        self._thread, self._lock = None, threading.RLock()
