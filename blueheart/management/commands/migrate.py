from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from blueheart.postgresql.owner import as_owner, grant


class Command(migrate.Command):
    """Django's own, as the tables' owner where there is one; afterwards the application's role has what it needs."""

    def check(self, *args: Any, **options: Any) -> None:
        """Of a new database the owner alone can be asked: the application's role is made at the end."""
        with as_owner(*(options.get("databases") or ())):
            super().check(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        alias = options["database"]
        application = connections[alias].settings_dict.copy()
        with as_owner(alias) as connection:
            super().handle(*args, **options)
            if connection.settings_dict.get("IS_OWNER") and not (options["plan"] or options["check_unapplied"]):
                said = grant(connection, application["USER"], application["PASSWORD"])
                if options["verbosity"]:
                    self.stdout.write(said)
