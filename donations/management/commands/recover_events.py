import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from donations import gateway
from donations.services.recovery import STRIPE_KEEPS, recover_events


class Command(BaseCommand):
    help = (
        "Fetches the events that no webhook brought from Stripe's list, page by page; safe at any time, also beside "
        "Stripe's own retries and while another one runs. The worker does it every hour for the last hours."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=STRIPE_KEEPS.days, help="how far back, at most 30")

    def handle(self, *, days: int, **options: Any) -> None:
        if not 1 <= days <= STRIPE_KEEPS.days:
            raise CommandError("Stripe keeps events for 30 days: --days must be 1 to 30.")
        try:
            recovered = recover_events(timezone.now() - dt.timedelta(days=days))
        except gateway.GatewayError as error:
            raise CommandError(
                f"Stripe's list of events cannot be read: {error}. What was read is stored; run it again."
            ) from error
        self.stdout.write(f"{recovered.listed} events in Stripe's list, {recovered.new} of them were new.")
