"""News: newest first, page by page, and the same for feed readers and for machines."""

import datetime as dt
import json
import re
from html import unescape

import feedparser
import pytest
import time_machine

from campaigns.models import NewsItem
from tests.campaigns.factories import CampaignFactory, NewsFactory, SourceFactory
from tests.campaigns.reading import LANGUAGES, MOST_QUERIES, get

pytestmark = pytest.mark.django_db

PAGES = ["news/", "news/one/", "news/feed/"]


def text_of(response):
    return unescape(re.sub(r"\s+", " ", response.content.decode()))


def feed_of(client, language="en"):
    response = client.get(f"/{language}/news/feed/")
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(response.content)
    assert not feed.bozo, feed.bozo_exception
    return feed


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_page_answers_in_every_language_the_same_for_everyone(client, path, language):
    NewsFactory(slug="one")

    response = client.get(f"/{language}/{path}")

    assert response.status_code == 200
    assert not response.cookies
    assert response.headers["Cache-Control"].startswith("public, max-age=0")


@pytest.mark.parametrize("path", PAGES)
def test_page_asks_the_database_the_same_at_one_and_three_hundred_rows(client, django_assert_max_num_queries, path):
    campaign, source = CampaignFactory(), SourceFactory(read_in=SourceFactory())
    NewsFactory(slug="one", campaign=campaign, source=source)
    NewsFactory(campaign=campaign, source=source)
    with django_assert_max_num_queries(MOST_QUERIES) as at_one:
        get(client, path)
    rows = [NewsFactory.build(campaign=campaign, source=source, iso2="MX") for _number in range(300)]
    NewsItem.objects.bulk_create(rows)

    with django_assert_max_num_queries(MOST_QUERIES) as at_many:
        get(client, path)

    assert len(at_many) == len(at_one)


def test_news_stand_newest_first_page_by_page(client):
    for day in range(1, 31):
        NewsFactory(title=f"Day {day}.", dated_on=dt.date(2026, 7, day))

    first, last = get(client, "news/"), get(client, "news/?page=3")

    assert re.findall(r"Day \d+\.", first) == [f"Day {day}." for day in range(30, 18, -1)]
    assert re.findall(r"Day \d+\.", last) == [f"Day {day}." for day in range(6, 0, -1)]
    assert 'href="/en/news/?page=2" rel="next"' in first
    assert 'rel="prev"' not in first
    assert 'href="/en/news/?page=2" rel="prev"' in last
    assert 'rel="next"' not in last


@pytest.mark.parametrize("number", ["0", "2", "-1", "x", "", "٣", "1e3", "9" * 5000])
def test_page_that_is_not_there_is_not_found(client, number):
    NewsFactory()

    assert client.get("/en/news/", {"page": number}).status_code == 404


def test_list_without_news_says_so(client):
    assert "No news is published yet" in get(client, "news/")


def test_item_shows_its_text_source_and_campaign_and_leads_on(client):
    source = SourceFactory(title="The page that says so")
    NewsFactory(slug="one", source=source, reported_by="A committee", campaign=CampaignFactory(slug="mexico"))
    NewsFactory(title="Another one")

    page = get(client, "news/one/")

    for shown in ("It was <strong>good</strong>.", "The page that says so", "As reported by <bdi>A committee</bdi>"):
        assert shown in page
    assert 'href="/en/campaigns/mexico/"' in page
    assert "Another one" in page


def test_drafts_and_what_waits_for_its_hour_are_nowhere(client):
    NewsFactory(slug="one")
    NewsFactory(slug="secret", title="Secret", status="draft")
    NewsFactory(slug="later", title="Secret", publish_at=dt.datetime(2999, 1, 1, tzinfo=dt.UTC))
    NewsFactory(slug="two", campaign=CampaignFactory(title="Secret", status="draft"))

    for path in (*PAGES, "news/two/", ""):
        assert "Secret" not in get(client, path)
    for path in ("news/secret/", "news/later/"):
        assert client.get(f"/en/{path}").status_code == 404


