from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from office.privacy.retention import enforce


class Command(BaseCommand):
    help = "Forgets all whose time is over, as the worker does every night, and says how much it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say how much is due; change nothing")

    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        for rule, count in enforce(is_dry_run=dry_run):
            self.stdout.write(f"{count:>9}  {rule.says}")
        if dry_run:
            self.stdout.write("Nothing was changed.")
