import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from donations.services.privacy import export_subject, find_subject
from office.pledges_of import pledges_of


class Command(BaseCommand):
    help = "Writes everything that is kept about a donor, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the donor's address")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        donor = find_subject(email)
        if donor is None and not pledges_of(email):
            raise CommandError("Nobody is known by this address.")
        self.stdout.write(json.dumps(export_subject(donor) if donor else {}, ensure_ascii=False, indent=2))
        if count := pledges_of(email):
            raise CommandError(
                f"This is the donor's part only: {count} pledges of this address are not in it.", returncode=3
            )
