import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from donations import gateway
from donations.services.lost_gifts import recover_gifts


class Command(BaseCommand):
    help = (
        "After a backup came back: writes down the gifts that were paid at Stripe since and are not in our books, and "
        "puts the events back that were shelved for want of them. The worker books them. Safe to run twice."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=30, help="how old the backup may be")

    def handle(self, *, days: int, **options: Any) -> None:
        if days < 1:
            raise CommandError("--days counts from 1.")
        try:
            found = recover_gifts(timezone.now() - dt.timedelta(days=days))
        except gateway.GatewayError as error:
            raise CommandError(
                f"Stripe's list of pay pages cannot be read: {error}. What was read is written down; run it again."
            ) from error
        self.stdout.write(
            f"{found.listed} paid pages in Stripe's list: {found.written} gifts were lost and are written down again, "
            f"{found.events} events were put back for them."
        )
