from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from donations.models import MonthlyGiftChange
from donations.services.privacy import ErasureHeldError, erase_subject, find_subject
from office.pledges_of import pledges_of


class Command(BaseCommand):
    help = "Forgets a donor: ends what still charges at Stripe, then takes address, names and words out of every row."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the donor's address")
        parser.add_argument("--why", default="asked for", help="for the audit trail; never a name or an address")

    def handle(self, *args: Any, email: str, why: str, **options: Any) -> None:
        donor = find_subject(email)
        if donor is None and not pledges_of(email):
            raise CommandError("Nobody is known by this address.")
        if donor:
            try:
                kept = erase_subject(donor, by=MonthlyGiftChange.By.STAFF, why=why)
            except ErasureHeldError as error:
                raise CommandError(f"Nothing was erased: {error}") from error
            self.stdout.write(f"{donor.public_id} is erased.")
            for receipt in kept:
                self.stdout.write(f"The law wants receipt {receipt.number} kept until {receipt.kept_until}.")
        if count := pledges_of(email):
            raise CommandError(f"{count} pledges of this address are not erased by this.", returncode=3)
