"""The worker's part: making the files that were asked for, and forgetting them after a day."""

import contextlib
import datetime as dt
import logging
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, QuerySet
from django.utils import timezone

from blueheart.exports.copying import CopyError, Copying
from blueheart.exports.lists import ListGoneError, table_of
from blueheart.exports.models import PreparedExport, folder
from blueheart.exports.reading import Reading, SeparatorError
from blueheart.exports.workbooks import write_workbook
from blueheart.queue import LEASE_SECONDS, stopping
from blueheart.trail.record import record
from blueheart.trail.sealing import ONLY_READS

logger = logging.getLogger(__name__)

KEPT = dt.timedelta(hours=24)
REMEMBERED = dt.timedelta(days=90)  # that somebody asked; the file is long gone
UNFINISHED = dt.timedelta(days=1)  # a part of a file that nobody writes on any more
TOLD_EVERY_SECONDS = 1.0


class _TakenAwayError(RuntimeError):
    """The export is not ours to make any more: cancelled, taken over, or the process has been asked to end."""


def prepare_due() -> int:
    """Make one export that is due; returns whether there was one."""
    claimed: list[PreparedExport] = PreparedExport.objects.claim(limit=1)
    for export in claimed:
        _prepare(export)
    return len(claimed)


def forget_expired() -> int:
    """Delete files after a day, what dead workers left, and rows after ninety days; safe to repeat."""
    forgotten = 0
    for export in _expired():
        export.path.unlink(missing_ok=True)
        forgotten += PreparedExport.objects.filter(pk=export.pk).update(status=PreparedExport.Status.EXPIRED, file="")
    _sweep(timezone.now())
    return forgotten + _outlived().delete()[0]


def due_to_forget() -> int:
    """How many files and rows `forget_expired` would delete now."""
    return _expired().count() + _outlived().count()


def _expired() -> QuerySet[PreparedExport]:
    return PreparedExport.objects.filter(status=PreparedExport.Status.READY, expires_at__lte=timezone.now())


def _outlived() -> QuerySet[PreparedExport]:
    old = PreparedExport.objects.filter(next_attempt_at=None, created_at__lte=timezone.now() - REMEMBERED)
    return old.exclude(status=PreparedExport.Status.READY)


def _sweep(now: dt.datetime) -> None:
    """A file that no row names is one whose worker died, or whose row was cancelled meanwhile."""
    known = set(PreparedExport.objects.exclude(file="").values_list("file", flat=True))
    for path in folder().iterdir():
        changed = dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
        if path.name not in known and changed <= now - UNFINISHED:
            path.unlink(missing_ok=True)


def _prepare(export: PreparedExport) -> None:
    path = folder() / f"{export.pk}-{secrets.token_hex(8)}.{export.format}"
    try:
        rows = _write(export, path)
        is_booked = _book(export, path, rows)
    except _TakenAwayError:
        is_booked = False
    except ListGoneError as error:
        is_booked = False
        _fail(export, str(error))
    except (OSError, SeparatorError, CopyError) as error:
        is_booked = False
        logger.warning("the export %s was not written: %s", export.pk, type(error).__name__)
        _try_again(export, type(error).__name__)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if not is_booked:
        path.unlink(missing_ok=True)


def _write(export: PreparedExport, path: Path) -> int:
    table = table_of(export.of_list, export.query, export.asked_by)
    told = _Told(export)
    told.at_once(0)
    path.touch(mode=0o600)
    if export.format == PreparedExport.Format.CSV:
        return _write_csv(Copying(table, connection), path, told)
    with _snapshot() as reading_connection:
        return write_workbook(Reading(table, reading_connection), path, went_on=told)


def _write_csv(copying: Copying, path: Path, told: "_Told") -> int:
    with path.open("wb") as file, contextlib.closing(copying.csv_chunks()) as chunks:
        for chunk in chunks:
            file.write(chunk)
            told(copying.rows)
    return copying.rows


class _Told:
    """Says about every second how far the export is, which keeps the lease; stops the work that nobody wants."""

    def __init__(self, export: PreparedExport) -> None:
        self.export = export
        self._next = 0.0

    def __call__(self, rows_done: int) -> None:
        if time.monotonic() >= self._next:
            self.at_once(rows_done)

    def at_once(self, rows_done: int) -> None:
        mine = PreparedExport.objects.filter(
            pk=self.export.pk, leased_until=self.export.leased_until, next_attempt_at__isnull=False
        )
        if stopping.is_set():
            mine.update(leased_until=None, tries=F("tries") - 1, status=PreparedExport.Status.WAITING)
            raise _TakenAwayError
        until = timezone.now() + dt.timedelta(seconds=LEASE_SECONDS)
        if not mine.update(leased_until=until, rows_done=rows_done, status=PreparedExport.Status.RUNNING):
            raise _TakenAwayError
        self.export.leased_until = until
        self._next = time.monotonic() + TOLD_EVERY_SECONDS


@contextlib.contextmanager
def _snapshot() -> Iterator[BaseDatabaseWrapper]:
    """A connection of its own, in a transaction that only reads: the lane's own says meanwhile how far it is."""
    reading = connection.copy()
    reading.settings_dict["OPTIONS"] = reading.settings_dict["OPTIONS"] | {"application_name": ONLY_READS}
    try:
        reading.set_autocommit(False)
        with reading.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield reading
    finally:
        reading.close()


@transaction.atomic
def _book(export: PreparedExport, path: Path, rows: int) -> bool:
    """Offer the file, unless the export was cancelled or another worker has made it meanwhile."""
    row = export.lock_claimed()
    if row is None:
        return False
    row.done(
        status=PreparedExport.Status.READY,
        file=path.name,
        size=path.stat().st_size,
        rows_done=rows,
        rows_total=rows,
        query="",
        expires_at=timezone.now() + KEPT,
    )
    detail = {"filters": row.filters.split(), "rows": rows, "format": row.format}
    record("list.exported", target=apps.get_model(row.of_list)(), actor=row.asked_by, detail=detail)
    return True


@transaction.atomic
def _fail(export: PreparedExport, reason: str) -> None:
    if row := export.lock_claimed():
        row.done(status=PreparedExport.Status.FAILED, reason=reason, query="")


@transaction.atomic
def _try_again(export: PreparedExport, reason: str) -> None:
    if row := export.lock_claimed():
        row.retry(reason)
