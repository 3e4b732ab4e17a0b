"""When everything is done, and a clock that is moved only where nothing but time is waited for."""

import datetime as dt
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from blueheart.post.jobs import LEASE_SECONDS as MAIL_LEASE_SECONDS
from blueheart.queue import LEASE_SECONDS
from tests.faults.site.running import Site

MOST_PASSED = 15 * 60  # seconds of the clock
QUIET_SECONDS = 3.0  # nothing has changed for so long
PATIENCE_SECONDS = 90.0  # of a machine's own time, for who lives to do what is to be done
NEVER = dt.datetime.min.replace(tzinfo=dt.UTC)
QUEUES = ("donations_stripeevent", "donations_receiptorder", "donations_refund", "post_message")
UNFINISHED = " UNION ALL ".join(
    f"SELECT '{table}', id, tries, next_attempt_at, leased_until FROM {table} WHERE next_attempt_at IS NOT NULL"
    for table in QUEUES
)
SHELVED = " UNION ALL ".join(f"SELECT '{table}', reason FROM {table} WHERE shelved_at IS NOT NULL" for table in QUEUES)


@dataclass(frozen=True)
class Waiting:
    """A row of work that is not done."""

    table: str
    pk: int
    tries: int
    next_attempt_at: dt.datetime
    leased_until: dt.datetime | None

    @property
    def due_at(self) -> dt.datetime:
        return max(self.next_attempt_at, self.leased_until or self.next_attempt_at)

    def is_held_since(self, moment: dt.datetime) -> bool:
        """Whether somebody took it after that moment."""
        lease = MAIL_LEASE_SECONDS if self.table == "post_message" else LEASE_SECONDS
        return self.leased_until is not None and self.leased_until - dt.timedelta(seconds=lease) > moment


@dataclass
class Clock:
    """The clock of one story: who lives is left to work, and what a dead one held is waited for by the clock.

    `died_at` tells when the last process died, by this clock. Raises AssertionError after a quarter of an hour of it.
    """

    site: Site
    died_at: Callable[[], dt.datetime]
    passed: int = 0

    def until_all_is_done(self) -> None:
        """Nothing waits, nothing is held, nothing is on its way from Stripe."""
        self.until(self._all_is_done, "everything is done")

    def until(self, holds: Callable[[], object], what: str) -> None:
        seen, since, deadline = self._waiting(), time.monotonic(), time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, f"still not: {what}\n{seen}\n{self.site.last_words()}"
            self.site.tend()
            time.sleep(0.1)
            now = self._waiting()
            if now != seen:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > QUIET_SECONDS and (seconds := self._only_time(seen)):
                assert self.passed + seconds <= MOST_PASSED, f"still not: {what}\n{seen}\n{self.site.last_words()}"
                self.site.later(seconds)
                self.passed += seconds
                since, deadline = time.monotonic(), time.monotonic() + PATIENCE_SECONDS

    def _only_time(self, rows: list[Waiting]) -> int:
        """Seconds until something is due again; 0 where somebody has something to do now."""
        now, died_at = self.site.now(), self.died_at()
        if any(row.due_at <= now or row.is_held_since(died_at) for row in rows):
            return 0
        due = [row.due_at.timestamp() for row in rows]
        due += [each["next_attempt_at"] for each in on_the_way(self.site)]
        return max(0, math.ceil(min(due) - now.timestamp())) if due else 0

    def _waiting(self) -> list[Waiting]:
        return sorted((Waiting(*row) for row in self.site.ask(UNFINISHED)), key=lambda row: (row.table, row.pk))

    def _all_is_done(self) -> bool:
        return not on_the_way(self.site) and not self.site.ask(UNFINISHED)


def on_the_way(site: Site) -> list[dict]:
    """Webhooks that were not taken yet."""
    found: list[dict] = site.control("deliveries?state=pending")["deliveries"]
    return found
