"""The audit trail keeps what Ada did, and tells when Mallory altered it."""

import contextlib
import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from blueheart.trail.models import Entry, Seal
from blueheart.trail.record import kind_of, record
from blueheart.trail.sealing import broken_seals, last_seal, seal_closed_minutes
from donations.models import BankAccount
from pledges.models import InvalidationCase

pytestmark = pytest.mark.django_db


def past_entry(minutes_ago: int) -> Entry:
    at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=minutes_ago)
    return Entry.objects.create(action="pledge.hidden", at=at)


def settle_foreign_keys() -> None:
    """PostgreSQL wants no pending trigger when a table is altered or emptied; a commit would settle them too."""
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")


@contextlib.contextmanager
def as_the_owner():
    """What the owner of the database can do: switch the triggers off, and on again as if nothing had been."""
    settle_foreign_keys()
    with connection.cursor() as cursor:
        for table in ("trail_entry", "trail_seal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_keep_rows")
        yield cursor
        for table in ("trail_entry", "trail_seal"):
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_keep_rows")


def said(*args) -> str:
    out = StringIO()
    call_command("check_audit", *args, stdout=out)
    return out.getvalue()


def findings(*args) -> list[str]:
    told = StringIO()
    with pytest.raises(CommandError, match="the audit trail was altered"):
        call_command("check_audit", *args, stderr=told)
    return [line.split(": ")[-1] for line in told.getvalue().splitlines()]


@pytest.fixture
def sealed() -> list[Entry]:
    """Three minutes of the trail, two entries in the second, all sealed."""
    entries = [past_entry(10), past_entry(8), past_entry(8), past_entry(5)]
    assert seal_closed_minutes() in (3, 4)  # the two may stand on both sides of a minute's end
    return entries


@pytest.mark.parametrize(
    "statement",
    ["UPDATE trail_entry SET why = 'else'", "DELETE FROM trail_entry", "TRUNCATE trail_entry CASCADE"],
)
def test_entry_cannot_be_changed_even_by_the_owner(statement):
    record("pledge.hidden")

    settle_foreign_keys()
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute(statement)


def test_replicas_trigger_fires_too():
    """A superuser's `session_replication_role` switches ordinary triggers off; these stay."""
    record("pledge.hidden")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
            cursor.execute("UPDATE trail_entry SET why = 'else'")


def test_sealing_closes_past_minutes_once_and_leaves_the_running_one():
    past_entry(10)
    past_entry(5)
    record("pledge.hidden")

    assert seal_closed_minutes() == 2
    assert seal_closed_minutes() == 0
    assert list(broken_seals()) == []


@pytest.mark.parametrize(
    "change",
    [
        "why = 'nothing happened'", "action = 'pledge.shown'", "target_id = '18'", "target_type = 'x'", "detail = '[]'",
        "address = '192.0.2.1'", "at = at + interval '1 microsecond'", "id = 77777777",
    ],
)  # fmt: skip
def test_altered_entry_is_found_by_check_audit(sealed, change):
    with as_the_owner() as cursor:
        cursor.execute(f"UPDATE trail_entry SET {change} WHERE id = %s", [sealed[1].pk])

    assert findings() == ["an entry or an earlier seal was altered"]


def test_altered_actor_is_found(sealed, django_user_model):
    mallory = django_user_model.objects.create(username="mallory")
    with as_the_owner() as cursor:
        cursor.execute("UPDATE trail_entry SET actor_id = %s WHERE id = %s", [mallory.pk, sealed[0].pk])

    assert findings() == ["an entry or an earlier seal was altered"]


def test_deleted_entry_is_found(sealed):
    with as_the_owner() as cursor:
        cursor.execute("DELETE FROM trail_entry WHERE id = %s", [sealed[0].pk])

    assert findings() == ["1 entries were sealed, 0 are there"]


def test_entry_written_into_a_sealed_minute_is_found(sealed):
    Entry.objects.create(action="pledge.hidden", at=sealed[0].at)

    assert findings() == ["1 entries were sealed, 2 are there"]


