"""`manage.py recount_pledges`: do the tallies say what counting every confirmed pledge says?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from blueheart.metrics.of_workers import tell_check
from pledges.services import counting


class Command(BaseCommand):
    help = "Compare the tallies with the confirmed pledges; exit 1 where they differ. --repair makes the tallies right."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="book the differences and say so in the trail")

    def handle(self, *args: Any, **options: Any) -> None:
        found = counting.repair() if options["repair"] else list(counting.differences())
        tell_check("pledges", 0 if options["repair"] else len(found))
        for wrong in found:
            self.stderr.write(str(wrong))
        if found and options["repair"]:
            self.stdout.write(f"{len(found)} tallies were wrong and are repaired")
        elif found:
            raise CommandError(f"{len(found)} tallies are wrong: run recount_pledges --repair")
        else:
            self.stdout.write("the tallies count what they should")
