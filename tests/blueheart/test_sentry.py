"""With SENTRY_DSN errors are told to Sentry, by what stands in the log and no more; without it nobody is told anything.

The library is the real one, and asks a server on this machine by HTTP.
"""

import gzip
import json
import logging
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import brotli
import psycopg2
import pytest
from django.conf import settings as portal
from django.db import OperationalError
from django.test import Client

from blueheart import request_ids, sentry, tokens
from office.worker import Job, Lane
from tests.blueheart.test_log_json import refuse
from tests.blueheart.test_settings import PRODUCTION, run, start

logger = logging.getLogger("a.place")
DORA, CARD = "canary-dora@example.org", "4242 4242 4242 4242"
ROW = f'invalid input syntax for type date: "canary {DORA}"\nDETAIL: canary'
TRACES = re.compile(r"canar[iy]|example\.org|4242 ?4242", re.IGNORECASE)
REFUSED = "SENTRY_DSN is no address of a project at Sentry: https://key@host/number"
SHOUT = (
    "import django, logging; django.setup();"
    "logging.getLogger('a.place').warning('careful'); logging.getLogger('a.place').error('it broke')"
)


class Sentry:
    """What stands in for Sentry: keeps the envelopes that it was sent."""

    def __init__(self, port):
        self.dsn = f"http://public@127.0.0.1:{port}/7"
        self.asked, self.texts = [], []

    @property
    def events(self):
        """The events, each the third line of its envelope."""
        return [json.loads(text.splitlines()[2]) for text in self.texts]

    def take(self, path, encoding, body):
        opened = {"gzip": gzip.decompress, "br": brotli.decompress}.get(encoding, bytes)(body)
        self.asked.append(path)
        self.texts.append(opened.decode())


@contextmanager
def listening():
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            there.take(self.path, self.headers.get("Content-Encoding"), body)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    there = Sentry(server.server_port)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield there
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def there():
    with listening() as found:
        yield found


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def told(there, settings, clock):
    """The events that were sent, once all have arrived."""
    settings.SENTRY_DSN = there.dsn
    handler = sentry.Handler(clock)
    logging.getLogger().addHandler(handler)

    def told():
        handler._client.flush(timeout=20)
        return there.events

    yield told
    logging.getLogger().removeHandler(handler)
    handler.close()


def test_a_page_that_breaks_is_one_event_that_names_nobody(there, told, monkeypatch):
    """Dora's form breaks while her mail, her name and a card's number are in memory, address, cookie and error."""
    token, _digest = tokens.mint()

    def broken(token, **how):
        typed = [DORA, CARD, token]
        try:
            raise psycopg2.DataError(ROW)
        except psycopg2.DataError as error:
            raise KeyError(token, *typed[:1]) from error

    monkeypatch.setattr("pledges.services.confirming.pledge_behind", broken)
    dora = Client(raise_request_exception=False, headers={"User-Agent": "canary", "Referer": f"/{token}/"})
    dora.cookies["sessionid"] = "canary-cookie"
    dora.post(f"/en/pledge/confirm/{token}/?q={DORA}", {"name": "canary", "words": CARD, "email": DORA})

    (event,) = told()
    assert there.asked == ["/api/7/envelope/"]
    assert token not in there.texts[0]
    assert TRACES.findall(there.texts[0]) == []
    assert event["logentry"]["formatted"] == "Internal Server Error: /en/pledge/confirm/…/"
    assert [(each["type"], each["value"]) for each in event["exception"]["values"]] == [
        ("DataError", "invalid input syntax for type date: …"),
        ("KeyError", "('…', '…')"),
    ]
    assert event["tags"] == {"request_id": request_ids.current()}
    assert (event["release"], event["environment"], event["level"]) == ("0.1.0", "development", "error")
    assert event.keys() <= sentry.KEPT


def test_frames_tell_where_it_was_and_neither_variables_nor_paths_of_the_machine(told):
    secret = "canary"

    def broken():
        return secret + 1

    try:
        broken()
    except TypeError:
        logger.exception("it broke")

    (event,) = told()
    frame = event["exception"]["values"][0]["stacktrace"]["frames"][-1]
    assert frame["function"].endswith("<locals>.broken")
    assert frame["context_line"].strip() == "return secret + 1"
    assert not {"vars", "abs_path", "pre_context", "post_context"} & frame.keys()
    assert str(portal.BASE_DIR) not in json.dumps(event)


def test_the_library_adds_nothing_of_its_own(there, told):
    logger.error("it broke")

    (event,) = told()
    assert event.keys() == {
        "event_id", "timestamp", "platform", "level", "logger", "logentry", "tags", "release", "environment", "sdk",
    }  # fmt: skip
    assert len(there.texts[0].splitlines()) == 3


