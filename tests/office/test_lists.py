"""Every list of the office over hundreds of rows: what it asks the database, and what it never asks."""

import datetime as dt
import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from blueheart.admin.lists import ADD_UP, COUNT, CountedList
from donations import books
from office.seeding import databases, desk, gifts, hearts
from tests.campaigns.factories import CampaignFactory
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import GlobalCampaignFactory, WordingFactory

UNTIL = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
ROWS = 300
MOST_QUERIES = 15
# Counts something, but not the rows of a choice within their bound.
UNBOUNDED = re.compile(r"COUNT\(\*\)(?!.*FROM \(SELECT .* LIMIT \d+\) subquery)", re.DOTALL)


def silent(_said: str) -> None:
    pass


def address(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.fixture
def filled(committed_db):
    """A browser of staff over a database in which every list that grows has rows."""
    GlobalCampaignFactory()
    CampaignFactory(slug="schools")
    for _number in range(11):
        WordingFactory()
    databases.hurry()
    hearts.load(4 * ROWS, seed=1, until=UNTIL, say=silent)
    gifts.load(ROWS, seed=1, until=UNTIL, say=silent)
    desk.load(silent)
    databases.take_care()
    return desk_of(StaffFactory(username="ada", is_superuser=True))


def test_lists_over_hundreds_of_rows(filled, monkeypatch):
    """Together, for the rows cost more than what is asked about them."""
    lists_ask_the_same_for_one_row_and_three_hundred(filled, monkeypatch)
    counting_and_adding_up_are_bounded(filled)


def lists_ask_the_same_for_one_row_and_three_hundred(filled, monkeypatch):
    growing = {model: list_ for model, list_ in admin.site._registry.items() if isinstance(list_, CountedList)}
    asked, scanned, dear = {}, [], []
    for model, list_ in growing.items():
        for rows in (1, ROWS):
            monkeypatch.setattr(list_, "list_per_page", rows)
            if rows == 1:
                filled.get(address(model))  # what is read once in a process
            with CaptureQueriesContext(connection) as queries:
                page = filled.get(address(model))
            if "cl" not in page.context:
                continue  # a page of its own, with other tests
            shown = len(page.context["cl"].result_list)
            # The session is touched now and then, whatever the list.
            read = [
                query["sql"] for query in queries if query["sql"].startswith("SELECT") and "session" not in query["sql"]
            ]
            asked.setdefault(model._meta.label, {})[rows] = (shown, len(read))
            scanned += [(model._meta.label, query["sql"]) for query in queries if UNBOUNDED.search(query["sql"])]
        if len(queries) > MOST_QUERIES:
            dear.append((model._meta.label, len(queries)))

    assert [(label, costs) for label, costs in asked.items() if costs[1][1] != costs[ROWS][1]] == []
    assert dear == []
    assert scanned == []
    assert sum(costs[ROWS][0] > 1 for costs in asked.values()) >= 20
    assert books.findings() == []


def counting_and_adding_up_are_bounded(filled):
    for path in ("donations/donation/?status__exact=succeeded", "donations/ledgertransaction/?purpose__exact=donation"):
        for wish in (COUNT, ADD_UP):
            with CaptureQueriesContext(connection) as queries:
                page = filled.get(f"/staff/{path}&{wish}=1")
            assert page.status_code == 200
            assert not [query["sql"] for query in queries if UNBOUNDED.search(query["sql"])]
            sums = [query["sql"] for query in queries if "SUM(" in query["sql"]]
            assert all("LIMIT 100000" in sql for sql in sums)
            assert bool(sums) is (wish == ADD_UP)
