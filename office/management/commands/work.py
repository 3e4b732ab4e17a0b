import signal
from argparse import ArgumentParser
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection, connections

from blueheart.log import catch_uncaught
from blueheart.metrics import of_workers
from blueheart.postgresql.roles import judge_at_start
from blueheart.queue import stopping
from office.jobs import lanes
from office.worker import work, work_once

DEADLINE_SECONDS = 60.0


class Command(BaseCommand):
    help = "Sends mail, processes Stripe's events, counts and cleans up, until it gets SIGTERM or Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due until nothing is left, then end")

    def handle(self, *, once: bool, **options: Any) -> None:
        catch_uncaught()
        judge_at_start(connection)
        if once:
            self.stdout.write(f"done: {work_once(lanes())}")
            return
        # A worker may wait longer for the database than a visitor; connections made from here on keep to it.
        settings.DATABASE_DEADLINE_SECONDS = settings.DATABASE_DEADLINE_SECONDS or DEADLINE_SECONDS
        connections.close_all()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stop)
        of_workers.begin()
        self.stdout.write("The worker is at work.")
        self.stdout.flush()
        work(lanes())
        self.stdout.write("The worker has ended.")


def _stop(number: int, frame: FrameType | None) -> None:
    stopping.set()