def test_of_a_job_the_event_says_which_and_what_it_was_at(db, told):
    def broken():
        request_ids.begin_row("post.message 12")
        raise ZeroDivisionError

    Lane("mail", [Job("send", broken, every=1)]).run_due(now=True)

    (event,) = told()
    assert event["logentry"]["formatted"] == "the job send failed"
    assert event["tags"].pop("request_id") == request_ids.current()
    assert event["tags"] == {"job": "send", "lane": "mail", "row": "post.message 12"}


def test_an_outage_is_one_event_in_ten_minutes_and_not_one_for_each_visitor(told, clock, monkeypatch):
    monkeypatch.setattr("campaigns.views.people.Campaign.objects.main", refuse)
    visitor = Client(raise_request_exception=False)

    def visit():
        clock.now += 59.0
        for path in ("/en/about/", "/fr/about/"):
            assert visitor.get(path).status_code == 503

    for _time in range(12):
        visit()

    assert [event["fingerprint"] for event in told()] == [["the database is away"]] * 2


def test_the_same_error_is_sent_once_a_minute_and_another_one_at_once(told, clock):
    def shout(error):
        try:
            raise error
        except type(error):
            logger.exception("it broke")

    for _time in range(3):
        shout(ValueError("a"))
    logger.error("the books are not true: %s", 1)
    logger.error("the books are not true: %s", 2)
    shout(OperationalError("away"))
    clock.now += 61.0
    shout(ValueError("b"))

    kinds = [event.get("exception", {"values": [{"type": ""}]})["values"][0]["type"] for event in told()]
    assert kinds == ["ValueError", "", "OperationalError", "ValueError"]


def test_warnings_and_what_the_library_logs_of_itself_are_not_sent(told):
    logger.warning("careful")
    logging.getLogger("sentry_sdk.errors").error("cannot send")
    logging.getLogger("urllib3.connectionpool").error("no answer")

    assert told() == []


def test_kinds_are_forgotten_before_there_are_too_many(clock):
    seldom = sentry.Seldom(clock)

    assert all(seldom.allows(number, 60.0) for number in range(sentry.MOST_KINDS))
    assert not seldom.allows(5, 60.0)
    assert seldom.allows("new", 60.0)
    assert seldom.allows(5, 60.0)


# How it starts


def test_a_process_with_the_setting_sends_its_errors_before_it_ends(there):
    done = run(SHOUT, **PRODUCTION, SENTRY_DSN=there.dsn)

    assert done.returncode == 0, done.stderr
    assert [(event["logentry"]["formatted"], event["environment"]) for event in there.events] == [
        ("it broke", "production")
    ]
    assert [json.loads(line)["message"] for line in done.stderr.splitlines()] == ["careful", "it broke"]


def test_without_the_setting_nothing_is_sent_and_the_library_is_not_even_loaded(there):
    code = f"{SHOUT}; import sys; print([name for name in sys.modules if name.startswith('sentry_sdk')])"
    done = run(code, **PRODUCTION)

    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
    assert there.texts == []


def test_nobody_waits_for_a_sentry_that_is_not_there():
    done = run(SHOUT, **PRODUCTION, SENTRY_DSN="http://public@127.0.0.1:9/7")

    assert done.returncode == 0
    assert json.loads(done.stderr.splitlines()[1])["message"] == "it broke"


def test_without_the_package_the_start_is_refused_in_one_sentence():
    code = "import sys; sys.modules['sentry_sdk'] = None; import django; django.setup()"
    done = run(code, **PRODUCTION, SENTRY_DSN="https://hunter2@sentry.example.org/7")

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        "SENTRY_DSN is set, and sentry-sdk is not installed: "
        "pip install --require-hashes -r requirements.txt -r requirements-optional.txt"
    )
    assert "hunter2" not in done.stderr


@pytest.mark.parametrize(
    ("dsn", "reason"),
    [
        ("hunter2", REFUSED),
        ("https://sentry.example.org/7", REFUSED),
        ("https://hunter2@sentry.example.org/", REFUSED),
        ("ftp://hunter2@sentry.example.org/7", REFUSED),
        ("https://hunter2@[::1/7", REFUSED),
        (
            "http://hunter2@sentry.example.org/7",
            "SENTRY_DSN must begin with https://; http:// is for this machine and PRIVATE_NETWORK_HOSTS.",
        ),
    ],
)
def test_an_address_that_is_none_or_is_not_encrypted_stops_the_start(dsn, reason):
    done = start(**PRODUCTION, SENTRY_DSN=dsn)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(reason)
    assert "hunter2" not in done.stderr


def test_a_sentry_on_our_own_network_may_be_asked_without_encryption():
    ours = {"PRIVATE_NETWORK_HOSTS": "sentry.internal", "SENTRY_DSN": "http://key@sentry.internal/7"}
    assert start("SENTRY_DSN", **PRODUCTION, **ours).stdout == "'http://key@sentry.internal/7'\n"
