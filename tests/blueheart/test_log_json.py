"""In production a line of the log is an object that programs read; no line says more than one for people does."""

import json
import logging
import re
import sys
import threading
from types import SimpleNamespace

import psycopg2
import pytest
from django.conf import settings
from django.db import DataError, OperationalError, ProgrammingError, connection, transaction
from django.db.utils import InterfaceError
from django.test import Client

from blueheart import log, request_ids, tokens
from blueheart.log import LineFormatter
from blueheart.queue import stopping
from office.worker import Job, Lane
from tests.blueheart.test_settings import PRODUCTION, run, start
from tests.logged import logged

logger = logging.getLogger("a.place")
DORA = "dora.donor@example.org"
SHOUT = "import django, logging; django.setup(); logging.getLogger('a.place').warning('it is late')"


@pytest.fixture
def written():
    with logged() as found:
        yield found


def refuse(*_anything, **_named):
    """As Django tells of a connection that the server has ended."""
    try:
        raise psycopg2.OperationalError(f"terminating connection\nDETAIL: of {DORA}")
    except psycopg2.OperationalError as error:
        raise OperationalError(*error.args) from error


def test_a_line_says_when_where_and_for_which_request(client, written):
    client.get("/en/nowhere/")

    (line,) = written.lines
    assert list(line) == ["time", "level", "logger", "request_id", "message"]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    assert (line["level"], line["logger"]) == ("WARNING", "django.request")
    assert line["request_id"] == request_ids.current()
    assert line["message"] == "Not Found: /en/nowhere/"


def test_the_moment_is_in_utc_to_the_millisecond():
    record = logging.LogRecord("a", logging.INFO, "", 0, "said", (), None)
    record.created = 1_767_225_600.9996
    assert json.loads(log.JsonFormatter().format(record))["time"] == "2026-01-01T00:00:00.999Z"


def test_a_page_that_breaks_has_its_traceback_in_one_text_and_no_token(written, monkeypatch):
    token, _digest = tokens.mint()
    monkeypatch.setattr("pledges.services.confirming.pledge_behind", lambda token, **how: {}[token])

    Client(raise_request_exception=False).get(f"/en/pledge/confirm/{token}/")

    (line,) = written.lines
    assert line["message"] == "Internal Server Error: /en/pledge/confirm/…/"
    assert 'pledges/views/confirming.py", line' in line["traceback"]
    assert line["traceback"].endswith("\nbuiltins.KeyError: '…'")
    assert token not in written.text


def test_rows_mails_forged_lines_and_fields_are_as_plain_as_in_a_line_for_people(written, db):
    token, _digest = tokens.mint()
    values = [f"Dora {DORA}"]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT %s::date", values)
    except DataError as error:
        logger.exception("of %s: %s", DORA, error)
    logger.warning(
        'x\n{"time": "2026"}\u2028', extra={"fields": {"who": DORA, "link": token, "level": "forged", "n": 3}}
    )

    refused, forged = written.lines
    assert "dora" not in written.text.lower()
    assert token not in written.text
    assert refused["message"] == "of …: invalid input syntax for type date: …"
    assert "psycopg2.errors.InvalidDatetimeFormat: invalid input syntax for type date: …" in refused["traceback"]
    assert forged["message"] == 'x\\n{"time": "2026"}\\u2028'
    assert (forged["level"], forged["who"], forged["link"], forged["n"]) == ("WARNING", "…", "…", 3)


def test_people_read_the_same_fields_behind_the_words():
    record = logging.LogRecord("a", logging.INFO, "", 0, "said", (), None)
    record.fields = {"seconds": 1.5, "sql": "SELECT 1"}
    assert LineFormatter().format(record).endswith(' said seconds=1.5 sql="SELECT 1"')


@pytest.mark.parametrize(
    ("environment", "shape"),
    [
        ({}, "lines"),
        (PRODUCTION, "json"),
        ({"LOG_FORMAT": "json"}, "json"),
        (PRODUCTION | {"LOG_FORMAT": "lines"}, "lines"),
    ],
)
def test_production_writes_objects_and_development_lines_unless_it_is_told_otherwise(environment, shape):
    said = run(SHOUT, **environment)

    assert (said.returncode, said.stdout) == (0, "")
    if shape == "json":
        assert json.loads(said.stderr)["message"] == "it is late"
    else:
        assert re.fullmatch(r"20\d\d-\S+ \S+ WARNING a\.place - it is late\n", said.stderr)


def test_a_format_that_nobody_knows_stops_the_start():
    assert start(LOG_FORMAT="xml").stderr.splitlines()[-1].endswith("LOG_FORMAT must be json or lines.")


# While the database is away


def test_a_visitor_who_meets_an_outage_costs_one_short_line(written, monkeypatch):
    monkeypatch.setattr("campaigns.views.people.Campaign.objects.main", refuse)

    page = Client(raise_request_exception=False).get("/en/about/")

    assert page.status_code == 503
    (line,) = written.lines
    assert line["message"] == "Service Unavailable: /en/about/"
    assert "traceback" not in line
    assert re.fullmatch(
        r"psycopg2\.OperationalError: terminating connection; at campaigns\.views\.people:\d+", line["error"]
    )
    assert len(written.text) < 400


