"""Sealing closed minutes of the trail, and finding out whether anybody altered them."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator

from django.db import connection, transaction
from django.utils import timezone

from blueheart.trail.models import Entry, Seal

MINUTE = dt.timedelta(minutes=1)
# PostgreSQL stamps a transaction a moment before pg_stat_activity shows it.
UNSEEN = dt.timedelta(seconds=5)
LOCK = 0x5EA1


def seal_closed_minutes() -> int:
    """Seal every minute with entries that no running transaction can add to any more; returns how many were sealed.

    Safe to call from several processes: an advisory lock lets one of them work, the others return 0.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        # This transaction's own start counts too, so the minute that is running is never closed.
        cursor.execute("SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database()")
        (open_since,) = cursor.fetchone()
        return _seal_until(_minute((open_since or timezone.now()) - UNSEEN))


def broken_seals() -> Iterator[str]:
    """What is wrong with the sealed trail, one sentence per minute; nothing if all of it is as it was sealed."""
    previous = ""
    sealed: set[dt.datetime] = set()
    for seal in Seal.objects.order_by("minute").iterator():
        entries = list(_entries(seal.minute))
        expected = _digest(previous, entries)
        if len(entries) != seal.entries:
            yield f"{seal.minute:%Y-%m-%d %H:%M}: {seal.entries} entries were sealed, {len(entries)} are there"
        elif expected != seal.digest:
            yield f"{seal.minute:%Y-%m-%d %H:%M}: an entry or an earlier seal was altered"
        previous = seal.digest
        sealed.add(seal.minute)
    yield from _entries_behind_seals(sealed)


def _seal_until(end: dt.datetime) -> int:
    last = Seal.objects.order_by("-minute").first()
    entries = Entry.objects.filter(at__lt=end)
    if last:
        entries = entries.filter(at__gte=last.minute + MINUTE)
    minutes = sorted({_minute(at) for at in entries.values_list("at", flat=True)})
    previous = last.digest if last else ""
    for minute in minutes:
        rows = list(_entries(minute))
        previous = _digest(previous, rows)
        Seal.objects.create(minute=minute, entries=len(rows), digest=previous)
    return len(minutes)


def _entries_behind_seals(sealed: set[dt.datetime]) -> Iterator[str]:
    """Minutes before the last seal whose entries were never sealed: somebody wrote them in later."""
    if not sealed:
        return
    moments = Entry.objects.filter(at__lt=max(sealed)).values_list("at", flat=True)
    for minute in sorted({_minute(at) for at in moments.iterator()} - sealed):
        yield f"{minute:%Y-%m-%d %H:%M}: entries were added after the next minute had been sealed"


def _entries(minute: dt.datetime) -> Iterable[Entry]:
    return Entry.objects.filter(at__gte=minute, at__lt=minute + MINUTE).order_by("pk")


def _minute(at: dt.datetime) -> dt.datetime:
    return at.replace(second=0, microsecond=0)


def _digest(previous: str, entries: Iterable[Entry]) -> str:
    sha = hashlib.sha256(previous.encode())
    for entry in entries:
        row = [
            entry.pk,
            entry.at.isoformat(),
            entry.actor_id,
            entry.action,
            entry.target_type,
            entry.target_id,
            entry.address,
            entry.why,
            entry.detail,
        ]
        sha.update(json.dumps(row, sort_keys=True, ensure_ascii=True).encode() + b"\n")
    return sha.hexdigest()
