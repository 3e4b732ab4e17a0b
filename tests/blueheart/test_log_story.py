"""Visitors fill in every form of the portal, well, badly and while the database refuses; the log knows none of them."""

import io
import json
import logging
import re
import smtplib
from html.parser import HTMLParser

import psycopg2
import pytest
from django.core import mail
from django.db import transaction
from django.db.backends.utils import CursorWrapper
from django.test import Client
from django.urls import reverse
from django.utils import translation

from blueheart import sentry, tokens
from blueheart.log import JsonFormatter, LineFormatter
from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from tests.blueheart.pages.site import fill, public_pages
from tests.look.test_pseudo_language import OPENED_BELOW, addresses, shown
from tests.pledges.conftest import stamp_from
from tests.pledges.factories import HeartFactory

MAIL, NAME, WORDS = "canary-dora@example.org", "Canariella", "canary-words of hers"
PUBLIC = {page.name for page in public_pages()}
TOKEN = b"csrfmiddlewaretoken"
PASSWORD, FORGED = "canary-password", "canary-forged"
TRACES = re.compile(r"canar[iy]|example\.org", re.IGNORECASE)


class AsSentry(logging.Formatter):
    """A record as the event that Sentry would get of it."""

    def format(self, record):
        return json.dumps(sentry.event(record), default=str)


FORMS = (LineFormatter(), JsonFormatter(), AsSentry())


class Forms(HTMLParser):
    """The fields of a page's forms, filled in: every text with a trace, every choice with its last value."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._select = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        name, kind = found.get("name") or "", found.get("type", "text")
        if tag == "select":
            self._select = name
        elif tag == "option" and found.get("value"):
            self.fields[self._select] = found["value"]
        elif tag == "textarea" and name:
            self.fields[name] = WORDS
        elif tag == "input" and name and kind in ("hidden", "radio", "checkbox", "number"):
            self.fields[name] = found.get("value") or "on"
        elif tag == "input" and name and kind != "file":
            self.fields[name] = MAIL if kind == "email" or "email" in name else NAME


@pytest.fixture
def written():
    """All lines so far, as people read them and as programs do, and what would be sent to Sentry."""
    stream = io.StringIO()
    handlers = [logging.StreamHandler(stream) for _form in FORMS]
    for handler, form in zip(handlers, FORMS, strict=True):
        handler.setFormatter(form)
        logging.getLogger().addHandler(handler)
    yield stream.getvalue
    for handler in handlers:
        logging.getLogger().removeHandler(handler)


@pytest.fixture(scope="module")
def forms(content_rows, django_db_blocker):
    """Each page with a form of the visitor's own, on a portal with all its content; rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("en"):
        content_rows.put_back()
        fill()
        own = [(name, wanted) for name, wanted in addresses() if name not in OPENED_BELOW and name not in PUBLIC]
        found = [shown(Client(), name, wanted) for name, wanted in own]
        yield {answer.request["PATH_INFO"]: answer for answer in found if answer and TOKEN in answer.content}
        transaction.set_rollback(True)


@pytest.fixture
def portal(forms):
    """What a test does there is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def sent_by(client, path, answer):
    """The form as the visitor sends it, and how it is answered."""
    fields = Forms(answer.content.decode()).fields
    if "shown" in fields:
        fields["shown"] = stamp_from(60)
    return client.post(path, {**fields, "name": NAME})


def test_what_visitors_write_is_in_no_line_of_the_log(portal, forms, written):
    visitor = Client(raise_request_exception=False)
    statuses = [sent_by(visitor, path, answer).status_code for path, answer in forms.items()]
    for line in ({"q": WORDS}, {"country": NAME}, {"email": MAIL}, {"session": f"cs_test_{NAME}"}):
        for path in ("search/", "help/", "hearts/", "donate/thanks/", "nowhere/", "giving/"):
            visitor.get(f"/en/{path}", line)
    token, _digest = tokens.mint()
    for path in ("pledge/confirm", "pledge/manage", "giving", "groups/keep"):
        visitor.get(f"/en/{path}/{token}/more-of-it/")
    visitor.get(f"/en/nowhere/{MAIL}/")

    assert statuses.count(302) > 5, "hardly a form was taken"
    assert set(statuses) <= {200, 302}
    assert written().count("Not Found") > 6
    assert token not in written()
    assert TRACES.findall(written()) == []


def test_what_the_database_refused_is_not_in_it_either(portal, forms, written, monkeypatch):
    visitor, execute = Client(raise_request_exception=False), CursorWrapper.execute

    def refuse(self, sql, params=None):
        if sql.startswith("INSERT"):
            raise psycopg2.errors.UniqueViolation(
                f'duplicate key value violates unique constraint "one"\nDETAIL:  Key (x)=({NAME} {params}) exists.'
            )
        return execute(self, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", refuse)
    statuses = [sent_by(visitor, path, answer).status_code for path, answer in forms.items()]

    assert statuses.count(500) > 2
    assert written().count('psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "one"') > 2
    assert TRACES.findall(written()) == []


def test_mail_that_is_not_taken_is_logged_without_who_it_was_for(portal, written, monkeypatch):
    HeartFactory(email=MAIL, canonical_email=MAIL)
    Client().post("/en/pledge/manage/", {"email": MAIL})

    def refuse(self, messages):
        raise smtplib.SMTPRecipientsRefused({MAIL: (550, f"no {MAIL} here".encode())})

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    assert Message.objects.exists()
    send_due()

    assert mail.outbox == []
    assert "was not taken by the mail server" in written()
    assert TRACES.findall(written()) == []


def test_sign_ins_webhooks_and_reports_that_are_refused_name_nobody(db, written):
    visitor = Client(raise_request_exception=False, enforce_csrf_checks=True)
    page = visitor.get(reverse("admin:login"), follow=True)
    for _time in range(10):
        fields = Forms(page.content.decode()).fields
        page = visitor.post(page.request["PATH_INFO"], fields | {"username": NAME, "password": PASSWORD})
    visitor.post(reverse("admin:login"), {"username": NAME, "password": PASSWORD, "csrfmiddlewaretoken": FORGED})
    headers = {"Stripe-Signature": f"t=1,v1={FORGED}"}
    visitor.post("/stripe/webhook/", f'{{"email": "{MAIL}"}}', content_type="application/json", headers=headers)
    report = f'{{"csp-report": {{"blocked-uri": "https://x.invalid/{NAME}", "document-uri": "/en/giving/{FORGED}/"}}}}'
    visitor.post("/csp-report/", report, content_type="application/csp-report")
    visitor.get(
        "/en/nowhere/", headers={"User-Agent": FORGED, "Referer": f"/{FORGED}/", "X-Forwarded-For": "192.0.2.47"}
    )

    assert "a webhook was refused" in written()
    assert "refused something by its policy: blocked-uri=https://x.invalid" in written()
    assert TRACES.findall(written()) == []
    assert "192.0.2.47" not in written()
