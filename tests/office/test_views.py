"""What machines and browsers ask for by themselves."""

import datetime as dt
import json
import logging

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, connection
from django.test import Client
from django.utils import timezone

from blueheart.post.models import Message
from donations.models import StripeEvent
from office import health
from office.worker import beat


def test_healthz_looks_at_nothing(client):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert not answer.cookies


def waiting_mail(minutes: int) -> Message:
    return Message.objects.create(
        kind="pledge-confirm",
        cause=f"pledge-confirm:{minutes}",
        subject_id=1,
        language="en",
        next_attempt_at=timezone.now() - dt.timedelta(minutes=minutes),
    )


def test_readyz_tells_how_worker_and_queues_are(client, db):
    beat()
    waiting_mail(5)
    waiting_mail(-5)
    waiting_mail(20).done(status=Message.Status.SENT)

    answer = client.get("/readyz")

    assert answer.status_code == 200
    report = answer.json()
    assert report["ready"] is True
    assert report["unsent_mail"] == 2
    assert 300 <= report["outbox_age"] <= 305
    assert 0 <= report["worker_heartbeat_age"] <= 2
    assert report["unapplied_migrations"] == 0
    assert answer.headers["Cache-Control"] == "private, no-store"


def test_readyz_tells_strangers_numbers_and_nothing_else(client, db):
    """As CONTRACT says; no version, no address, no name, no error's text."""
    beat()
    waiting_mail(5)

    report = client.get("/readyz").json()

    assert set(report) == set(health.Readiness.__annotations__) == {
        "ready", "unapplied_migrations", "worker_heartbeat_age", "outbox_age", "unsent_mail", "inbox_age",
        "unprocessed_events", "last_webhook_at",
    }  # fmt: skip
    assert {type(value) for name, value in report.items() if name != "last_webhook_at"} <= {bool, int, type(None)}
    assert report["last_webhook_at"] is None or dt.datetime.fromisoformat(report["last_webhook_at"])


def test_readyz_tells_of_the_inbox_and_the_last_webhook(client, db):
    now = timezone.now()
    for number, source in enumerate(["webhook", "poll"]):
        StripeEvent.objects.create(
            stripe_event_id=f"evt_{number}",
            payload="{}",
            source=source,
            received_at=now - dt.timedelta(minutes=9 - number),
            next_attempt_at=now - dt.timedelta(minutes=2),
        )

    report = client.get("/readyz").json()

    assert report["unprocessed_events"] == 2
    assert 120 <= report["inbox_age"] <= 125
    assert report["last_webhook_at"] == (now - dt.timedelta(minutes=9)).isoformat(timespec="seconds")


def test_readyz_is_200_where_only_the_worker_is_missing(client, db):
    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["worker_heartbeat_age"]) == (200, None)


def test_readyz_is_503_while_a_migration_is_not_applied(client, db, monkeypatch):
    monkeypatch.setattr(health, "_known", health._migrations_of_the_code() | {("pledges", "9999_later")})

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()["ready"], answer.json()["unapplied_migrations"]) == (503, False, 1)


def test_readyz_costs_few_queries_however_much_waits(client, db, django_assert_max_num_queries):
    for minutes in range(30):
        waiting_mail(minutes)
    client.get("/readyz")

    with django_assert_max_num_queries(8):
        client.get("/readyz")


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("the database did not answer within 5 s"),
        DatabaseError("gone\nx"),
        DatabaseError(""),
        ImproperlyConfigured("PostgreSQL did not start"),
    ],
)
def test_readyz_is_503_without_a_database_and_says_no_more_than_that(client, monkeypatch, error):
    def fail():
        raise error

    monkeypatch.setattr("office.views.readiness", fail)

    answer = client.get("/readyz")

    assert (answer.status_code, answer.json()) == (503, {"ready": False, "database": "does not answer"})


