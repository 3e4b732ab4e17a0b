"""What public pages read, by which caches know when one is another page.

Every table moves a version when it changes: none can be forgotten. Of the query it is no key but those that they name.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from django.db import connection, transaction
from django.http import HttpResponse, QueryDict
from django.test import Client
from django.urls import path
from django.utils import translation

from blueheart import urls as site
from blueheart.pages import kinds, public_page
from donations.models import Donation
from pledges.models import Pledge
from tests.blueheart.pages.site import AskingClient, fill, open_page, public_pages

PAGES = {page.name: page for page in public_pages()}
VALUES = {"format": "csv", "lang": "fr", "page": "1", "q": "help", "limit": "2", "country": "pt", "open": "all"}
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


class Read(NamedTuple):
    """What a page asked the database and its query for."""

    tables: set[str]
    keys: set[str]


class Watched(QueryDict):
    """A query that notes which of its keys were asked for by name."""

    def __init__(self, *args, asked):
        self.asked = set()
        super().__init__(*args)
        self.asked = asked

    def __getitem__(self, key):
        self.asked.add(key)
        return super().__getitem__(key)

    def __contains__(self, key):
        self.asked.add(key)
        return super().__contains__(key)

    def getlist(self, key, default=None):
        self.asked.add(key)
        return super().getlist(key, default)


def watch(monkeypatch) -> set[str]:
    """From now on, the keys that views ask their query for."""
    names: set[str] = set()
    narrow = kinds.narrowed

    def watched(query, keys):
        return Watched(narrow(query, keys).urlencode(), asked=names)

    monkeypatch.setattr(kinds, "narrowed", watched)
    return names


@pytest.fixture(scope="module")
def portal(content_rows, django_db_blocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("en"):
        content_rows.put_back()
        fill()
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def pages(portal) -> dict[str, Read]:
    """What each page reads: bare, with all keys that it names, as a file and with a search; each that differs, once."""
    words = set(connection.introspection.table_names())
    found = {}
    with pytest.MonkeyPatch.context() as monkeypatch:
        keys = watch(monkeypatch)
        for name, page in PAGES.items():
            keys.clear()
            answers = [open_page(AskingClient(), page)]
            for query in queries(page.rule.query):
                answers.append(AskingClient().get(answers[0].request["PATH_INFO"], query))
            asked = {word for answer in answers for query in answer.asked for word in TABLE.findall(query["sql"])}
            found[name] = Read(asked & words, set(keys))
    return found


def queries(named: tuple[str, ...]) -> list[dict[str, str]]:
    """The views see of a query what they named and nothing else: without any of these it is the bare page again."""
    wanted = [{key: VALUES.get(key, "") for key in named}, {"format": "csv"}, {"q": "help", "country": "PT"}]
    seen = [{key: value for key, value in query.items() if key in named} for query in wanted]
    return [query for at, query in enumerate(seen) if query and query not in seen[:at]]


@pytest.fixture(scope="module")
def read(pages) -> dict[str, set[str]]:
    """The tables that each page reads which is kept."""
    return {name: pages[name].tables for name, page in PAGES.items() if page.rule.kept}


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

    without = [name for name in read if not PAGES[name].rule.numbers]

    assert {name: read[name] - content for name in without} == {name: set() for name in without}
    assert without


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


@pytest.mark.parametrize("name", PAGES)
def test_page_reads_only_the_keys_that_it_names(pages, name):
    assert pages[name].keys - set(PAGES[name].rule.query) == set()


def test_page_that_reads_another_key_is_found(monkeypatch, settings):
    @public_page(query=("page",))
    def hidden_wish(request):
        return HttpResponse(request.GET.get("page", "") + request.GET.get("colour", ""))

    asked = watch(monkeypatch)
    settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": [path("here/", hidden_wish), *site.urlpatterns]})

    assert Client().get("/here/?page=2&colour=red&page=3").content == b"3"
    assert asked == {"page", "colour"}


def test_view_sees_what_it_named_once_and_in_its_own_order():
    query = kinds.narrowed(QueryDict("b=2&x=9&a=1&b=3&a="), ("a", "b", "c"))

    assert query.urlencode() == "a=&b=3"


def test_every_operation_of_the_api_names_what_it_takes():
    rules = {name.partition(":")[2]: page.rule.query for name, page in PAGES.items() if name.startswith("api-1:")}

    assert rules["facts"] == ("lang", "format", "limit", "cursor", "topic", "country", "year", "current")
    assert rules["ledger_summary"] == ("lang", "format")
    assert rules["openapi-json"] == ()