@pytest.mark.parametrize(
    ("precision", "shown", "machine"), [("day", "30 July 2026", "2026-07-30"), ("year", "2026", "2026")]
)
def test_date_is_as_precise_as_its_source(client, precision, shown, machine):
    NewsFactory(slug="one", precision=precision)

    assert f'<p class="eyebrow">{shown}</p>' in get(client, "news/")
    response = client.get("/en/news/one/").content.decode()
    described = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', response).group(1))
    assert described["datePublished"] == machine


def test_item_describes_itself_to_machines(client, settings):
    settings.SITE_URL = "https://blue.example"
    source = SourceFactory(url="https://example.org/page")
    item = NewsFactory(slug="one", title="</script><b>", summary="Short", source=source)

    page = client.get("/fr/news/one/").content.decode()
    described = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page).group(1))

    portal = {"@type": "Organization", "name": "Cœur bleu", "url": "https://blue.example"}
    assert described == {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": "</script><b>",
        "description": "Short",
        "datePublished": "2026-07-30",
        "dateModified": item.updated_at.isoformat(),
        "url": "https://blue.example/fr/news/one/",
        "mainEntityOfPage": "https://blue.example/fr/news/one/",
        "inLanguage": "fr",
        "publisher": portal,
        "author": portal,
        "isBasedOn": "https://example.org/page",
    }


# Feed


def test_feed_has_the_newest_thirty_with_absolute_links(client, settings):
    settings.SITE_URL = "https://blue.example"
    for number in range(35):
        NewsFactory(slug=f"item-{number}", dated_on=dt.date(2026, 7, 1) + dt.timedelta(days=number))

    feed = feed_of(client)

    assert [entry.link for entry in feed.entries] == [
        f"https://blue.example/en/news/item-{number}/" for number in range(34, 4, -1)
    ]
    assert feed.feed.link == "https://blue.example/en/news/"
    own = [link.href for link in feed.feed.links if link.rel == "self"]
    assert own == ["https://blue.example/en/news/feed/"]


def test_entry_keeps_its_id_and_renews_its_date_when_its_text_changes(client):
    item = NewsFactory(title="A & B", dated_on=dt.date(2026, 7, 30))
    before = feed_of(client).entries[0]
    item.title_en = "C"
    with time_machine.travel(item.updated_at + dt.timedelta(hours=1), tick=False):
        item.save()

    after = feed_of(client).entries[0]

    assert (before.title, after.title) == ("A & B", "C")
    assert before.id == after.id
    assert before.updated < after.updated
    assert before.published == after.published == "2026-07-30T00:00:00+00:00"


def test_feed_is_in_the_language_of_its_address(client):
    NewsFactory(title="Good news", title_ar="أخبار طيبة")

    english, arabic = feed_of(client, "en"), feed_of(client, "ar")

    assert (english.entries[0].title, arabic.entries[0].title) == ("Good news", "أخبار طيبة")
    assert arabic.feed.language == "ar"
    assert english.entries[0].id != arabic.entries[0].id


def test_feed_that_has_not_changed_is_not_sent_again(client):
    NewsFactory()
    first = client.get("/en/news/feed/")

    assert client.get("/en/news/feed/", headers={"if-none-match": first.headers["ETag"]}).status_code == 304


def test_feed_without_news_is_valid(client):
    assert feed_of(client).entries == []


@pytest.mark.parametrize("path", PAGES[:2])
def test_pages_lead_readers_to_the_feed(client, settings, path):
    settings.SITE_URL = "https://blue.example"
    NewsFactory(slug="one")

    found = re.search(r'<link rel="alternate" type="application/atom\+xml"[^>]*href="([^"]+)"', get(client, path, "ru"))

    assert found.group(1) == "https://blue.example/ru/news/feed/"


# Content


def test_every_item_is_loaded_with_the_source_that_says_so(loaded, client):
    items = NewsItem.objects.select_related("source")

    assert len(items) == 10
    for item in items:
        assert item.source.title in get(client, f"news/{item.slug}/")
    assert [item.slug for item in items if item.reported_by] == ["mozambique-reported-to-join"]


def test_signs_that_no_feed_may_hold_are_left_out_of_it(client):
    NewsFactory(title="Pasted\x0b from\x1f slides", summary="One\x08 line.")

    (entry,) = feed_of(client).entries

    assert (entry.title, entry.summary) == ("Pasted from slides", "One line.")
