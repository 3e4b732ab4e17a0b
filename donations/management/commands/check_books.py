from typing import Any

from django.core.management.base import BaseCommand, CommandError

from donations.books import Check, Finding, findings


class Command(BaseCommand):
    help = "Checks every rule of money against the database; ends with 1 and names what breaks one."

    def handle(self, *args: Any, **options: Any) -> None:
        found = findings(self._report)
        if found:
            raise CommandError(f"The books are not true: {len(found)} findings.")
        self.stdout.write(self.style.SUCCESS("The books are true."))

    def _report(self, check: Check, broken: list[Finding]) -> None:
        self.stdout.write(f"{'not true' if broken else 'true':8}  {check.name:4} {check.rule}")
        for finding in broken:
            self.stdout.write(f"          {finding.what}")