@pytest.mark.parametrize("minutes_ago", [7, 20])
def test_entry_written_behind_a_seal_is_found(minutes_ago):
    past_entry(10)
    past_entry(4)
    seal_closed_minutes()
    past_entry(minutes_ago)

    assert findings() == ["entries were added after the next minute had been sealed"]


def test_altered_seal_is_found_and_so_is_a_chain_that_goes_on_from_it(sealed):
    first = Seal.objects.order_by("minute")[0]
    with as_the_owner() as cursor:
        cursor.execute("UPDATE trail_seal SET digest = %s WHERE id = %s", ["0" * 64, first.pk])

    assert findings() == ["an entry or an earlier seal was altered"] * 2


def test_deleted_seal_is_found(sealed):
    middle = Seal.objects.order_by("minute")[1]
    with as_the_owner() as cursor:
        cursor.execute("DELETE FROM trail_seal WHERE id = %s", [middle.pk])

    assert findings() == [
        "entries were added after the next minute had been sealed", "an entry or an earlier seal was altered"
    ]  # fmt: skip


def test_cut_off_end_is_found_by_the_seal_that_was_kept(sealed, tmp_path):
    kept = said("--last-seal")
    file = tmp_path / "backup.seal"
    file.write_text(f"backup of the day\n{kept}\n")
    assert said("--against", kept) == said("--against", str(file)) == said()

    with as_the_owner() as cursor:
        cursor.execute("DELETE FROM trail_seal WHERE minute = (SELECT max(minute) FROM trail_seal)")
        cursor.execute("DELETE FROM trail_entry WHERE id = %s", [sealed[-1].pk])

    assert "intact" in said()
    cut = "its end was cut off or written anew"
    assert findings("--against", kept) == findings("--against", str(file)) == [cut]


def test_trail_that_was_sealed_anew_is_not_the_one_that_was_kept(sealed):
    kept = said("--last-seal")
    with as_the_owner() as cursor:
        cursor.execute("UPDATE trail_entry SET why = 'nothing happened'")
        cursor.execute("DELETE FROM trail_seal")
    seal_closed_minutes()

    assert "intact" in said()
    assert len(findings("--against", kept)) == 1


def test_last_seal_is_one_line_with_its_minute_count_and_digest(sealed):
    seal = last_seal()

    assert said("--last-seal") == f"{sealed[-1].at:%Y-%m-%dT%H:%MZ} 1 {seal.digest}\n"


def test_trail_without_a_seal_has_none_to_keep():
    assert said("--last-seal") == "none\n"
    assert "intact" in said("--against", "none")


def test_line_that_is_no_seal_is_refused():
    with pytest.raises(CommandError, match="wants what --last-seal printed"):
        call_command("check_audit", "--against", "yesterday")


def test_check_audit_says_how_many_minutes_are_sealed():
    past_entry(10)
    seal_closed_minutes()

    assert said() == "the audit trail is intact: 1 sealed minutes\n"
    assert Seal.objects.count() == 1


def test_check_reads_the_trail_in_as_many_queries_however_many_minutes_it_has():
    for minutes in (20, 25, 30, 35, 40):
        past_entry(minutes)
    seal_closed_minutes()

    with CaptureQueriesContext(connection) as asked:
        assert list(broken_seals()) == []
    assert len(asked) <= 4


@pytest.mark.parametrize(("model", "kind"), [(BankAccount, "bank-account"), (InvalidationCase(), "invalidation-case")])
def test_acts_are_named_by_the_words_of_their_model(model, kind):
    assert kind_of(model) == kind


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"actor_id": 1}, "trail_entry_actor"),
        ({"address": "192.0.2.1"}, "trail_entry_address"),
        ({"target_type": "pledges.pledge", "target_id": "7"}, "trail_entry_target"),
        ({"action__startswith": "bank-line."}, "trail_entry_action"),
        ({"at__gte": dt.datetime(2026, 5, 1, tzinfo=dt.UTC)}, "trail_entry_at"),
    ],
)
def test_each_question_to_the_trail_has_an_index(asked, index):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = on")

    plan = Entry.objects.filter(**asked).order_by().explain()

    assert index in plan