def test_a_page_that_is_wrong_keeps_its_traceback(written, monkeypatch):
    monkeypatch.setattr("campaigns.views.people.Campaign", None)
    Client(raise_request_exception=False).get("/en/about/")

    (line,) = written.lines
    assert line["message"] == "Internal Server Error: /en/about/"
    assert "error" not in line
    assert 'campaigns/views/people.py", line' in line["traceback"]


def test_a_statement_that_is_wrong_keeps_its_traceback(written, db):
    """What PostgreSQL does not understand is our mistake, and no outage."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT nothing_of_this_name")
    except ProgrammingError:
        logger.exception("it broke")

    (line,) = written.lines
    assert "psycopg2.errors.UndefinedColumn" in line["traceback"]


def test_lines_for_people_are_as_short(written):
    stream = logging.StreamHandler()
    stream.setFormatter(LineFormatter())
    told = []
    stream.emit = lambda record: told.append(stream.format(record))
    logger.addHandler(stream)
    try:
        refuse()
    except OperationalError:
        logger.exception("the job failed")
    finally:
        logger.removeHandler(stream)

    assert told[0].count("\n") == 0
    assert told[0].endswith("the job failed: psycopg2.OperationalError: terminating connection")


def test_an_outage_tells_each_error_once_and_the_first_first():
    def close():
        try:
            refuse()
        finally:
            raise InterfaceError("connection already closed")

    with pytest.raises(InterfaceError) as met:
        close()

    assert log.outage(met.value) == (
        "psycopg2.OperationalError: terminating connection; django.db.utils.InterfaceError: connection already closed"
    )


def test_a_lane_of_the_worker_waits_an_outage_out_in_single_lines_and_shows_its_own_mistakes(db, written, monkeypatch):
    monkeypatch.setattr("office.worker._reconnect", lambda: True)
    monkeypatch.setattr("office.worker.IDLE_SECONDS", 0.0)
    monkeypatch.setattr("office.worker.connection", SimpleNamespace(close=lambda: None))
    turns = iter([refuse, lambda: 1 / 0, refuse])

    def work():
        turn = next(turns, None)
        if turn is None:
            stopping.set()
            return 0
        return turn()

    lane = Lane("mail", [Job("send", work, every=0)])
    monkeypatch.setattr("office.worker._Pace.fail", lambda pace, **how: None)
    try:
        lane.run()
    finally:
        stopping.clear()

    away, broken, again = written.lines
    assert [line["message"] for line in (away, again)] == [
        "mail: the database did not do it: terminating connection"
    ] * 2
    assert not {"traceback", "error"} & (away.keys() | again.keys())
    assert broken["message"] == "the job send failed"
    assert broken["traceback"].endswith("builtins.ZeroDivisionError: division by zero")
    assert (broken["job"], broken["lane"]) == ("send", "mail")
    assert len({line["request_id"] for line in written.lines}) == 3


# What nobody catches


@pytest.fixture
def caught(monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    log.catch_uncaught()


def test_a_thread_that_dies_says_so_in_the_log_without_what_stood_in_a_row(written, caught, capsys):
    def die():
        raise psycopg2.DataError(f'invalid input syntax for type date: "{DORA}"')

    thread = threading.Thread(target=die, name="a-lane")
    thread.start()
    thread.join()

    (line,) = written.lines
    assert (line["level"], line["message"]) == ("CRITICAL", "nobody caught an error in a-lane")
    assert line["traceback"].endswith("psycopg2.DataError: invalid input syntax for type date: …")
    assert DORA not in capsys.readouterr().err


def test_a_process_that_dies_says_so_in_the_log():
    code = f"import django; django.setup(); from blueheart import log; log.catch_uncaught(); raise KeyError('{DORA}')"
    died = run(code, **PRODUCTION)

    assert died.returncode == 1
    assert json.loads(died.stderr)["traceback"].endswith("builtins.KeyError: '…'")


@pytest.mark.parametrize("server", ["blueheart/wsgi.py", "office/management/commands/work.py"])
def test_web_server_and_worker_see_to_it(server):
    assert "\ncatch_uncaught()\n" in (settings.BASE_DIR / server).read_text().replace("        ", "")


def test_a_hook_of_somebody_else_is_called_as_well_and_ours_once(written, monkeypatch):
    """pytest has one: a thread that dies in a test fails it, whatever the test has started."""
    theirs = []
    monkeypatch.setattr(sys, "excepthook", lambda *told: theirs.append(told[0]))
    monkeypatch.setattr(threading, "excepthook", lambda told: theirs.append(told.exc_type))
    log.catch_uncaught()
    log.catch_uncaught()

    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    sys.excepthook(KeyError, KeyError("x"), None)

    assert theirs == [ZeroDivisionError, KeyError]
    assert [line["level"] for line in written.lines] == ["CRITICAL", "CRITICAL"]


def test_ctrl_c_is_no_error(written, caught):
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)

    assert written.lines == []


def test_what_the_web_server_itself_logs_in_a_worker_is_written_so_too():
    code = (
        "import granian.log; granian.log.configure_logging(granian.log.LogLevels.info); import django; django.setup();"
        "granian.log.logger.info('Started worker-1')"
    )
    said = run(code, **PRODUCTION)

    assert said.stdout == ""
    assert json.loads(said.stderr)["message"] == "Started worker-1"
