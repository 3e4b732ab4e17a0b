import datetime as dt
import re
import signal
import threading
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.utils import timezone

from office.backups import erased, keeping, keys, making
from office.backups.errors import AlreadyRunningError, BackupError
from office.home.healthy import BACKUP
from office.models import JobTurn

TRY_LATER = 75  # EX_TEMPFAIL
NOTED_EVERY = 60.0  # seconds
AGAIN = dt.timedelta(minutes=10)
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def interval(typed: str) -> dt.timedelta:
    """Read 90m, 24h or 1d."""
    match = re.fullmatch(r"([1-9]\d{0,3})([mhd])", typed)
    if not match:
        raise ArgumentTypeError("wants minutes, hours or days: 90m, 24h, 1d")
    return dt.timedelta(**{UNITS[match[2]]: int(match[1])})


class Command(BaseCommand):
    help = (
        "Makes an encrypted backup of database and media, restores it into a scratch server, and counts it only when "
        "books and trail are true there. Ends with 75 while another one runs. docs/backups.md says how to come back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, default=settings.BACKUP_DIR, help="the folder (BACKUP_DIR)")
        parser.add_argument("--keep", default=settings.BACKUP_KEEP, help="days,weeks,months (BACKUP_KEEP)")
        parser.add_argument("--untried", action="store_true", help="do not restore it into a scratch server")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--every", type=interval, metavar="24h", help="stay, and make one so often")
        what.add_argument("--note-erasures", action="store_true", help="only note who was forgotten since")
        what.add_argument("--new-key", type=Path, metavar="FILE", help="only make a key that opens backups")

    def handle(self, *, to: Path, new_key: Path | None, every: dt.timedelta | None, **options: Any) -> None:
        try:
            if new_key:
                self.stdout.write(keys.make(new_key))
            elif options["note_erasures"]:
                to.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._say(f"{erased.note(to)} erasures noted in {to / erased.ERASED}")
            elif every:
                self._go_on(to, every, options)
            else:
                self._make(to, options)
        except AlreadyRunningError as running:
            raise CommandError(str(running), returncode=TRY_LATER) from running
        except (BackupError, OSError, DatabaseError) as error:
            raise CommandError(_in_a_line(error)) from error

    def _make(self, to: Path, options: dict[str, Any]) -> None:
        begun = timezone.now()
        try:
            path = making.make(
                to,
                keys.recipients(settings.BACKUP_RECIPIENTS),
                keep=keeping.Keep.of(options["keep"]),
                say=self._say,
                is_tried=not options["untried"],
            )
        except AlreadyRunningError:
            raise
        except (BackupError, OSError, DatabaseError) as error:
            self._note_failure(_in_a_line(error))
            raise
        # One that was not tried is no reason to be at ease: the office's home goes on asking for one.
        if not options["untried"]:
            JobTurn.objects.update_or_create(
                name=BACKUP, defaults={"begun_at": begun, "ended_at": timezone.now(), "failure": ""}
            )
        self.stdout.write(str(path))

    def _go_on(self, to: Path, every: dt.timedelta, options: dict[str, Any]) -> None:
        """Note erasures each minute and make a backup when the last one is old enough, until a signal comes."""
        is_stopping = threading.Event()

        def stop(_signal: int, _frame: FrameType | None) -> None:
            is_stopping.set()  # what is cleared away meanwhile may fail with an error of its own
            raise KeyboardInterrupt

        signal.signal(signal.SIGTERM, stop)
        newest = next((kept.made_at for kept in keeping.kept_in(to) if kept.is_checked), None)
        due = newest + every if newest else timezone.now()
        try:
            while not is_stopping.is_set():
                try:
                    to.mkdir(parents=True, exist_ok=True, mode=0o700)
                    erased.note(to)
                    if timezone.now() >= due:
                        due = timezone.now() + every
                        self._make(to, options)
                except (BackupError, OSError, DatabaseError) as error:
                    due = min(due, timezone.now() + AGAIN)
                    self._say(f"{timezone.now():%Y-%m-%dT%H:%MZ} {_in_a_line(error)}")
                connection.close()
                is_stopping.wait(NOTED_EVERY)
        except KeyboardInterrupt:
            pass
        self._say("Stopped.")

    def _note_failure(self, reason: str) -> None:
        try:
            JobTurn.objects.update_or_create(name=BACKUP, defaults={"begun_at": timezone.now(), "failure": reason})
        except DatabaseError as error:  # the reason itself is told by whoever called
            self._say(f"That it failed cannot be noted for the office: {_in_a_line(error)}")

    def _say(self, line: str) -> None:
        self.stderr.write(line, self.style.NOTICE)


def _in_a_line(error: Exception) -> str:
    return " ".join(str(error).split())
