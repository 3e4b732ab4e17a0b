"""Rows that are their own queue: claimed by a lease, tried again with backoff, shelved with a reason.

The inbox of Stripe events and the outbox of mail are such rows, so what is to be done is booked in the transaction of
its cause and nothing is lost when a process dies. Work that speaks to the outside happens between `claim` and
`lock_claimed`, outside any transaction, and each row begins by `begin`.
"""

import datetime as dt
import threading
from typing import Any, ClassVar, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart import request_ids

LEASE_SECONDS = 90
MAX_TRIES = 12
FIRST_PAUSE_SECONDS = 5
LONGEST_PAUSE_SECONDS = 6 * 60 * 60

# Set when this process has been asked to end: nothing more is claimed, and what is claimed but not begun is given back.
stopping = threading.Event()


class QueueRowQuerySet(models.QuerySet["Any"]):
    def due(self) -> Self:
        """Rows whose next attempt has come and that nobody holds."""
        now = timezone.now()
        return self.filter(next_attempt_at__lte=now).filter(Q(leased_until=None) | Q(leased_until__lte=now))

    def shelved(self) -> Self:
        return self.exclude(shelved_at=None)

    def claim(self, *, limit: int, lease_seconds: int = LEASE_SECONDS) -> list[Any]:
        """Take up to `limit` due rows for `lease_seconds`, each held by nobody else; oldest first.

        Commits before it returns, so that no lock is held while the caller speaks to the outside. A claim counts as a
        try: a row that kills its worker every time is shelved like one that fails politely.
        """
        request_ids.begin_row("")
        if stopping.is_set():
            return []
        until = timezone.now() + dt.timedelta(seconds=lease_seconds)
        with transaction.atomic():
            due = self.due().order_by("next_attempt_at", "pk").select_for_update(skip_locked=True)
            rows = list(due.defer(*self.model.KEPT_BACK)[:limit])
            fatal = [row for row in rows if row.tries >= row.MOST_TRIES]
            for row in fatal:
                row.shelve(f"{row.reason}\nits worker ended without a word {row.tries} times".strip())
            claimed = [row for row in rows if row.tries < row.MOST_TRIES]
            self.model._default_manager.filter(pk__in=[row.pk for row in claimed]).update(
                tries=F("tries") + 1, leased_until=until
            )
        for row in claimed:
            row.tries += 1
            row.leased_until = until
        return claimed


class QueueRow(models.Model):
    """Tries, next attempt (backoff) and shelving of one row of work.

    `next_attempt_at` is empty once the row is done or shelved.
    """

    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now, null=True, blank=True)
    leased_until = models.DateTimeField(_("held until"), null=True, blank=True)
    shelved_at = models.DateTimeField(_("shelved"), null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True)

    objects = QueueRowQuerySet.as_manager()

    MOST_TRIES: ClassVar[int] = MAX_TRIES  # of whatever kind: a row that had as many is shelved when it is claimed
    KEPT_BACK: ClassVar[tuple[str, ...]] = ()  # long fields, which are read only where they are asked for
    QUEUE_FIELDS = ("tries", "next_attempt_at", "leased_until", "shelved_at", "reason")

    class Meta:
        abstract = True

    def begin(self, *, lease_seconds: int = LEASE_SECONDS) -> bool:
        """Whether this row, claimed with others a while ago, is still ours to work on; renews its lease if need be.

        Call it just before speaking to the outside: those claimed before it may have taken longer than the lease, and
        another worker may be at it now. False also where the process has been asked to end: the row is given back.
        From here on the lines of the log name this row.
        """
        request_ids.begin_row(f"{self._meta.label_lower} {self.pk}")
        now = timezone.now()
        mine = type(self)._default_manager.filter(pk=self.pk, leased_until=self.leased_until)
        if stopping.is_set():
            mine.update(leased_until=None, tries=F("tries") - 1)
            return False
        lease = dt.timedelta(seconds=lease_seconds)
        if self.leased_until is not None and self.leased_until - now > lease / 2:
            return True
        renewed = mine.filter(leased_until__gt=now).update(leased_until=now + lease)
        self.leased_until = now + lease
        return bool(renewed)

    def lock_claimed(self) -> Self | None:
        """This row, locked for the transaction that books it; None if another worker holds or has ended it.

        Call it first in that transaction: a lease may run out while Stripe or the mail server keeps us waiting.
        """
        row = type(self)._default_manager.select_for_update().filter(pk=self.pk).first()
        if row is None or row.next_attempt_at is None or row.leased_until != self.leased_until:
            return None
        return row  # type: ignore[no-any-return]

    def done_if_claimed(self, **changes: Any) -> bool:
        """End the row as `done` does, in one statement and without its lock: whether it was still ours to end.

        Call it last in the transaction that books its effect, and roll back where it was not.
        """
        ended = {"next_attempt_at": None, "leased_until": None, "reason": ""} | changes
        mine = type(self)._default_manager.filter(pk=self.pk, leased_until=self.leased_until)
        return bool(mine.exclude(next_attempt_at=None).update(**ended))

    def done(self, **changes: Any) -> None:
        """End the row; `changes` are fields of its own to save with it. For the transaction that books its effect."""
        self._end(reason=changes.pop("reason", ""), **changes)

    def retry(self, reason: str, *, most: int = MAX_TRIES, longest_pause: int = LONGEST_PAUSE_SECONDS) -> None:
        """Try again after a pause that doubles from 5 s to the longest; after `most` tries shelve the row.

        Pauses are seconds.
        """
        if self.tries >= most:
            self.shelve(reason)
            return
        pause = min(FIRST_PAUSE_SECONDS * 2 ** max(self.tries - 1, 0), longest_pause)
        self.next_attempt_at = timezone.now() + dt.timedelta(seconds=pause)
        self.leased_until, self.reason = None, reason
        self.save(update_fields=self.QUEUE_FIELDS)

    def shelve(self, reason: str) -> None:
        """Set the row aside, with its reason, until a person puts it back."""
        self._end(reason=reason, shelved_at=timezone.now())

    def requeue(self) -> None:
        """Put the row back as new, due now: a person's answer to a shelved row. Safe to call twice."""
        self.tries, self.next_attempt_at, self.leased_until, self.shelved_at = 0, timezone.now(), None, None
        self.save(update_fields=self.QUEUE_FIELDS)

    def _end(self, *, reason: str, **changes: Any) -> None:
        self.next_attempt_at = self.leased_until = None
        self.reason = reason
        for field, value in changes.items():
            setattr(self, field, value)
        self.save(update_fields=[*self.QUEUE_FIELDS, *(name for name in changes if name not in self.QUEUE_FIELDS)])
