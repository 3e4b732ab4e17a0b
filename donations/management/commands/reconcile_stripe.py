import datetime as dt
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from donations.models import ReconciliationFinding
from donations.services.reconciliation import DEFAULT_DAYS, reconcile

NOT_EQUAL, NOT_ASKED = 1, 2


def moment(text: str) -> dt.datetime:
    """A day or a moment, UTC where it names no zone."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is no day or moment such as 2026-10-31 or 2026-10-31T12:00") from error
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


class Command(BaseCommand):
    help = (
        "Compares the books with Stripe's own list of balance transactions and payouts, and changes nothing: what is "
        "missing here, missing there, or different. Ends with 0 when they are equal, 1 with findings, 2 when Stripe "
        "cannot be asked. The last 15 minutes are left out, for their events may still be on the way. It takes the "
        "Stripe account for the portal's own: what else moves its balance is reported as missing here. "
        "check_books --stripe compares everything from the first posting on (I13)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, help=f"how many days back (default {DEFAULT_DAYS})")
        parser.add_argument("--since", type=moment, help="first moment, instead of --days")
        parser.add_argument("--until", type=moment, help="moment before which to stop (default 15 minutes ago)")
        parser.add_argument("--verbose", action="store_true", help="name every finding, not only how many")

    def handle(
        self,
        *,
        days: int | None = None,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        verbose: bool = False,
        **options: Any,
    ) -> None:
        if days is not None and (since or days < 1):
            raise CommandError("Say either --since or --days of 1 or more.", returncode=NOT_ASKED)
        if days is not None:
            since = (until or timezone.now()) - dt.timedelta(days=days)
        run = reconcile(since=since, until=until, report=self._report if verbose else None)
        self.stdout.write(
            f"{run.compared} compared from {run.since:%Y-%m-%d %H:%M} to {run.until:%Y-%m-%d %H:%M} UTC: "
            f"{run.missing_here} missing here, {run.missing_there} missing at Stripe, {run.different} different, "
            f"{run.waiting} under way."
        )
        if run.failure:
            raise CommandError(f"Stripe cannot be asked: {run.failure}", returncode=NOT_ASKED)
        if run.found:
            raise CommandError(f"The books and Stripe differ: {run.found} findings.", returncode=NOT_EQUAL)
        self.stdout.write(self.style.SUCCESS("The books are what Stripe says."))

    def _report(self, finding: ReconciliationFinding) -> None:
        self.stdout.write(f"{finding.kind:14}{finding.stripe_id}  {finding.what}")
