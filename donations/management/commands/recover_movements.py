import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from donations import gateway
from donations.lost_movements import recover_movements


class Command(BaseCommand):
    help = (
        "For events that Stripe keeps no longer (30 days): books what moved its balance and is in no book, such as "
        "payments, refunds and payouts. Safe at any time, also twice. recover_events comes first: it brings more."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=90, help="how far back")

    def handle(self, *, days: int, **options: Any) -> None:
        if days < 1:
            raise CommandError("--days counts from 1.")
        now = timezone.now()
        try:
            found = recover_movements(now - dt.timedelta(days=days), now)
        except gateway.GatewayError as error:
            raise CommandError(
                f"Stripe's list of what moved cannot be read: {error}. What was booked is booked; run it again."
            ) from error
        self.stdout.write(
            f"{found.listed} movements in Stripe's list: {found.lost} were in no book, {found.booked} of them are "
            f"booked now, {found.left} wait for their payout or for a person."
        )
