import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from donations import gateway
from donations.models import StripeEvent
from donations.services.inbox import take_in_all

STRIPE_KEEPS_DAYS = 30


class Command(BaseCommand):
    help = "Fetches the events that no webhook brought from Stripe's list; safe at any time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=STRIPE_KEEPS_DAYS, help="how far back, at most 30")

    def handle(self, *, days: int, **options: Any) -> None:
        if not 1 <= days <= STRIPE_KEEPS_DAYS:
            raise CommandError("Stripe keeps events for 30 days: --days must be 1 to 30.")
        since = timezone.now() - dt.timedelta(days=days)
        try:
            payloads = [event.payload for event in gateway.events_since(since)]
        except gateway.GatewayError as error:
            raise CommandError(f"Stripe's list of events cannot be read: {error}") from error
        recovered = take_in_all(payloads, source=StripeEvent.Source.RECOVERY)
        self.stdout.write(f"{len(payloads)} events in Stripe's list, {recovered} of them were new.")
