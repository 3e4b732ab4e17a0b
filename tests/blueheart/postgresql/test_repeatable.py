"""One statement, one round trip; and once more where the connection had died."""

import pytest
from django.db import InterfaceError, OperationalError, connection, transaction

from blueheart.postgresql.base import DatabaseWrapper
from blueheart.postgresql.repeatable import run_repeatable
from donations.services.inbox import take_in
from tests.blueheart.postgresql.conftest import kill

STATEMENT = "INSERT INTO site_settings_sitesetting (key, value) VALUES (%s, '1') ON CONFLICT DO NOTHING"


def test_it_says_how_many_rows_it_touched(db):
    assert [run_repeatable(STATEMENT, ["a"]), run_repeatable(STATEMENT, ["a"])] == [1, 0]


def test_a_connection_that_died_between_requests_is_replaced(committed_db):
    connection.ensure_connection()
    kill(connection.connection)

    assert run_repeatable(STATEMENT, ["a"]) == 1
    assert run_repeatable(STATEMENT, ["a"]) == 0


def test_within_a_transaction_nothing_is_run_again(committed_db):
    def cut_off():
        with transaction.atomic():
            kill(connection.connection)
            run_repeatable(STATEMENT, ["a"])

    with pytest.raises((OperationalError, InterfaceError)):
        cut_off()
    assert run_repeatable(STATEMENT, ["a"]) == 1


def test_what_the_server_refuses_is_not_tried_again(committed_db, django_assert_num_queries):
    with django_assert_num_queries(1), pytest.raises(OperationalError):
        run_repeatable("DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'query_canceled'; END $$", [])


def test_a_webhook_waits_for_the_database_once(committed_db, monkeypatch):
    connection.ensure_connection()
    connection.health_check_enabled, connection.health_check_done = True, False
    monkeypatch.setattr(DatabaseWrapper, "is_usable", lambda _self: pytest.fail("asked whether it lives"))

    take_in(b'{"object": "event", "id": "evt_1", "type": "a.b", "livemode": false}', source="webhook")
