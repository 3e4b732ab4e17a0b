"""What a process has to know to tell whether its pages are still true, read in one query."""

from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from blueheart.pages.noting import CONTENT, NUMBERS


class Versions(NamedTuple):
    """How often content was changed, how often a tally was, and the newest rows that lists begin with.

    Where there are replicas, also how far the log of all changes was: a replica that has followed it so far knows at
    least what this one tells. One that is a standby is such a replica, and not a database that somebody writes to.
    """

    content: int
    numbers: int
    newest: tuple[Any, ...]
    log: int = 0
    is_standby: bool = False

    @property
    def shown(self) -> tuple[Any, ...]:
        """What pages depend on."""
        return self[:3]

    def knows(self, other: "Versions") -> bool:
        """Whether pages made from here are at least as new as those words. The log goes on without any change that
        pages show, and its last lines may not have been sent yet: then the words are the same."""
        return self.log >= other.log or self.shown == other.shown


# A commit that this statement sees has written its line by then; on a standby what is followed is seen already.
LOG = """
    (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END - '0/0')::bigint,
    pg_is_in_recovery()
"""
SUM = "(SELECT coalesce(sum(changes), 0)::bigint FROM pages_version WHERE topic = %s)"
_newest: list[QuerySet[Any]] = []


def begins_with(rows: QuerySet[Any]) -> None:
    """Renew pages with counts also when the first of these rows is another one: before its window counts it.

    The rows are one column of a query that an index answers.
    """
    _newest.append(rows[:1])


def read() -> Versions:
    """The versions as of now."""
    parts, values = [SUM, SUM], [CONTENT, NUMBERS]
    for rows in _newest:
        sql, params = rows.query.sql_with_params()
        parts.append(f"({sql})")
        values += params
    parts.append(LOG if settings.DATABASE_REPLICAS else "0, false")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        content, numbers, *newest, log, is_standby = cursor.fetchone()
    return Versions(content, numbers, tuple(newest), log, is_standby)
