"""What a process has to know to tell whether its pages are still true, read in one query."""

from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from blueheart.pages.noting import CONTENT, NUMBERS


class Versions(NamedTuple):
    """How often content was changed, how often a tally was, and the newest rows that lists begin with."""

    content: int
    numbers: int
    newest: tuple[Any, ...]


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
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        content, numbers, *newest = cursor.fetchone()
    return Versions(content, numbers, tuple(newest))
