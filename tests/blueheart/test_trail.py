"""The audit trail keeps what Ada did, and tells when Mallory altered it."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from blueheart.trail.models import Entry, Seal
from blueheart.trail.record import record
from blueheart.trail.sealing import broken_seals, seal_closed_minutes

pytestmark = pytest.mark.django_db


def past_entry(minutes_ago: int) -> Entry:
    at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes_ago)
    return Entry.objects.create(action="pledge.hidden", at=at)


def settle_foreign_keys() -> None:
    """PostgreSQL wants no pending trigger when a table is altered or emptied; a commit would settle them too."""
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "statement",
    ["UPDATE trail_entry SET why = 'else'", "DELETE FROM trail_entry", "TRUNCATE trail_entry CASCADE"],
)
def test_entry_cannot_be_changed_even_by_the_owner(statement):
    record("pledge.hidden")

    settle_foreign_keys()
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute(statement)


def test_sealing_closes_past_minutes_once_and_leaves_the_running_one():
    past_entry(10)
    past_entry(5)
    record("pledge.hidden")

    assert seal_closed_minutes() == 2
    assert seal_closed_minutes() == 0
    assert list(broken_seals()) == []


def test_altered_entry_is_found_by_check_audit():
    entry = past_entry(10)
    seal_closed_minutes()
    settle_foreign_keys()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE trail_entry DISABLE TRIGGER trail_entry_keep_rows")
        cursor.execute("UPDATE trail_entry SET why = 'nothing happened' WHERE id = %s", [entry.pk])
        cursor.execute("ALTER TABLE trail_entry ENABLE ALWAYS TRIGGER trail_entry_keep_rows")

    with pytest.raises(CommandError, match="1 findings"):
        call_command("check_audit", stderr=StringIO())


def test_entry_written_behind_a_seal_is_found():
    past_entry(10)
    past_entry(4)
    seal_closed_minutes()
    past_entry(7)

    assert [problem.split(": ")[1] for problem in broken_seals()] == [
        "entries were added after the next minute had been sealed"
    ]


def test_check_audit_says_how_many_minutes_are_sealed():
    past_entry(10)
    seal_closed_minutes()
    out = StringIO()

    call_command("check_audit", stdout=out)

    assert out.getvalue() == "the audit trail is intact: 1 sealed minutes\n"
    assert Seal.objects.count() == 1
