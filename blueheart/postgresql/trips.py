"""Several statements in one round trip, for the few acts that are done thousands of times an hour.

A statement that the ORM writes is put together anew at each call; these are written once. All that holds for the ORM's
statements holds for them: transactions, rollbacks, what a test counts.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, FileField, JSONField, Model

M = TypeVar("M", bound=Model)
PLAIN = {type(None), bool, int, str, dt.datetime}  # psycopg2 writes them as PostgreSQL reads them


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
    return Statement(f"{sql} {then}", [_value(row, name, field, is_plain) for name, field, is_plain in fields])


def values_of(row: Model, names: Iterable[str]) -> list[Any]:
    """The values of these columns as `save` would write them."""
    fields = _fields(type(row))
    return [_value(row, *fields[name]) for name in names]


def _value(row: Model, name: str, field: "Field[Any, Any]", is_plain: bool) -> Any:
    value = getattr(row, name)
    if is_plain and type(value) in PLAIN:
        return value
    return field.get_db_prep_save(field.pre_save(row, True), connection)


def read(model: type[M], row: str) -> M:
    """The row that PostgreSQL's `row_to_json` wrote, of all columns."""
    values = json.loads(row)
    fields = model._meta.concrete_fields
    return model.from_db(
        connection.alias,
        [field.attname for field in fields],
        [field.to_python(values[field.column]) for field in fields],
    )


@cache
def _columns(model: type[Model], with_id: bool) -> tuple[str, list[tuple[str, "Field[Any, Any]", bool]]]:
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    fields = [field for field in fields if with_id or not field.primary_key]
    names = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    sql = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES ({places})'  # noqa: S608  names of our own models
    return sql, [_fields(model)[str(field.column)] for field in fields]


@cache
def _fields(model: type[Model]) -> dict[str, tuple[str, "Field[Any, Any]", bool]]:
    """What `_value` wants to know of each column."""
    return {str(field.column): (field.attname, field, _is_plain(field)) for field in model._meta.concrete_fields}


def _is_plain(field: "Field[Any, Any]") -> bool:
    """Whether the field leaves a value of a plain type as it is."""
    is_stamp = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return not is_stamp and not isinstance(field, JSONField | FileField)
