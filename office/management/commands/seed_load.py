"""`manage.py seed_load`: millions of made-up hearts and gifts in a database of their own."""

import datetime as dt
import time
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from blueheart.days import utc_today
from office.seeding import desk, gifts, hearts
from office.seeding.databases import SeedingError, fresh, hurry, take_care


class Command(BaseCommand):
    help = (
        "Make a database on the portal's server and fill it with made-up pledges and gifts, to measure at size. A "
        "database of this name is made anew if this command made it, and refused otherwise."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", required=True, metavar="NAME", help="never the portal's own")
        parser.add_argument("--pledges", type=int, default=0, metavar="N")
        parser.add_argument("--donations", type=int, default=0, metavar="N")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same rows on the same day")

    def handle(self, *, database: str, pledges: int, donations: int, seed: int, **options: Any) -> None:
        self.began = time.monotonic()
        until = dt.datetime.combine(utc_today(), dt.time(), dt.UTC)
        try:
            with fresh(database):
                self._fill(pledges, donations, seed, until)
        except SeedingError as error:
            raise CommandError(str(error)) from error
        self._say(f"{database} is ready: DATABASE_URL or EMBEDDED_PG_DIR as here, with this name")

    def _fill(self, pledges: int, donations: int, seed: int, until: dt.datetime) -> None:
        call_command("migrate", verbosity=0)
        call_command("load_content", "--index-later", stdout=self.stdout)
        if not hurry():
            self._say("the triggers work at every batch: this role may not put them off")
        hearts.load(pledges, seed=seed, until=until, say=self._say)
        gifts.load(donations, seed=seed, until=until, say=self._say)
        desk.load(self._say)
        take_care()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def _say(self, what: str) -> None:
        self.stdout.write(f"{time.monotonic() - self.began:7.1f} s  {what}")
