"""The way back from a backup, in the order in which nobody sees what should not be seen.

The application's role gets its rights last: until who was forgotten is forgotten again, no web server can read a row.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection as default_connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from blueheart.postgresql.owner import as_owner, grant
from blueheart.trail.record import record
from donations.services.privacy import ErasureHeldError
from office.backups import archive, erased, keeping, programs
from office.backups.errors import BackupError
from office.backups.loading import Say, bring_up_to_date, differences, load, media_missing, refuse_newer, untruths
from office.backups.manifest import Manifest

STRIPE_KEEPS_DAYS = 30


@dataclass(frozen=True)
class Plan:
    """What a restore would do: nothing of it is done yet."""

    path: Path
    manifest: Manifest
    database: str
    tables: int
    others: int
    media: Path
    notes: list[erased.Note]
    noted_until: dt.datetime | None

    def lines(self) -> list[str]:
        """In words."""
        found = self.manifest
        until = f", noted until {self.noted_until:%Y-%m-%d %H:%M} UTC" if self.noted_until else ""
        return [
            f"{self.path} was made at {found.made_at} by release {found.version} {found.commit[:12]}".rstrip(),
            f"of PostgreSQL {found.postgresql}: {len(found.rows)} tables, {sum(found.rows.values())} rows, "
            f"media: {found.media}; the trail's last seal is {found.seal}",
            f"It would go into the database {self.database}, which has {self.tables} tables, and {self.media}.",
            f"{len(self.notes)} erasures are known{until}; those that came after the backup are done again.",
        ]


def plan(path: Path, identities: Sequence[Any], *, notes: Path | None) -> Plan:
    """Read the backup from beginning to end, and look where it would go. Raises `BackupError`."""
    found = archive.read(path, identities)
    refuse_newer(found)
    known = erased.read(notes) if notes else []
    with as_owner() as connection:
        tables, others = _looked_at(connection)
        database = str(connection.settings_dict["NAME"])
    until = erased.noted_until(notes.parent) if notes else None
    return Plan(path, found, database, tables, others, Path(settings.MEDIA_ROOT), known, until)


def restore(plan: Plan, identities: Sequence[Any], *, into: str, is_replacing: bool, say: Say, by: str = "") -> None:
    """Do it. The database is empty before, unless its name was typed and what it holds is to go.

    The restored trail says that it was done, with which file, and by which account of the staff where `by` names one.

    Raises `BackupError`: what it says tells whether the database is as it was, or is not to be opened yet.
    """
    if into != plan.database:
        raise BackupError(f"The database is {plan.database}, not {into}: nothing was done.")
    if plan.others:
        raise BackupError(f"{plan.others} others are connected to {into}: stop web servers and workers first.")
    if plan.tables and not is_replacing:
        raise BackupError(
            f"{into} is not empty ({plan.tables} tables): nothing was done. --replace drops what it holds."
        )
    application = default_connection.settings_dict.copy()
    with as_owner() as connection:
        if plan.tables:
            _empty(connection)
        say("Restoring the database and the media…")
        load(plan.path, identities, into=connection, media=plan.media, server=programs.server_major(connection))
        wrong = differences(plan.manifest, connection) + media_missing(plan.manifest, plan.media)
        _refuse(wrong)
        bring_up_to_date()
        _forget_again(plan, "backup.restored", by, say)
        say("Checking the books and the trail…")
        _refuse(untruths())
        _open(connection, application, say)


def replay(notes: Sequence[erased.Note]) -> int:
    """Forget again who was forgotten after the backup; returns of how many rows. Raises `BackupError`."""
    try:
        return erased.erase_again(notes)
    except ErasureHeldError as held:
        raise BackupError(
            f"Somebody who was forgotten is back, and Stripe cannot be asked to end what charges them: {held}. "
            "Leave the site closed; run this again with --erase-again when Stripe answers."
        ) from held


def erase_again_and_open(plan: Plan, say: Say, *, by: str = "") -> None:
    """Go on where a restore could not forget somebody again. Raises `BackupError`."""
    application = default_connection.settings_dict.copy()
    with as_owner() as connection:
        _forget_again(plan, "backup.erased-again", by, say)
        _refuse(untruths())
        _open(connection, application, say)


def _forget_again(plan: Plan, act: str, by: str, say: Say) -> None:
    """Forget people, and leave a line in the trail: where that was not possible, that is in it as well."""
    count: int | None = None
    try:
        count = replay(plan.notes)
    finally:
        actor = User.objects.filter(username=by).first() if by else None
        detail = {"on": "server", "sha256": keeping.sum_of(plan.path), "made_at": plan.manifest.made_at}
        record(act, actor=actor, detail=detail | {"emptied_rows": count})
    say(f"{count} rows were emptied of people who had been forgotten since.")
    if by and actor is None:
        say(f"There is no account {by} here: the trail names nobody who did it.")


def what_is_left(made_at: str) -> list[str]:
    """What is to be done before the site opens, in words and commands."""
    days = max(1, (timezone.now() - dt.datetime.fromisoformat(made_at)).days + 1)
    steps = [
        "Erasures that waited for a second person, or came after the last note, are in the mails of the privacy desk.",
        "Start one worker, not the web servers. Then, for what happened at Stripe since:",
        f"  manage.py recover_events --days {min(days, STRIPE_KEEPS_DAYS)}",
        f"  manage.py recover_gifts --days {days}",
    ]
    if days > STRIPE_KEEPS_DAYS:
        steps.append(f"  manage.py recover_movements --days {days}")
    return [*steps, "  manage.py check_books --stripe", "Then start the web servers, and make a backup."]


def _open(connection: BaseDatabaseWrapper, application: dict[str, Any], say: Say) -> None:
    if settings.DATABASE_OWNER:
        say(grant(connection, application["USER"], application["PASSWORD"]))


def _looked_at(connection: BaseDatabaseWrapper) -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm')"
            " AND relnamespace = 'public'::regnamespace"
        )
        tables = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return tables, cursor.fetchone()[0]


def _empty(connection: BaseDatabaseWrapper) -> None:
    """Nothing is left in the schema, nor of rights that would open what is restored at once: pg_restore makes it."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS public CASCADE")
        cursor.execute("CREATE SCHEMA public")


def _refuse(wrong: Sequence[str]) -> None:
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise BackupError(f"The database was restored, but is not true: {wrong[0]}{more}. Do not open the site.")
