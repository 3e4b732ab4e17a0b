"""A database that was made for loads of made-up rows, and the quick way into it."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, models
from django.db.utils import ProgrammingError

from blueheart.postgresql import deadline

MADE_BY_US = "made by manage.py seed_load, and dropped by it"
NAME = re.compile(r"[a-z][a-z0-9_]{0,50}")
NULL = r"\N"
ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


class SeedingError(ValueError):
    """The database is not one that may be filled; the message says why, in a line."""


@contextmanager
def fresh(name: str) -> Iterator[None]:
    """Make the database anew on the portal's server, and let all that Django does go there until the end.

    Raises `SeedingError` for the portal's own database, and for one of this name that was not made here.
    """
    own = str(connection.settings_dict["NAME"])
    if not NAME.fullmatch(name):
        raise SeedingError("name it by small letters, digits and _, beginning with a letter")
    if name in (own, "postgres", "template0", "template1", settings.DATABASES["default"]["NAME"]):
        raise SeedingError(f"{name} is not ours to fill: name another database, which will be made")
    _make(name)
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own


def _make(name: str) -> None:
    with connection._nodb_cursor() as cursor:  # as Django makes test databases
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
        found = cursor.fetchone()
        if found and found[0] != MADE_BY_US:
            raise SeedingError(f"there is a database {name} that this command did not make: it is left alone")
        if found:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
        cursor.execute(f"COMMENT ON DATABASE \"{name}\" IS '{MADE_BY_US}'")


def hurry() -> bool:
    """Let this session load in bulk: no timeouts, no wait for the disk, and no triggers but those of money.

    The guards of money are in force always. Returns False where the role may not put the others off: then they work
    at every batch, which is slower and comes to the same.
    """
    connection.ensure_connection()
    deadline.install(None)  # psycopg2 refuses COPY while answers have a deadline
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0; SET synchronous_commit = off")
        cursor.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '128MB'")
        try:
            cursor.execute("SET session_replication_role = replica")
        except ProgrammingError:
            return False
    return True


def take_care() -> None:
    """Have every trigger and every check of this session work again."""
    with connection.cursor() as cursor:
        cursor.execute("RESET session_replication_role")


@contextmanager
def without_indexes(*tables: str) -> Iterator[None]:
    """Drop the indexes of these tables that no constraint needs, and build them in one go at the end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " LEFT JOIN pg_constraint ON conindid = indexrelid"
            " WHERE indrelid = ANY(%s::regclass[]) AND pg_constraint.oid IS NULL",
            [list(tables)],
        )
        found = cursor.fetchall()
        for name, _definition in found:
            cursor.execute(f"DROP INDEX {name}")
    yield
    with connection.cursor() as cursor:
        for _name, definition in found:
            cursor.execute(definition)


def copy(model: type[models.Model], columns: Iterable[str], rows: Iterable[str]) -> int:
    """COPY lines of these columns in the text format; others have their defaults. Returns how many there were."""
    given = list(columns)
    rest = defaults(model, given)
    tail = "".join(f"\t{value}" for value in rest.values()) + "\n"
    lines = _Lines(row + tail for row in rows)
    with connection.cursor() as cursor:
        names = ", ".join(f'"{name}"' for name in (*given, *rest))
        cursor.cursor.copy_expert(f"COPY {model._meta.db_table} ({names}) FROM STDIN", lines, 1 << 18)
    return lines.count


def defaults(model: type[models.Model], given: Iterable[str]) -> dict[str, str]:
    """What the other columns of a row are when nobody says anything else, as COPY writes it."""
    known = set(given)
    return {
        str(field.column): text_of(field.get_db_prep_save(field.get_default(), connection))
        for field in model._meta.concrete_fields
        if field.column not in known and not field.generated and not field.primary_key
    }


def insert(model: type[models.Model], given: Mapping[str, str], source: str) -> int:
    """INSERT what the expressions of `given` make of the rows of `source`; other columns have their defaults."""
    rest = defaults(model, given)
    names = ", ".join(f'"{name}"' for name in (*given, *rest))
    fixed = ["NULL" if value == NULL else "'{}'".format(value.replace("'", "''")) for value in rest.values()]
    values = ", ".join([*given.values(), *fixed])
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {values} {source}")
        return int(cursor.rowcount)


def text_of(value: object) -> str:
    """A value as COPY reads it."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    return str(value).translate(ESCAPED)


class _Lines(io.RawIOBase):
    """Lines as the file that psycopg2 reads from, made as they are asked for."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = iter(lines)
        self.count = 0
        self.rest = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        parts, length = [self.rest], len(self.rest)
        for line in self.lines:
            part = line.encode()
            parts.append(part)
            self.count += 1
            length += len(part)
            if length >= size:
                break
        whole = b"".join(parts)
        self.rest = whole[size:]
        return whole[:size]
