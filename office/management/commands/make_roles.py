from typing import Any

from django.core.management.base import BaseCommand, CommandError

from office.making_roles import Change, UnknownPermissionError, make_roles


class Command(BaseCommand):
    help = "Give every role the permissions that office/roles.py says; `migrate` does it too."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changes = list(filter(None, make_roles()))
        except UnknownPermissionError as error:
            raise CommandError(str(error)) from error
        for change in changes:
            self._tell(change)
        if not changes:
            self.stdout.write("Every role is as the table says.")

    def _tell(self, change: Change) -> None:
        self.stdout.write(f"{change.role.name}{': new' if change.is_new else ''}")
        for sign, names in (("+", change.given), ("-", change.taken)):
            for name in names:
                self.stdout.write(f"  {sign} {name}")
