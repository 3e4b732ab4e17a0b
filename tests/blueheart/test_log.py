"""The log tells what went wrong; it names nobody, and opens nobody's page."""

import io
import logging

import pytest
from django.conf import settings
from django.db import DataError, IntegrityError, connection
from django.test import Client

from blueheart import tokens
from blueheart.log import LineFormatter

logger = logging.getLogger("a.place")
DORA = "dora.donor+gift@example.org"


@pytest.fixture
def written():
    """What stands in the log so far, as production writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter())
    logging.getLogger().addHandler(handler)
    yield stream.getvalue
    logging.getLogger().removeHandler(handler)


def said_of(error, written):
    try:
        raise error
    except type(error):
        logger.exception("something broke")
    return written()


def test_every_line_of_every_logger_is_written_by_the_same_rules():
    """Neither Django's mails to ADMINS with variables and forms, nor its server's lines with whole addresses."""
    names = [None, "django", "django.server", "django.request", "django.security", "axes", *settings.LOGGING["loggers"]]
    handlers = [handler for name in names for handler in logging.getLogger(name).handlers]
    of_ours = [handler for handler in handlers if not type(handler).__module__.startswith("_pytest")]

    assert [type(handler.formatter) for handler in of_ours if handler.stream] == [LineFormatter]
    assert all(logging.getLogger(name).propagate for name in settings.LOGGING["loggers"])


@pytest.mark.parametrize(("method", "status"), [("post", 403), ("put", 405)])
def test_refused_request_to_a_mailed_link_is_logged_without_its_token(written, method, status):
    """Sam's browser keeps no cookies: the link in the mail is still good, so it may not stand in the log."""
    token, _digest = tokens.mint()
    sam = Client(enforce_csrf_checks=method == "post")

    answer = getattr(sam, method)(f"/en/pledge/confirm/{token}/")

    assert answer.status_code == status
    assert token not in written()
    assert "/en/pledge/confirm/…/" in written()


def test_page_that_breaks_is_logged_with_its_place_and_without_the_token(written, monkeypatch):
    token, _digest = tokens.mint()
    monkeypatch.setattr("pledges.services.confirming.pledge_behind", lambda token, **how: {}[token])

    Client(raise_request_exception=False).get(f"/en/pledge/confirm/{token}/")

    assert token not in written()
    assert "Internal Server Error: /en/pledge/confirm/…/" in written()
    assert "builtins.KeyError: '…'" in written()
    assert 'pledges/views/confirming.py", line' in written()


def test_other_addresses_are_logged_as_they_are(written, db):
    Client().get("/en/news/a-long-story-about-many-things-that-were-done/")

    assert "Not Found: /en/news/a-long-story-about-many-things-that-were-done/" in written()


def test_row_that_the_database_refuses_is_not_in_the_log(written, db):
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE donor (email text CONSTRAINT one_row_per_donor UNIQUE, born date)")
        cursor.execute("INSERT INTO donor VALUES (%s)", [f"Dora {DORA}"])
        for values, kind in ([f"Dora {DORA}", None], IntegrityError), (["x", "Dora Donor"], DataError):
            cursor.execute("SAVEPOINT before")
            try:
                cursor.execute("INSERT INTO donor VALUES (%s, %s)", values)
            except kind as error:
                logger.exception("the row of %s was refused: %s", DORA, error)
                logger.warning("in one line: %s", " ".join(str(error).split()))
            cursor.execute("ROLLBACK TO SAVEPOINT before")

    assert "dora" not in written().lower()
    assert 'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "one_row_per_donor"' in (
        written()
    )
    assert "psycopg2.errors.InvalidDatetimeFormat: invalid input syntax for type date: …" in written()


def test_errors_of_a_chain_are_all_told_and_none_of_their_secrets(written):
    token, _digest = tokens.mint()
    try:
        try:
            raise KeyError(token)
        except KeyError as error:
            raise ValueError(f"no mail to {DORA}") from error
    except ValueError:
        logger.exception("it failed for %s", DORA)

    assert token not in written()
    assert DORA not in written()
    assert written().index("builtins.KeyError: '…'") < written().index("builtins.ValueError: no mail to …")


def test_nobody_forges_a_line_or_moves_the_readers_cursor(written):
    forged = "x\n2026-01-01 00:00:00,000 INFO a.place - all is well\r\x1b[2J\u2028\u202e"

    logger.warning("asked for %s", forged)
    said_of(ValueError(forged), written)

    lines = written().splitlines()
    assert [line for line in lines if line.startswith("2026-01-01")] == []
    assert len([line for line in lines if not line.startswith("    ")]) == 2
    assert set(written()) & set("\r\x1b\u2028\u202e") == set()
    assert r"asked for x\n2026-01-01" in lines[0]


def test_what_tells_seals_events_and_constraints_apart_can_be_read(written):
    kept = ["f" * 60 + "01ab", "evt_1QyZabcdEFGHijkl01234567", "refunds_never_exceed_what_was_charged_in_all"]

    logger.info("%s and %s and %s", *kept)

    assert [name for name in kept if name not in written()] == []


@pytest.mark.parametrize(
    "secret",
    [
        "cs_test_" + "a1B2" * 12,
        "sk_test_" + "4eC39HqLyjWD" * 3,
        "postgres://portal:hunter2@db/portal",
        f"to:{DORA}",
        "dora%40example.org",
    ],
)
def test_secrets_of_others_than_ours_are_not_in_the_log(written, secret):
    logger.warning("it was %s", secret)

    assert secret not in written()
    assert "hunter2" not in written()


def test_text_with_a_percent_sign_and_no_arguments_is_logged(written):
    logger.warning("100 % of it")

    assert "100 % of it" in written()
