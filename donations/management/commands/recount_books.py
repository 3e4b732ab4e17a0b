"""`manage.py recount_books`: do the public totals say what adding up the whole ledger says?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from donations.services import recounting


class Command(BaseCommand):
    help = "Compare the public totals with the ledger; exit 1 where they differ. --repair counts them anew."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="make the totals right and say so in the trail")

    def handle(self, *args: Any, **options: Any) -> None:
        found = recounting.repair() if options["repair"] else recounting.differences()
        for wrong in found:
            self.stderr.write(wrong)
        if found and options["repair"]:
            self.stdout.write(f"{len(found)} totals were wrong and are repaired")
        elif found:
            raise CommandError(f"{len(found)} totals are wrong: run recount_books --repair")
        else:
            self.stdout.write("the totals are what the ledger holds")