def test_readyz_gives_up_on_a_frozen_database_at_the_deadline(client, committed_db, settings):
    """Another session holds the table for ever, as a frozen server does; the client's deadline ends the wait."""
    settings.DATABASE_DEADLINE_SECONDS = 0.5
    holder = connection.copy()
    connection.close()
    try:
        with holder.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE post_message IN ACCESS EXCLUSIVE MODE")
        assert client.get("/readyz").status_code == 503
    finally:
        holder.close()
        settings.DATABASE_DEADLINE_SECONDS = None
        connection.close()

    assert client.get("/readyz").status_code == 200


CLASSIC = {
    "csp-report": {
        "document-uri": "https://blueheart.example/en/pledge/confirm/SECRET/",
        "violated-directive": "script-src 'self'",
        "blocked-uri": "https://evil.example/x.js?token=SECRET",
    }
}
MODERN = [
    {"type": "csp-violation", "url": "/SECRET", "body": {"effectiveDirective": "img-src", "blockedURL": "data"}}
]  # fmt: skip


def report(client: Client, body: object, **kwargs):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post("/csp-report/", data, content_type="application/csp-report", **kwargs)


@pytest.fixture
def logged(caplog):
    caplog.set_level(logging.WARNING, logger="office.views")
    return lambda: [record.getMessage() for record in caplog.records if record.name == "office.views"]


def test_report_of_a_browser_is_one_line_without_any_address_of_ours(client, db, logged):
    assert report(client, CLASSIC).status_code == 204

    assert logged() == [
        "a page was refused something by its policy: "
        "violated-directive=script-src?'self' blocked-uri=https://evil.example"
    ]


def test_report_of_a_newer_browser_is_read_too(client, db, logged):
    report(client, MODERN)

    assert logged() == ["a page was refused something by its policy: effectiveDirective=img-src blockedURL=data"]


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{", b"\xff\xfe", b"[" * 16_000, b'"csp-report"', b'{"csp-report": 7}', b"[[[]]]",
     b"1" * 5000, b'{"csp-report": {"blocked-uri": {"a": 1}, "violated-directive": ["x"]}}',
     b'{"csp-report": {"blocked-uri": "http://[::1"}}'],
)  # fmt: skip
def test_hostile_report_is_taken_in_and_forgotten(client, db, body):
    assert report(client, body).status_code == 204


def test_report_cannot_write_a_second_line(client, db, logged):
    report(
        client, {"csp-report": {"blocked-uri": "inline\n2026-01-01 ERROR root all is lost\x1b[31m", "x": "y" * 9000}}
    )

    (line,) = logged()
    assert "\n" not in line
    assert "\x1b" not in line
    assert len(line) < 200


def test_report_with_a_number_too_long_to_read_is_no_error(client, db):
    assert report(client, b'{"csp-report": ' + b"9" * 6000 + b"}").status_code == 204


def test_report_that_is_too_big_is_refused_unread(client, db, logged):
    assert report(client, b"x" * (16 * 1024 + 1)).status_code == 413
    assert logged() == []


@pytest.mark.parametrize("length", ["x", "-1", ""])
def test_report_with_a_wrong_length_is_no_error(client, db, length):
    assert report(client, b"{}", CONTENT_LENGTH=length).status_code == 204


def test_reports_of_one_source_are_limited(client, db, logged):
    for _n in range(30):
        assert report(client, CLASSIC).status_code == 204

    assert len(logged()) == 20


def test_report_needs_no_token_and_no_other_method(client, db):
    assert Client(enforce_csrf_checks=True).post("/csp-report/", b"{}", content_type="text/plain").status_code == 204
    assert client.get("/csp-report/").status_code == 405


def test_robots_are_not_told_where_the_office_is(client, settings):
    text = client.get("/robots.txt").content.decode()

    assert "Disallow: /*/pledge/confirm/" in text
    assert settings.ADMIN_PATH.strip("/") not in text


def test_security_txt_names_a_contact_and_is_not_out_of_date(client):
    answer = client.get("/.well-known/security.txt")

    lines = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert lines["Contact"] == "mailto:hello@localhost"
    expires = dt.datetime.fromisoformat(lines["Expires"])
    assert dt.timedelta(days=30) < expires - timezone.now() < dt.timedelta(days=365)
