"""Statements that keep people waiting stand in the log, without what stood in them."""

import time

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from psycopg2.sql import SQL, Literal

from blueheart import request_ids
from blueheart.post.models import Message
from blueheart.postgresql import slow
from tests.blueheart.postgresql.conftest import kill
from tests.logged import logged

SLOW = "blueheart.postgresql.slow"
DORA = "dora@example.org"


@pytest.fixture
def written():
    with logged() as found:
        yield found


def ask(sql, values=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def test_a_slow_statement_is_told_without_its_values(db, settings, written):
    settings.SLOW_QUERY_SECONDS = 0.05

    ask("SELECT pg_sleep(%s), %s AS mail, 'Dora Donor' AS name", [0.06, DORA])

    (line,) = written.of(SLOW)
    assert line["level"] == "WARNING"
    assert 0.06 <= line["seconds"] < 10
    assert line["sql"] == "SELECT pg_sleep(%s), %s AS mail, '…' AS name"
    assert "dora" not in written.text.lower()


def test_a_fast_one_is_not(db, settings, written):
    settings.SLOW_QUERY_SECONDS = 30.0

    ask("SELECT 1")

    assert written.lines == []


def test_zero_logs_none(db, settings, written):
    settings.SLOW_QUERY_SECONDS = 0

    ask("SELECT pg_sleep(0.05)")
    with transaction.atomic():
        Message.objects.filter(pk=0).update(tries=1)

    assert written.lines == []


def test_it_stands_beside_the_request_it_belongs_to(db, settings, written):
    settings.SLOW_QUERY_SECONDS = 1e-9

    Client().get("/en/about/")

    assert {line["request_id"] for line in written.of(SLOW)} == {request_ids.current()}
    assert any("campaigns_campaign" in line["sql"] for line in written.of(SLOW))


def test_what_the_orm_writes_has_no_value_of_a_row_in_it(db, settings, written):
    settings.SLOW_QUERY_SECONDS = 1e-9

    rows = [Message(kind=f"canary-{number}", next_attempt_at=timezone.now()) for number in range(3)]
    list(Message.objects.filter(kind__in=[row.kind for row in rows], reason__icontains="canary").order_by("pk")[:7])
    Message.objects.filter(kind__startswith="canary").update(reason="canary")

    assert len(written.of(SLOW)) == 2
    assert "canary" not in written.text


def test_a_commit_that_waits_counts(committed_db, settings, written):
    settings.SLOW_QUERY_SECONDS = 1e-9

    with transaction.atomic():
        ask("SELECT 1")

    assert [line["sql"] for line in written.of(SLOW)][-1] == "COMMIT"


def test_a_statement_that_the_server_gave_up_is_told(db, settings, written):
    settings.SLOW_QUERY_SECONDS = 0.05

    with pytest.raises(Exception, match="statement timeout"), transaction.atomic():
        ask("SET LOCAL statement_timeout = 100; SELECT pg_sleep(5)")

    assert [line["sql"] for line in written.of(SLOW)] == ["SET LOCAL statement_timeout = 100; SELECT pg_sleep(5)"]


def test_a_connection_that_is_lost_is_no_slow_statement(committed_db, settings, written):
    settings.SLOW_QUERY_SECONDS = 1e-9
    ask("SELECT 1")
    before = len(written.of(SLOW))
    kill(connection.connection)

    with pytest.raises(Exception, match=r"terminat|closed"):
        ask("SELECT 2")

    assert len(written.of(SLOW)) == before
    connection.close()


def test_what_is_counted_by_tests_and_pages_is_timed_as_well(db, settings, written, django_assert_num_queries):
    settings.SLOW_QUERY_SECONDS = 1e-9

    with django_assert_num_queries(1):
        ask("SELECT %s", [DORA])

    assert [line["sql"] for line in written.of(SLOW)] == ["SELECT %s"]


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT a\n  FROM b -- Dora's\n WHERE c = %s", "SELECT a FROM b WHERE c = %s"),
        ("SELECT 'Dora''s' , \"it's\", 'x'", "SELECT '…' , \"it's\", '…'"),
        (r"SELECT 'C:\', 'Dora'", "SELECT '…', '…'"),
        (r"SELECT E'O\'Dora', 1", "SELECT '…', 1"),
        ("SELECT $a$ Dora's $a$, $$Dora$$, 2", "SELECT '…', '…', 2"),
        ("SELECT /* Dora */ 1 WHERE a = 'Dora", "SELECT 1 WHERE a = '…'"),
        ("a IN (%s, %s, %s)", "a IN (%s, …)"),
        ("VALUES (%s, %s), (%s, %s), (%s, %s)", "VALUES (%s, …), …"),
    ],
)
def test_texts_and_comments_are_taken_out(sql, told):
    assert slow.template(sql) == told


def test_a_long_one_is_cut_and_one_that_holds_its_values_is_not_told():
    assert len(slow.template("x" * 5000)) == slow.MOST_CHARACTERS + 1
    assert slow.template(SQL("SELECT {}").format(Literal(DORA))) == "a Composed"


def test_reading_a_long_statement_takes_no_time():
    begun = time.perf_counter()
    slow.template("SELECT " + "'a' || \"b\" -- c\n, " * 20_000)
    slow.template("'" * 100_001)
    slow.template("(" * 100_000)
    assert time.perf_counter() - begun < 5
