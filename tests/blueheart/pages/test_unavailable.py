"""While the database is away: 503 in the visitor's language, and what was typed can be sent again from that page."""

import contextlib
import html
import json
import re
import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError, InterfaceError, InternalError, OperationalError, connection
from django.test import Client

from blueheart.pages.unavailable import RETRY_AFTER_SECONDS, unavailable
from blueheart.postgresql.away import is_away
from donations.models import Donation
from donations.signatures import sign
from tests.donations.conftest import SECRET, _stand, sandbox, typed

__all__ = ["_stand", "sandbox"]

HIDDEN = re.compile(r'<input type="hidden" name="([^"]*)" value="([^"]*)">')


@contextlib.contextmanager
def locked(settings, table):
    """Another session holds the table, as a frozen server holds all of them; nobody waits longer than the deadline."""
    settings.DATABASE_DEADLINE_SECONDS = 0.3
    holder = connection.copy()
    connection.close()
    try:
        with holder.cursor() as cursor:
            cursor.execute(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        holder.close()
        settings.DATABASE_DEADLINE_SECONDS = None
        connection.close()


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


def hidden_fields(answer):
    return {html.unescape(name): html.unescape(value) for name, value in HIDDEN.findall(answer.content.decode())}


def test_dora_sends_her_gift_again_from_the_page_that_says_sorry(committed_db, sandbox, settings, visitor):
    visitor.get("/en/donate/")
    wish = typed(receipt_name='Dora "D" <b>')

    with locked(settings, "donations_donation"):
        sorry = visitor.post("/en/donate/", wish)
    kept = hidden_fields(sorry)
    answer = visitor.post("/en/donate/", kept)

    assert (sorry.status_code, sorry.headers["Retry-After"]) == (503, str(RETRY_AFTER_SECONDS))
    assert sorry.headers["Cache-Control"] == "private, no-store"
    assert "Nothing was charged" in sorry.content.decode()
    assert 'href="/en/help/"' in sorry.content.decode()
    assert "data-quick-exit" in sorry.content.decode()
    assert kept == {name: str(value) for name, value in wish.items()}
    assert answer.status_code == 302
    assert Donation.objects.get().receipt_name == 'Dora "D" <b>'
    assert len(sandbox.sessions()) == 1


@pytest.mark.parametrize(
    ("path", "words"), [("/ar/donate/", 'dir="rtl"'), ("/en/donate/", "This page cannot be shown")]
)
def test_a_page_that_needs_the_database_says_so_in_the_visitors_language(committed_db, settings, visitor, path, words):
    with locked(settings, "donations_givingcurrency"):
        answer = visitor.get(f"{path}?currency=EUR")

    assert answer.status_code == 503
    assert words in answer.content.decode()
    assert f'href="{path}?currency=EUR"' in answer.content.decode()
    assert hidden_fields(answer) == {}


def test_machines_are_told_in_a_line(committed_db, sandbox, settings, visitor):
    """Stripe too: it sends an event again where it is not told 200."""
    body, moment = json.dumps({"id": "evt_1", "object": "event", "livemode": False}).encode(), int(time.time())
    signed = {"Stripe-Signature": f"t={moment},v1={sign(body, SECRET, moment)}"}

    with locked(settings, "donations_stripeevent"):
        told = visitor.post("/stripe/webhook/", body, content_type="application/json", headers=signed)
    with locked(settings, "campaigns_campaign"):
        listed = visitor.get("/api/v1/campaigns")

    assert (told.status_code, told.headers["Content-Type"]) == (503, "text/plain")
    assert (listed.status_code, listed.json()["detail"]) == (503, "The database does not answer. Please try again.")
    assert listed.headers["Retry-After"] == told.headers["Retry-After"] == str(RETRY_AFTER_SECONDS)


PHOTO = SimpleUploadedFile("heart.png", b"x")
DORA, ADA = {"email": "dora@example.org"}, {"username": "ada", "password": "a password of hers"}


@pytest.mark.parametrize(
    ("path", "sent", "is_ours", "kept"),
    [
        ("/en/donate/", DORA, True, DORA),
        ("/en/donate/", DORA | {"photo": PHOTO}, True, {}),
        ("/staff/login/", ADA, True, {}),
        ("/en/donate/", DORA, False, {}),
    ],
    ids=["a form of ours", "a file", "the office", "perhaps another site's"],
)
def test_only_visitors_words_from_our_own_forms_are_kept(rf, path, sent, is_ours, kept):
    """A password has no place in a page, and Mallory's page must not make her words a form of ours."""
    request = rf.post(path, sent)
    request.csrf_processing_done = is_ours

    answer = unavailable(request)

    assert (answer.status_code, hidden_fields(answer)) == (503, kept)
    assert ("go back in a minute" in answer.content.decode()) is not bool(kept)


def _while(error, earlier):
    error.__context__ = earlier
    return error


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (OperationalError("could not extend file: No space left on device"), True),
        (InterfaceError("connection already closed"), True),
        (_while(ValueError("no answer to show"), OperationalError("gone")), True),
        (InternalError("a bug"), False),
        (DataError("a number out of range"), False),
        (ValueError("a bug"), False),
        (None, False),
    ],
)
def test_only_the_absence_of_the_database_is_one(error, away):
    assert is_away(error) is away


def test_a_database_that_may_only_be_read_is_away(committed_db):
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
        with pytest.raises(InternalError) as raised:
            cursor.execute("CREATE TABLE nothing ()")
    connection.close()

    assert is_away(raised.value)
