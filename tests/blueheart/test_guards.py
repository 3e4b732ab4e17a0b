"""Triggers and sequences that migrations write in SQL: they can be taken back, and put in again."""

import importlib
import pkgutil

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations import RunSQL
from django.db.migrations.state import ProjectState

OURS = ("blueheart", "campaigns", "pledges", "donations", "office")


def migrations_in_sql() -> list[tuple[str, str]]:
    """The migrations of ours that are SQL and nothing else, each with the label of its app."""
    return [
        (app.label, f"{app.name}.migrations.{module.name}")
        for app in apps.get_app_configs()
        if app.name.split(".")[0] in OURS and importlib.util.find_spec(f"{app.name}.migrations")
        for module in pkgutil.iter_modules(importlib.import_module(f"{app.name}.migrations").__path__)
        if is_in_sql(f"{app.name}.migrations.{module.name}")
    ]


def is_in_sql(module: str) -> bool:
    operations = importlib.import_module(module).Migration.operations
    return bool(operations) and all(isinstance(operation, RunSQL) for operation in operations)


def names(what: str, table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {what} FROM {table}")
        return {name for (name,) in cursor.fetchall()}


def written() -> tuple[set[str], ...]:
    return (
        names("tgname", "pg_trigger WHERE NOT tgisinternal"),
        names("relname", "pg_class WHERE relkind = 'S'"),
        names("oid::regprocedure::text || ' ' || md5(prosrc)", "pg_proc WHERE pronamespace = 'public'::regnamespace"),
    )


def test_there_are_guards():
    assert {label for label, _module in migrations_in_sql()} >= {"donations", "pledges"}


@pytest.mark.django_db
@pytest.mark.parametrize(("label", "module"), migrations_in_sql())
def test_guards_go_back_and_come_again(label, module):
    operations, state = importlib.import_module(module).Migration.operations, ProjectState()
    before = written()

    with connection.schema_editor(atomic=False) as editor:
        for operation in reversed(operations):
            operation.database_backwards(label, editor, state, state)
    without = written()
    with connection.schema_editor(atomic=False) as editor:
        for operation in operations:
            operation.database_forwards(label, editor, state, state)

    assert without != before
    assert written() == before
