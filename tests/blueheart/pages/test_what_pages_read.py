"""Every table that a public page reads moves a version when it changes: none can be forgotten."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from donations.models import Donation
from pledges.models import Pledge
from tests.blueheart.pages.site import fill, open_page, public_pages

PAGES = [page for page in public_pages() if page.rule.kept]
TABLE = re.compile(r'\b(?:FROM|JOIN)\s+(?:ONLY\s+)?"?([a-z_0-9]+)"?(?!\s*\()', re.I)
TRIGGERS = """
    SELECT relname, array_agg(split_part(tgname, '_noted_', 2)), min(encode(tgargs, 'escape'))
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
    WHERE proname = 'pages_note_change' GROUP BY relname
"""
EVERY = {"insert", "update", "delete", "truncate"}
# What is written all the time: by which changes pages are renewed. The other ones show nothing, or the newest row of
# the wall and the next window tell of them.
IN_PART = {
    "donations_donation": {"update", "delete"},
    "pledges_fulfilment": {"insert", "update", "delete"},
    "pledges_heartphoto": {"insert", "update", "delete"},
    "pledges_pledge": {"update", "delete"},
    "pledges_pledge_precepts": {"update", "delete", "truncate"},
    "pledges_pledgingbody": {"update", "delete", "truncate"},
}
# Columns whose change no page shows by itself.
NOT_SHOWN = {
    Pledge: {
        "id", "email", "canonical_email", "name_key", "is_16_or_older", "consent_version", "way", "created_at",
        "source_ip", "asked_at", "reminders", "withdrawn_at", "suspected_at", "suspected_for", "hidden_reason",
        "help_answered_at", "kept_asked_at",
        "fulfilled_at",  # counted in windows
    },
    Donation: {
        "id", "donor_id", "receipt_name", "consent_version", "created_at", "fee_cover_minor", "words_declined_for",
        "name_hidden_for", "help_answered_at", "offline_reference", "recorded_by_id", "reversed_for", "reason",
        "failure_code", "form_token", "form_digest", "checkout_tries", "checkout_url", "stripe_checkout_session_id",
        "stripe_payment_intent_id", "stripe_invoice_id", "statement_text", "monthly_gift_id",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def portal(content_rows, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("en"):
        content_rows.put_back()
        fill()
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def read(portal) -> dict[str, set[str]]:
    """The tables that each page reads."""
    tables = set(connection.introspection.table_names())
    found = {}
    for page in PAGES:
        shown = open_page(Client(), page)
        with CaptureQueriesContext(connection) as asked:
            for query in ({}, {"format": "csv"}, {"q": "help", "country": "PT"}):
                Client().get(shown.request["PATH_INFO"], query)
        words = {word for query in asked for word in TABLE.findall(query["sql"])}
        found[page.name] = words & tables
    return found


@pytest.fixture(scope="module")
def triggers(portal) -> dict[str, tuple[set[str], str]]:
    """By table: which changes move a version, and which one."""
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS)
        return {table: (set(events), topic.removesuffix("\\000")) for table, events, topic in cursor.fetchall()}


def test_changes_of_all_that_pages_read_are_noted(read, triggers):
    tables = set().union(*read.values())

    assert {table: triggers.get(table, (set(), ""))[0] for table in tables} == {
        table: IN_PART.get(table, EVERY) for table in tables
    }
    assert len(tables) > 40, "the pages were not opened"


def test_page_without_counts_reads_nothing_that_windows_or_walls_change(read, triggers):
    content = {table for table, (_events, topic) in triggers.items() if topic == "content"} - IN_PART.keys()

    assert {page.name: read[page.name] - content for page in PAGES if not page.rule.numbers} == {
        page.name: set() for page in PAGES if not page.rule.numbers
    }
    assert any(not page.rule.numbers for page in PAGES)


@pytest.mark.parametrize("model", NOT_SHOWN)
def test_column_that_is_added_is_shown_or_is_not(portal, model):
    """A new one of a table that is noted in part has to be decided about."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s", [f"{model._meta.db_table}_noted_update"]
        )
        (definition,) = cursor.fetchone()
    noted = set(re.findall(r'old\."?(\w+)', definition.partition("WHEN")[2].lower()))

    assert noted | NOT_SHOWN[model] == {field.column for field in model._meta.concrete_fields}
