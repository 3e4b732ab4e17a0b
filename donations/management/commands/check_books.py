from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from blueheart.metrics.of_workers import tell_check
from donations.books import LONGEST_LIST, Check, Finding, findings
from donations.models import ReconciliationFinding
from donations.services.reconciliation import reconcile_all


class Command(BaseCommand):
    help = (
        "Checks every rule of money (I1 to I12) against the database; ends with 1 and names what breaks one. "
        "With --stripe it also asks Stripe for everything that ever moved and holds it against the books (I13); "
        "reconcile_stripe does that for some days only."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--stripe", action="store_true", help="compare with Stripe, too (I13)")

    def handle(self, *, stripe: bool = False, **options: Any) -> None:
        count = len(findings(self._report))
        tell_check("books", count)
        if stripe:
            count += self._ask_stripe()
        if count:
            raise CommandError(f"The books are not true: {count} findings.")
        self.stdout.write(self.style.SUCCESS("The books are true."))

    def _report(self, check: Check, broken: list[Finding]) -> None:
        self._say(check.name, check.rule, [finding.what for finding in broken])

    def _ask_stripe(self) -> int:
        said: list[str] = []

        def note(finding: ReconciliationFinding) -> None:
            if len(said) < LONGEST_LIST:
                said.append(f"{finding.kind} {finding.stripe_id}: {finding.what}")

        run = reconcile_all(report=note)
        if run.failure:
            said.append(f"Stripe cannot be asked: {run.failure}")
        self._say("I13", "the Stripe part of the ledger is what Stripe says moved", said)
        return run.found + bool(run.failure)

    def _say(self, name: str, rule: str, broken: list[str]) -> None:
        self.stdout.write(f"{'not true' if broken else 'true':8}  {name:4} {rule}")
        for what in broken:
            self.stdout.write(f"          {what}")
