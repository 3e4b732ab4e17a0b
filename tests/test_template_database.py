"""The database that all tests start from."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests import template_database


def test_every_migration_is_in_the_copied_database(db):
    executor = MigrationExecutor(connection)

    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


def test_a_changed_migration_or_what_it_imports_is_another_database(monkeypatch):
    before = template_database.fingerprint()
    read = template_database.Path.read_bytes

    for changed in ("campaigns/migrations/__init__.py", "blueheart/append_only.py"):
        with monkeypatch.context() as patch:
            patch.setattr(
                template_database.Path,
                "read_bytes",
                lambda file: read(file) + b"#" * str(file).endswith(changed),  # noqa: B023
            )
            assert template_database.fingerprint() != before

    assert template_database.fingerprint() == before
