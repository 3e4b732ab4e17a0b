"""Several statements in one round trip, rows written and read without the ORM's statements."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blueheart.post.models import Message
from blueheart.postgresql.trips import Statement, insert, read, send
from blueheart.site_settings.models import SiteSetting
from pledges.models import Pledge
from tests.pledges.factories import PledgeFactory

pytestmark = pytest.mark.django_db


def test_statements_see_what_those_before_them_did_and_the_last_ones_rows_come_back():
    with CaptureQueriesContext(connection) as queries:
        rows = send(
            Statement("INSERT INTO limits_pause (scope, key, until) VALUES (%s, 'k', now())", ["100%"]),
            Statement("UPDATE limits_pause SET key = %s WHERE scope = %s", ["other", "100%"]),
            Statement("SELECT scope, key FROM limits_pause"),
        )

    assert rows == [("100%", "other")]
    assert len(queries) == 1


def test_statement_that_fails_takes_those_before_it_along():
    message = Message(kind="x", cause="once", subject_id=1, language="en")

    with pytest.raises(IntegrityError), transaction.atomic():
        send(insert(message), insert(message))

    assert Message.objects.count() == 0


def test_row_is_inserted_as_save_would():
    saved, sent = (Message(kind="x", cause=cause, subject_id=7, language="pt") for cause in ("saved", "sent"))
    saved.save()
    assert send(insert(sent, then="RETURNING cause")) == [("sent",)]

    names = [field.attname for field in Message._meta.concrete_fields]
    fields = [name for name in names if name not in {"id", "cause", "created_at", "next_attempt_at"}]
    first, second = Message.objects.order_by("pk").values(*fields)
    assert first == second
    assert timezone.now() - Message.objects.get(cause="sent").created_at < dt.timedelta(minutes=1)


@pytest.mark.parametrize("value", [["a", {"b": None}], "text", 7, {"on": True}])
def test_json_is_written_as_json(value):
    send(insert(SiteSetting(key="k", value=value)))

    assert SiteSetting.objects.get().value == value


def test_row_comes_back_as_it_was_saved():
    pledge = PledgeFactory(source_ip="2001:db8::1", words="Ю", words_status="waiting", is_16_or_older=True)
    [(row,)] = send(Statement("SELECT row_to_json(pledge)::text FROM pledges_pledge AS pledge"))

    found = read(Pledge, row)

    assert found == pledge
    assert {name: getattr(found, name) for name in vars(found) if name != "_state"} == {
        name: getattr(Pledge.objects.get(), name) for name in vars(found) if name != "_state"
    }
    assert not found._state.adding
