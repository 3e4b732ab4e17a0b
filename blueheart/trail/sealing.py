"""Sealing closed minutes of the trail, and finding out whether anybody altered them."""

import datetime as dt
import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from blueheart.trail.models import Entry, Seal

MINUTE = dt.timedelta(minutes=1)
# PostgreSQL stamps a transaction a moment before pg_stat_activity shows it.
UNSEEN = dt.timedelta(seconds=5)
# Whoever calls itself so to PostgreSQL, in its transactions, reads and never writes: a long copy holds up no seal.
ONLY_READS = "blueheart-only-reads"
LOCK = 0x5EA1
AT_ONCE = 2000
SEALED = ("pk", "at", "actor_id", "action", "target_type", "target_id", "address", "why", "detail")

Row = tuple[Any, ...]


def seal_closed_minutes() -> int:
    """Seal every minute with entries that no running transaction can add to any more; returns how many were sealed.

    Safe to call from several processes: an advisory lock lets one of them work, the others return 0.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        return _seal_until(_minute(_open_since() - UNSEEN))


def last_seal() -> Seal | None:
    """The newest seal: whoever keeps it elsewhere can tell later that the trail was not cut off behind it."""
    return Seal.objects.order_by("-minute").first()


def contains(minute: dt.datetime, entries: int, digest: str) -> bool:
    """Whether the trail still has this seal, as it was."""
    return Seal.objects.filter(minute=minute, entries=entries, digest=digest).exists()


def broken_seals() -> Iterator[str]:
    """What is wrong with the sealed trail, one sentence per minute; nothing if all of it is as it was sealed.

    Seals and entries are read side by side, a minute of entries at a time, however long the trail is.
    """
    with transaction.atomic():  # PostgreSQL would write a cursor that outlives its transaction down as a whole
        yield from _broken_seals()


def _broken_seals() -> Iterator[str]:
    seals = Seal.objects.order_by("minute").values_list("minute", "entries", "digest").iterator(AT_ONCE)
    minutes = _minutes(Entry.objects.all())
    found = next(minutes, None)
    previous = ""
    for minute, count, digest in seals:
        while found and found[0] < minute:
            yield f"{found[0]:%Y-%m-%d %H:%M}: entries were added after the next minute had been sealed"
            found = next(minutes, None)
        rows: list[Row] = []
        if found and found[0] == minute:
            rows, found = found[1], next(minutes, None)
        if len(rows) != count:
            yield f"{minute:%Y-%m-%d %H:%M}: {count} entries were sealed, {len(rows)} are there"
        elif _digest(previous, rows) != digest:
            yield f"{minute:%Y-%m-%d %H:%M}: an entry or an earlier seal was altered"
        previous = digest


def _open_since() -> dt.datetime:
    """Since when the oldest transaction runs that may write; this one counts, so the running minute is never closed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(xact_start) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name <> %s",
            [ONLY_READS],
        )
        (open_since,) = cursor.fetchone()
    return open_since or timezone.now()


def _seal_until(end: dt.datetime) -> int:
    last = last_seal()
    entries = Entry.objects.filter(at__lt=end)
    if last:
        entries = entries.filter(at__gte=last.minute + MINUTE)
    previous, sealed = last.digest if last else "", 0
    for minute, rows in _minutes(entries):
        previous = _digest(previous, rows)
        Seal.objects.create(minute=minute, entries=len(rows), digest=previous)
        sealed += 1
    return sealed


def _minutes(entries: "QuerySet[Entry]") -> Iterator[tuple[dt.datetime, list[Row]]]:
    """The entries of each minute that has some, in the order of their keys."""
    rows = entries.order_by("at").values_list(*SEALED).iterator(AT_ONCE)
    for minute, of_the_minute in itertools.groupby(rows, key=lambda row: _minute(row[1])):
        yield minute, sorted(of_the_minute, key=lambda row: row[0])


def _minute(at: dt.datetime) -> dt.datetime:
    return at.replace(second=0, microsecond=0)


def _digest(previous: str, rows: Iterable[Row]) -> str:
    sha = hashlib.sha256(previous.encode())
    for pk, at, *said in rows:
        sha.update(json.dumps([pk, at.isoformat(), *said], sort_keys=True, ensure_ascii=True).encode() + b"\n")
    return sha.hexdigest()
