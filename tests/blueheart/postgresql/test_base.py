import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import InterfaceError, OperationalError, connections, transaction
from django.db.utils import ConnectionHandler

from blueheart.postgresql import deadline
from tests.blueheart.postgresql.conftest import kill, wait_until

PROJECT = Path(__file__).resolve().parents[3]
EMBEDDED = """
from django.conf import settings
settings.configure(
    DATABASES={"default": {"ENGINE": "blueheart.postgresql", "NAME": "blueheart", "EMBEDDED": True}},
    DATABASE_DEADLINE_SECONDS=5,
    SLOW_QUERY_SECONDS=0,
)
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
    print(*cursor.fetchone())
"""


@pytest.fixture
def connection(running, settings, django_db_blocker):
    """A connection as DATABASE_URL would give it, to a server that can be frozen."""
    settings.DATABASE_DEADLINE_SECONDS = 1
    address = {"HOST": str(running.cluster.run), "PORT": "5432", "USER": "blueheart", "NAME": "blueheart"}
    configured = ConnectionHandler({"default": {"ENGINE": "blueheart.postgresql", **address}}).settings["default"]
    connections.settings["spare"] = configured
    with django_db_blocker.unblock():
        yield connections["spare"]
        connections["spare"].close()
    del connections["spare"], connections.settings["spare"]
    deadline.install(None)


def answer(connection, sql="SELECT 42"):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def test_connection_that_met_a_frozen_backend_is_replaced(connection, freeze):
    freeze(answer(connection, "SELECT pg_backend_pid()"))

    with pytest.raises(OperationalError, match="did not answer"):
        answer(connection)

    assert answer(connection) == 42


def test_a_living_connection_is_known_without_asking_the_server(connection, freeze):
    backend = answer(connection, "SELECT pg_backend_pid()")
    freeze(backend)  # so that a question would not be answered

    assert connection.is_usable()


def test_a_connection_that_the_server_has_ended_is_replaced_before_a_request_uses_it(connection):
    first = answer(connection, "SELECT pg_backend_pid()")
    os.kill(first, signal.SIGTERM)
    wait_until(lambda: not Path(f"/proc/{first}").exists())

    assert not connection.is_usable()
    connection.health_check_enabled, connection.health_check_done = True, False
    assert answer(connection, "SELECT pg_backend_pid()") != first


def test_a_request_that_found_the_server_frozen_ends_without_asking_it_again(connection, running, freeze):
    freeze(answer(connection, "SELECT pg_backend_pid()"))
    freeze(running.postmaster())
    with pytest.raises(OperationalError, match="did not answer"):
        answer(connection)

    connection.close_if_unusable_or_obsolete()

    assert connection.connection is None


def test_frozen_backend_in_a_transaction_ends_it(connection, freeze):
    def give_two_answers():
        with transaction.atomic(using="spare"):
            freeze(answer(connection, "SELECT pg_backend_pid()"))
            with pytest.raises(OperationalError, match="did not answer"):
                answer(connection)
            answer(connection)

    with pytest.raises(InterfaceError):
        give_two_answers()
    assert answer(connection) == 42


def test_embedded_server_gives_up_slow_statements_before_the_deadline(checkout):
    done = subprocess.run(
        [sys.executable, "-c", EMBEDDED],
        cwd=PROJECT,
        env=checkout.environment | {"EMBEDDED_PG_DIR": str(checkout.home)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("4s 4500ms\n", "")


def test_manage_py_says_in_one_line_that_postgresql_is_missing(checkout):
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=PROJECT,
        env={"EMBEDDED_PG_BINDIR": "/nonexistent", "EMBEDDED_PG_DIR": str(checkout.home)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "apt install postgresql" in done.stderr


def test_rows_that_cannot_be_closed_say_that_the_database_is_away(connection):
    """Django reads long lists by a cursor on the server, and closing it past its own errors made a page a bare 500."""

    def close_rows_of_a_killed_connection() -> None:
        rows = connection.chunked_cursor()
        rows.execute("SELECT generate_series(1, 100)")
        kill(connection.connection)
        rows.close()

    with pytest.raises(OperationalError), transaction.atomic(using="spare"):
        close_rows_of_a_killed_connection()


def test_rows_come_by_and_by_in_a_transaction_and_leave_nothing_on_the_connection_outside_of_one(connection):
    """A pooler may hand the connection to somebody else between two statements."""

    def cursors_while_reading() -> int:
        with connection.chunked_cursor() as rows:
            rows.execute("SELECT generate_series(1, 100)")
            open_ones = answer(connection, "SELECT count(*) FROM pg_cursors")
            assert len(rows.fetchall()) == 100
        return open_ones

    assert cursors_while_reading() == 0
    with transaction.atomic(using="spare"):
        assert cursors_while_reading() == 1


def test_what_went_wrong_within_is_told_and_not_that_closing_went_wrong_too(connection):
    def read() -> None:
        with transaction.atomic(using="spare"), connection.chunked_cursor() as rows:
            rows.execute("SELECT generate_series(1, 100)")
            kill(connection.connection)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read()
