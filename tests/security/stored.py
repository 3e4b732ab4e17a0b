"""All that the database keeps, to look for what it must not keep."""

from collections.abc import Iterator

from django.db import connection

TABLES = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace ORDER BY 1"


def stored() -> Iterator[tuple[str, str]]:
    """Each row of each table, as text, with the table's name."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT kept::text FROM "{table}" AS kept')
            yield from ((table, row) for (row,) in cursor.fetchall())


def tables_with(*secrets: str) -> set[str]:
    return {table for table, row in stored() if any(secret in row for secret in secrets)}
