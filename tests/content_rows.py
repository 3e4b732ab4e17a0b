"""The rows that the content files bring, read from them once per process and put back within a test's transaction.

Loading judges and writes each row by itself, over a second; putting them back takes one statement per table.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from campaigns import content


@dataclass(frozen=True)
class ContentRows:
    """Per table its columns and its rows as JSON, in PostgreSQL's own words; their ids; the pictures that were kept."""

    tables: dict[str, tuple[str, str]]
    sequences: list[tuple[str, int]]
    media: Path

    def put_back(self) -> None:
        """All rows under their old ids, which the tables' sequences pass first, and their pictures."""
        with connection.cursor() as cursor:
            for name, value in self.sequences:
                cursor.execute(f'SELECT setval(%s, greatest(last_value, %s)) FROM "{name}"', [f'"{name}"', value])
            for table, (columns, rows) in self.tables.items():
                records = f'json_populate_recordset(NULL::"{table}", %s)'
                cursor.execute(f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM {records}', [rows])
        shutil.copytree(self.media, settings.MEDIA_ROOT, dirs_exist_ok=True)


def read_content_rows(media: Path) -> ContentRows:
    """Load the files, take all that they brought, and undo it."""
    media.mkdir()
    with override_settings(MEDIA_ROOT=media), transaction.atomic():
        before = _filled_tables()
        content.load()
        brought = _filled_tables()
        assert before.items() <= brought.items(), "content was loaded into a table that migrations fill"
        tables = {table: rows_of(table) for table in brought.keys() - before.keys()}
        transaction.set_rollback(True)
    with connection.cursor() as cursor:  # what a sequence gave is not undone
        cursor.execute(
            "SELECT sequencename, last_value FROM pg_sequences WHERE sequencename = ANY(%s) AND last_value IS NOT NULL",
            [[f"{table}_id_seq" for table in tables]],
        )
        return ContentRows(tables, cursor.fetchall(), media)


def _filled_tables() -> dict[str, int]:
    """The tables that hold rows, with their number."""
    with connection.cursor() as cursor:
        counts = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return {table: count for table, count in counts.items() if count}


def rows_of(table: str) -> tuple[str, str]:
    """The columns that are not computed by the database, and all rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
        (columns,) = cursor.fetchone()
        cursor.execute(f'SELECT json_agg(row)::text FROM (SELECT {columns} FROM "{table}") AS row')
        return columns, cursor.fetchone()[0]
