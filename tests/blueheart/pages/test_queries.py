"""A public page reads no key of the query but those that it names: caches know two pages apart by them alone."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.test import Client
from django.urls import path
from django.utils import translation

from blueheart import urls as site
from blueheart.pages import kinds, public_page
from tests.blueheart.pages.site import fill, open_page, public_pages

VALUES = {"format": "csv", "lang": "fr", "page": "1", "q": "help", "limit": "2", "country": "pt", "open": "all"}
PAGES = {page.name: page for page in public_pages()}


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


@pytest.fixture
def asked(monkeypatch) -> set[str]:
    """The keys that views ask their query for."""
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


@pytest.mark.parametrize("name", PAGES)
def test_page_reads_only_the_keys_that_it_names(portal, asked, name):
    page, client = PAGES[name], Client()
    shown = open_page(client, page)

    for query in ({}, {key: VALUES.get(key, "") for key in page.rule.query}):
        client.get(shown.request["PATH_INFO"], query)

    assert asked - set(page.rule.query) == set()


def test_page_that_reads_another_key_is_found(asked, settings):
    @public_page(query=("page",))
    def hidden_wish(request):
        return HttpResponse(request.GET.get("page", "") + request.GET.get("colour", ""))

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
