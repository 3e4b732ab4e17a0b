from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from blueheart.postgresql.owner import as_owner, grant


class Command(BaseCommand):
    help = (
        "Gives a role of the database what the web server and the worker need, and takes what is more. `migrate` does "
        "it for the role of DATABASE_URL where DATABASE_OWNER_URL is set. Safe to repeat."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", help="its name; made where the owner may make roles")

    def handle(self, *, role: str, **options: Any) -> None:
        application = connection.settings_dict
        password = application["PASSWORD"] if application["USER"] == role else ""
        with as_owner() as owner:
            self.stdout.write(grant(owner, role, password))
