"""The database of tests that commit: a clone of the migrated one, put back after each test instead of made anew.

A clone is some 1,500 files and costs 0.9 s of CPU. Putting back costs a fiftieth: rows that were added are deleted,
rows that migrations brought are compared, sequences and statistics start again. A test that changed more than rows, or
very many of them, gets its successor a new clone.
"""

import contextlib
import secrets
from collections.abc import Iterator
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from tests.content_rows import rows_of

MOST_BYTES = 8_000_000  # of one table; deleting more costs more than a new clone
TABLES = "SELECT oid, relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
# What a test may have changed besides rows: relations, triggers and whether they fire, constraints, functions.
SHAPE = """
SELECT md5(concat(
    (SELECT string_agg(concat_ws(' ', oid, relname, relkind, reloptions, relpersistence), ',' ORDER BY oid)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace),
    (SELECT string_agg(concat_ws(' ', oid, tgname, tgenabled, tgfoid), ',' ORDER BY oid) FROM pg_trigger),
    (SELECT string_agg(concat_ws(' ', oid, conname, convalidated), ',' ORDER BY oid) FROM pg_constraint),
    (SELECT string_agg(concat_ws(' ', indexrelid, indisvalid, indisunique), ',' ORDER BY indexrelid) FROM pg_index),
    (SELECT string_agg(concat_ws(' ', oid, md5(prosrc)), ',' ORDER BY oid) FROM pg_proc WHERE oid >= 16384),
    (SELECT string_agg(concat_ws(' ', attrelid, attname, atttypid, attnotnull), ',' ORDER BY attrelid, attnum)
        FROM pg_attribute WHERE attrelid >= 16384),
    (SELECT string_agg(setconfig::text, ',') FROM pg_db_role_setting)))
"""
SEQUENCES = """
SELECT schemaname || '.' || quote_ident(sequencename), coalesce(last_value, start_value), last_value FROM pg_sequences
"""
GUARDS = """
SELECT tgrelid, tgname, CASE tgenabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END FROM pg_trigger
    WHERE tgrelid = ANY(%s) AND NOT tgisinternal AND tgenabled <> 'D'
"""
FORGET = """
UPDATE pg_class SET reltuples = -1, relpages = 0, relallvisible = 0
    WHERE oid = ANY(%(oids)s) OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = ANY(%(oids)s))
"""


class KeptClone:
    """One per worker. The caller connects to `name` and closes its connections before it asks for `put_back`.

    That has a connection of its own, which stays: a new one learns all tables and sequences anew, for 0.1 s of CPU.
    """

    def __init__(self, template: str) -> None:
        self.template = template
        self.name = ""

    def make(self) -> None:
        self.name = f"{self.template}_{secrets.token_hex(4)}"
        with connection._nodb_cursor() as cursor:
            # Playwright's event loop gives this thread other connections than it had before; those are still open.
            _end_all(cursor, self.template)
            cursor.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}"')
        self.own = connection.copy()
        self.own.settings_dict["NAME"] = self.name

    def drop(self) -> None:
        self.own.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        self.name = ""

    def note(self) -> None:
        """Remember what a new clone holds."""
        with self._transaction() as cursor:
            self.shape = _one(cursor, SHAPE)
            cursor.execute(SEQUENCES)
            self.sequences = cursor.fetchall()
            cursor.execute(TABLES)
            self.tables = dict(cursor.fetchall())
            filled = _filled(cursor, self.tables, _sizes(cursor))
            self.brought = {oid: (_sum(cursor, self.tables[oid]), rows_of(self.tables[oid])) for oid in filled}

    def put_back(self) -> bool:
        """Make it as it was; says whether it could."""
        with self._transaction() as cursor:
            _end_all(cursor, self.name)
            sizes = _sizes(cursor)
            if max(sizes.values()) > MOST_BYTES or _one(cursor, SHAPE) != self.shape:
                return False
            cursor.execute("SET LOCAL session_replication_role = replica")  # no foreign keys, no append-only tables
            filled = _filled(cursor, self.tables, sizes)
            changed = [
                oid
                for oid in self.brought
                if oid not in filled or _sum(cursor, self.tables[oid]) != self.brought[oid][0]
            ]
            dirty = [oid for oid in filled if oid not in self.brought] + changed
            self._without_guards(cursor, dirty, changed)
            cursor.execute(SEQUENCES)
            for name, value, called in set(self.sequences) - set(cursor.fetchall()):
                cursor.execute("SELECT setval(%s, %s, %s)", [name, value, called is not None])
            touched = dirty + _analyzed(cursor, self.tables)
            cursor.execute(FORGET, {"oids": touched})
            cursor.execute("DELETE FROM pg_statistic WHERE starelid = ANY(%s)", [touched])
        return True

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Any]:
        try:
            self.own.set_autocommit(False)
            self.own.cursor().execute("SELECT")
        except (InterfaceError, OperationalError):  # a test has ended the server, or the connection
            self.own.close()
            self.own.set_autocommit(False)
        try:
            with self.own.cursor() as cursor:
                yield cursor
            self.own.commit()
        except BaseException:
            self.own.close()
            raise
        self.own.set_autocommit(True)

    def _without_guards(self, cursor: Any, dirty: list[int], changed: list[int]) -> None:
        """Delete and bring rows; the triggers that forbid it, whatever the session's role, are off meanwhile."""
        cursor.execute(GUARDS, [dirty])
        guards = cursor.fetchall()
        for oid, name, _how in guards:
            cursor.execute(f'ALTER TABLE "{self.tables[oid]}" DISABLE TRIGGER "{name}"')
        for oid in dirty:
            cursor.execute(f'DELETE FROM "{self.tables[oid]}"')
        for oid in changed:
            self._bring(cursor, oid)
        for oid, name, how in guards:
            cursor.execute(f'ALTER TABLE "{self.tables[oid]}" ENABLE {how} TRIGGER "{name}"')

    def _bring(self, cursor: Any, oid: int) -> None:
        table, (columns, rows) = self.tables[oid], self.brought[oid][1]
        records = f'json_populate_recordset(NULL::"{table}", %s)'
        cursor.execute(f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM {records}', [rows])


def _end_all(cursor: Any, name: str) -> None:
    cursor.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
        [name],
    )


def _one(cursor: Any, query: str) -> Any:
    cursor.execute(query)
    return cursor.fetchone()[0]


def _sizes(cursor: Any) -> dict[int, int]:
    """Bytes of each table, PostgreSQL's own too."""
    cursor.execute("SELECT oid, pg_relation_size(oid) FROM pg_class WHERE relkind = 'r'")
    return dict(cursor.fetchall())


def _filled(cursor: Any, tables: dict[int, str], sizes: dict[int, int]) -> list[int]:
    """The tables that hold any row."""
    cursor.execute(
        " UNION ALL ".join(
            f'SELECT {oid} WHERE EXISTS (SELECT FROM "{name}")' for oid, name in tables.items() if sizes.get(oid)
        )
    )
    return [oid for (oid,) in cursor.fetchall()]


def _analyzed(cursor: Any, tables: dict[int, str]) -> list[int]:
    """Tables of which a test, or autovacuum, made statistics."""
    cursor.execute("SELECT DISTINCT starelid FROM pg_statistic WHERE starelid = ANY(%s)", [list(tables)])
    return [oid for (oid,) in cursor.fetchall()]


def _sum(cursor: Any, table: str) -> str:
    return _one(cursor, f"SELECT md5(string_agg(row::text, E'\\n' ORDER BY row::text)) FROM \"{table}\" AS row")
