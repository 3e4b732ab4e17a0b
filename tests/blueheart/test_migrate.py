"""A release goes out while somebody reads a long list: the migration steps back, and nobody queues behind it."""

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection


def test_migration_gives_up_where_a_table_is_not_free(committed_db):
    reader = connection.copy()
    reader.set_autocommit(False)
    try:
        with reader.cursor() as cursor:
            cursor.execute("LOCK TABLE django_migrations")
        with pytest.raises(OperationalError, match="lock timeout"):
            call_command("migrate", lock_timeout=0.2, verbosity=0)
    finally:
        reader.close()


def test_afterwards_the_connection_waits_as_before(committed_db):
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        before = cursor.fetchone()
        call_command("migrate", verbosity=0)
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == before
