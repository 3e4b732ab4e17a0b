from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from donations.services.privacy import ErasureHeldError
from office.privacy.subjects import NobodyKnownError, SomethingRemainsError, erase

REMAINS = 3


class Command(BaseCommand):
    help = (
        "Forgets a person: ends what still charges at Stripe, then takes address, names and words out of gifts and"
        " pledges. Ends with 3 where something remains, and says what."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the person's address")
        parser.add_argument("--why", default="asked for", help="for the audit trail; never a name or an address")

    def handle(self, *args: Any, email: str, why: str, **options: Any) -> None:
        try:
            for line in erase(email, why=why):
                self.stdout.write(line)
        except NobodyKnownError as error:
            raise CommandError("Nobody is known by this address.") from error
        except ErasureHeldError as error:
            raise CommandError(f"Nothing was erased: {error}") from error
        except SomethingRemainsError as error:
            raise CommandError(f"This remains: {error}.", returncode=REMAINS) from error
