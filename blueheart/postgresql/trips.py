"""Several statements in one round trip, for the few acts that are done thousands of times an hour.

A statement that the ORM writes is put together anew at each call; these are written once. All that holds for the ORM's
statements holds for them: transactions, rollbacks, what a test counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Field, Model


@dataclass(frozen=True)
class Statement:
    """SQL with its values."""

    sql: str
    values: Sequence[Any] = ()


def send(*statements: Statement) -> list[tuple[Any, ...]]:
    """Run the statements in their order, in one round trip, and return the rows of the last one.

    Each sees what those before it did and what others have committed meanwhile: a lock that one takes holds for the
    next. Outside of a transaction they are one of their own.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "; ".join(statement.sql for statement in statements),
            [value for statement in statements for value in statement.values],
        )
        return cursor.fetchall() if cursor.description else []


def insert(row: Model, *, then: str = "") -> Statement:
    """What inserts this row as `save` would, without asking for its id; `then` is the ON CONFLICT of it."""
    sql, fields = _columns(type(row), row.pk is not None)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    return Statement(f"{sql} {then}", values)


@cache
def _columns(model: type[Model], with_id: bool) -> tuple[str, list["Field[Any, Any]"]]:
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    fields = [field for field in fields if with_id or not field.primary_key]
    names = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    return f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({places})', fields
