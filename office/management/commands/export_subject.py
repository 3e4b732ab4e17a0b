import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from office.privacy.subjects import NobodyKnownError, export


class Command(BaseCommand):
    help = "Writes everything that is kept about a person, in gifts and pledges, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the person's address")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            found = export(email)
        except NobodyKnownError as error:
            raise CommandError("Nobody is known by this address.") from error
        self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
