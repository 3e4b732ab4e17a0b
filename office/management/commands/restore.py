from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from office.backups import erased, keys, making, restoring
from office.backups.errors import BackupError


class Command(BaseCommand):
    help = (
        "Brings a backup back. Shows what it would do, until --into says the database's name. --check tries it in a "
        "scratch server instead, and touches nothing else."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the backup")
        parser.add_argument("--key", type=Path, required=True, help="the file with the private key")
        parser.add_argument("--check", action="store_true", help="restore it into a scratch server, and look")
        parser.add_argument("--into", metavar="DATABASE", default="", help="do it: the database's name, typed")
        parser.add_argument("--replace", action="store_true", help="drop what that database holds")
        parser.add_argument(
            "--erasures", type=Path, default=settings.BACKUP_DIR / erased.ERASED,
            help="who was forgotten since: the newest erased.jsonl",
        )  # fmt: skip
        parser.add_argument("--by", default="", metavar="USERNAME", help="your account here, for the audit trail")
        parser.add_argument("--without-erasures", action="store_true", help="there is no such list")
        parser.add_argument("--erase-again", action="store_true", help="only go on with the erasures of a restore")

    def handle(self, *, file: Path, key: Path, **options: Any) -> None:
        try:
            identities = keys.identities(key)
            if options["check"]:
                found = making.check(file, identities)
                self.stdout.write(
                    f"{file} is whole: {sum(found.rows.values())} rows of {found.made_at}, books and trail are true"
                )
            else:
                self._restore(file, identities, options)
        except (BackupError, OSError, DatabaseError) as error:
            raise CommandError(" ".join(str(error).split())) from error

    def _restore(self, file: Path, identities: list[Any], options: dict[str, Any]) -> None:
        notes = None if options["without_erasures"] else options["erasures"]
        plan = restoring.plan(file, identities, notes=notes)
        for line in plan.lines():
            self._say(line)
        if options["erase_again"]:
            restoring.erase_again_and_open(plan, self._say, by=options["by"])
        elif options["into"]:
            restoring.restore(
                plan, identities, into=options["into"], is_replacing=options["replace"], say=self._say, by=options["by"]
            )
        else:
            self._say(f"Nothing was done. To do it, add: --into {plan.database}{' --replace' if plan.tables else ''}")
            return
        self.stdout.write("The database is restored, its books and its trail are true. What is left:")
        for line in restoring.what_is_left(plan.manifest.made_at):
            self.stdout.write(line)

    def _say(self, line: str) -> None:
        self.stderr.write(line, self.style.NOTICE)
