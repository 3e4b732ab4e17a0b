import contextlib
import time
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2.errorcodes import LOCK_NOT_AVAILABLE

from blueheart.postgresql.owner import as_owner, grant

LOCK_SECONDS = 5.0
TRIES, PAUSE_SECONDS = 10, 5.0  # others pass meanwhile


class Command(migrate.Command):
    """Django's own, as the tables' owner where there is one; afterwards the application's role has what it needs.

    It waits for a table's lock only for a moment, for behind it everybody else who wants the table would wait, too;
    then it lets them pass and tries again.
    """

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--lock-timeout", type=float, default=LOCK_SECONDS, metavar="SECONDS",
            help=f"step back where a table is not free for so long, and try again ({LOCK_SECONDS:g}; 0 waits)",
        )  # fmt: skip

    def check(self, *args: Any, **options: Any) -> None:
        """Of a new database the owner alone can be asked: the application's role is made at the end."""
        with as_owner(*(options.get("databases") or ())):
            super().check(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        application = connections[alias].settings_dict.copy()
        with as_owner(alias) as connection:
            for tries_left in reversed(range(TRIES)):
                try:
                    with _waiting_for(connection, options["lock_timeout"]):
                        super().handle(*args, **options)
                    break
                except OperationalError as error:
                    if not tries_left or getattr(error.__cause__, "pgcode", "") != LOCK_NOT_AVAILABLE:
                        raise
                    self.stderr.write(f"A table is not free: {tries_left} more tries, others first.")
                    time.sleep(PAUSE_SECONDS)
            if connection.settings_dict.get("IS_OWNER") and not (options["plan"] or options["check_unapplied"]):
                said = grant(connection, application["USER"], application["PASSWORD"])
                if options["verbosity"]:
                    self.stdout.write(said)


@contextlib.contextmanager
def _waiting_for(connection: BaseDatabaseWrapper, seconds: float) -> Iterator[None]:
    """Within, a statement that waits for a lock for longer ends with an error, after which the limit stays."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{round(seconds * 1000)}ms"])
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")
