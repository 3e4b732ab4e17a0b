"""docs/security/logging.md names all that is logged, and so it is: where, in which words, and of whose tries."""

import logging
import re
import time

import pytest
from django.conf import settings
from django.test import Client
from django.utils.log import DEFAULT_LOGGING

from blueheart.log import LineFormatter
from tests.office.factories import StaffFactory, desk_of
from tests.portal import ROOT
from tests.security import code

DOCUMENT = (ROOT / "docs" / "security" / "logging.md").read_text()
WRITES = {"debug", "info", "warning", "error", "exception", "critical"}


def loggers() -> set[str]:
    """The modules of ours that write into the log."""
    return {
        path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path, tree in code.modules().items()
        for call in code.calls(tree)
        if code.name_of(call.func) in {f"{name}.{level}" for name in ("logger", "log") for level in WRITES}
    }


def test_every_logger_stands_in_the_inventory():
    named = set(re.findall(r"^\| `([\w.]+)` \|", DOCUMENT, re.MULTILINE))
    assert loggers() - named == set()
    assert {name for name in named if name.startswith(code.APPS)} - loggers() == set()


def test_nothing_is_logged_anywhere_else():
    """One handler, to the process' own stderr; no module of ours prints, adds a handler or sends mail to ADMINS."""
    assert settings.LOGGING["handlers"].keys() == {"console"}
    assert settings.LOGGING["handlers"]["console"]["class"] == "logging.StreamHandler"
    assert DEFAULT_LOGGING["loggers"].keys() <= settings.LOGGING["loggers"].keys()
    assert all(not told.get("handlers") for told in settings.LOGGING["loggers"].values())
    assert not settings.ADMINS
    assert code.findings(code.calls_of("logging.FileHandler", "logging.handlers", "syslog.syslog", "mail_admins")) == []


def test_times_are_in_utc():
    record = logging.LogRecord("a", logging.INFO, "", 0, "said", (), None)
    record.created, record.msecs = 1_767_225_600.0, 0.0
    assert LineFormatter().format(record).startswith("2026-01-01 00:00:00")
    assert time.timezone == 0


@pytest.mark.django_db
def test_a_refused_act_is_logged(caplog):
    clerk = StaffFactory(username="cleo", is_superuser=False)
    assert desk_of(clerk).get("/staff/donations/donation/").status_code == 403

    said = [record.getMessage() for record in caplog.records if record.name == "office.refused"]
    assert said == [f"account {clerk.pk} was refused: GET staff/donations/donation/"]
    assert "cleo" not in caplog.text


@pytest.mark.django_db
def test_attempts_to_get_around_a_guard_are_logged(caplog):
    mallory = Client(enforce_csrf_checks=True)
    mallory.post("/en/giving/", {"email": "dora@example.org"})
    mallory.post("/stripe/webhook/", b"{}", content_type="application/json", headers={"Stripe-Signature": "t=1,v1=0"})
    mallory.get("/en/", headers={"Host": "mallory.example"})
    mallory.get("/media/../../etc/passwd")

    said = {record.name: record.getMessage() for record in caplog.records}
    assert "CSRF" in said["django.security.csrf"]
    assert "a webhook was refused" in said["donations.webhooks"]
    assert "mallory.example" in said["django.security.DisallowedHost"]
    assert "Not Found" in said["django.request"]
