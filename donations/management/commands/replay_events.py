from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from donations.models import StripeEvent
from donations.services.inbox import process_again


class Command(BaseCommand):
    help = (
        "Puts Stripe events back for the worker: the shelved ones, those of a type, or single ones. Effects are unique."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("event", nargs="*", help="Stripe's id of an event (evt_…)")
        parser.add_argument("--shelved", action="store_true", help="all that are shelved")
        parser.add_argument("--type", help="all of a type, such as checkout.session.completed")

    def handle(self, *, event: list[str], shelved: bool, type: str | None, **options: Any) -> None:
        if not (event or shelved or type):
            raise CommandError("Say which events: ids, --shelved or --type.")
        chosen = StripeEvent.objects.all()
        if event:
            chosen = chosen.filter(stripe_event_id__in=event)
        if shelved:
            chosen = chosen.filter(status=StripeEvent.Status.SHELVED)
        if type:
            chosen = chosen.filter(type=type)
        self.stdout.write(f"{process_again(chosen, why='replay_events')} events are due again.")
