"""The database of tests that commit is as it was when the next one begins."""

from django.contrib.auth.models import Group
from django.db import connection, connections

from blueheart.post.models import Message
from tests.donations.factories import donation


def a_mail() -> int:
    return Message.objects.create(kind="test-hello", cause="a test", subject_id=1, language="en").pk


def test_rows_sequences_and_what_migrations_brought_are_put_back(committed_db, kept_clone):
    names = sorted(Group.objects.values_list("name", flat=True))
    first = a_mail()
    donation("succeeded")  # entries of the ledger forbid to be deleted
    Group.objects.filter(name=names[0]).update(name="Mallory's")
    connections.close_all()

    assert kept_clone.put_back()

    assert sorted(Group.objects.values_list("name", flat=True)) == names
    assert a_mail() == first


def test_a_guard_that_is_off_asks_for_a_new_clone(committed_db, kept_clone):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE donations_ledgerentry DISABLE TRIGGER USER")
    connections.close_all()

    assert not kept_clone.put_back()


def test_a_connection_that_was_ended_is_made_anew(committed_db, kept_clone):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    connections.close_all()

    assert kept_clone.put_back()
