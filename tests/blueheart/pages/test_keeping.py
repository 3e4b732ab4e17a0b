"""What is kept of content is what another reading would find: after each change, in each language, at each moment."""

import datetime as dt

import pytest
from django.db import transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from blueheart.pages.keeping import kept_while_content_stays
from campaigns.models import NewsItem
from tests.campaigns.factories import NewsFactory

reads: list[str] = []


@kept_while_content_stays
def titles(prefix: str = "") -> list[str]:
    reads.append(prefix)
    return [item.title for item in NewsItem.objects.published().filter(slug__startswith=prefix).order_by("pk")]


@kept_while_content_stays
def missing() -> None:
    reads.append("missing")
    raise Http404


@pytest.fixture(autouse=True)
def english():
    reads.clear()
    with translation.override("en"):
        yield


def test_content_is_read_once_until_it_changes(committed_db, django_assert_num_queries):
    item = NewsFactory(slug="one", title="One")
    assert [titles(), titles()] == [["One"], ["One"]]
    assert reads == [""]
    with django_assert_num_queries(1):
        titles()

    item.title = "Two"
    item.save()
    assert titles() == ["Two"]
    NewsItem.objects.filter(pk=item.pk).update(title_en="Three")
    assert titles() == ["Three"]
    item.delete()
    assert titles() == []


def test_each_argument_and_each_language_is_read_by_itself(committed_db):
    NewsFactory(slug="one", title_en="One", title_fr="Un")
    with translation.override("fr"):
        assert titles() == ["Un"]
    assert [titles(), titles("two"), titles(prefix="two")] == [["One"], [], []]
    assert reads == ["", "", "two", "two"]


def test_what_is_published_for_later_appears_at_its_moment(committed_db, time_machine):
    time_machine.move_to("2026-03-20T12:00:00Z", tick=False)
    NewsFactory(slug="one", title="One", publish_at=timezone.now() + dt.timedelta(hours=1))
    assert titles() == []

    time_machine.shift(dt.timedelta(hours=1))
    assert titles() == ["One"]


def test_a_transaction_keeps_nothing_and_sees_its_own_changes(committed_db):
    NewsFactory(slug="one", title="One")
    assert titles() == ["One"]
    with transaction.atomic():
        NewsItem.objects.update(title_en="Not yet")
        assert titles() == ["Not yet"]
        transaction.set_rollback(True)

    assert titles() == ["One"]
    assert reads == ["", ""]


def test_what_is_not_there_is_looked_for_each_time(committed_db):
    for _turn in range(2):
        with pytest.raises(Http404):
            missing()

    assert reads == ["missing", "missing"]


def test_visitors_read_a_correction_at_once(committed_db, client):
    item = NewsFactory(slug="one", title="Misprint")
    assert "Misprint" in client.get("/en/").content.decode()

    NewsItem.objects.filter(pk=item.pk).update(title_en="Corrected")
    page = client.get("/en/").content.decode()
    assert "Corrected" in page
    assert "Misprint" not in page
    with CaptureQueriesContext(transaction.get_connection()) as asked:
        client.get("/en/")
    assert not any("campaigns_newsitem" in query["sql"] for query in asked)
