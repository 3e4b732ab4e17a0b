import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blueheart.post.bounces import LARGEST_REPORT, UnreadableReportError, take_report

EX_DATAERR = 65  # sysexits.h, as mail servers know it


class Command(BaseCommand):
    help = (
        "Reads one report of mail that could not be delivered (RFC 3464) from standard input, where a mail server pipes"
        " it, and leaves alone a mailbox that is gone. Exit code 65: the input is no such report about a mail of ours."
    )

    stealth_options = ("stdin",)

    def handle(self, *args: Any, **options: Any) -> None:
        report = (options.get("stdin") or sys.stdin).buffer.read(LARGEST_REPORT + 1)
        try:
            self.stdout.write(take_report(report))
        except UnreadableReportError as error:
            raise CommandError(f"Nothing changed: {error}.", returncode=EX_DATAERR) from error
