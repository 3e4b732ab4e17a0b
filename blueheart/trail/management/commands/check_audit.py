import datetime as dt
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blueheart.metrics.of_workers import tell_check
from blueheart.trail.models import Seal
from blueheart.trail.sealing import broken_seals, contains, last_seal

NO_SEAL = "none"


class Command(BaseCommand):
    help = "Tells whether the sealed audit trail is as it was written; ends with 1 if not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--last-seal", action="store_true", help="print the newest seal as one line, to be kept elsewhere"
        )
        which.add_argument(
            "--against",
            metavar="FILE_OR_LINE",
            help="also look for this seal, the last line of a file or the line itself: a trail cut off lacks it",
        )

    def handle(self, *, last_seal: bool, against: str | None, **options: Any) -> None:
        if last_seal:
            self.stdout.write(_line_of_last_seal())
            return
        problems = 0
        for problem in broken_seals():
            self.stderr.write(problem)
            problems += 1
        tell_check("trail", problems)
        if against and not _is_there(against):
            self.stderr.write("the seal that was kept is not in the trail: its end was cut off or written anew")
            problems += 1
        if problems:
            raise CommandError(f"the audit trail was altered: {problems} findings")
        self.stdout.write(f"the audit trail is intact: {Seal.objects.count()} sealed minutes")


def _line_of_last_seal() -> str:
    newest = last_seal()
    return newest.line if newest else NO_SEAL


def _is_there(file_or_line: str) -> bool:
    line = _last_line(file_or_line)
    if line == NO_SEAL:
        return True
    try:
        minute, entries, digest = line.split()
        return contains(dt.datetime.fromisoformat(minute), int(entries), digest)
    except ValueError as error:
        raise CommandError("--against wants what --last-seal printed, or a file that ends with it") from error


def _last_line(file_or_line: str) -> str:
    path = Path(file_or_line)
    if len(file_or_line.split()) == 1 and path.is_file():
        lines = path.read_text().split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")
    return file_or_line.strip()
