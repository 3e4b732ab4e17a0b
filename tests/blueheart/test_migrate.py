"""A release goes out while somebody reads a long list: the migration steps back, and nobody queues behind it."""

import io

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from blueheart.management.commands import migrate


@pytest.fixture
def reading(committed_db, monkeypatch):
    """Somebody has the table for as long as the test does not close it."""
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.1)
    reader = connection.copy()
    reader.set_autocommit(False)
    with reader.cursor() as cursor:
        cursor.execute("LOCK TABLE django_migrations")
    yield reader
    reader.close()


def test_migration_steps_back_where_a_table_is_not_free_and_tries_again(reading, monkeypatch):
    said = io.StringIO()
    monkeypatch.setattr(migrate.time, "sleep", lambda seconds: reading.close())  # meanwhile the reader is through

    call_command("migrate", lock_timeout=0.2, verbosity=0, stderr=said)

    assert said.getvalue() == "A table is not free: 9 more tries, others first.\n"


def test_migration_gives_up_at_last(reading, monkeypatch):
    monkeypatch.setattr(migrate, "TRIES", 2)

    with pytest.raises(OperationalError, match="lock timeout"):
        call_command("migrate", lock_timeout=0.2, verbosity=0, stderr=io.StringIO())


def test_afterwards_the_connection_waits_as_before(committed_db):
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        before = cursor.fetchone()
        call_command("migrate", verbosity=0)
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == before
