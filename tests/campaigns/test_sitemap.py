"""The sitemap: every public page in every language, as the pages themselves say."""

import random
import re
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import search
from campaigns.models import Campaign
from campaigns.search.standing_pages import STANDING_PAGES
from tests.campaigns.factories import CampaignFactory, CountryFactory, FactFactory
from tests.campaigns.reading import LANGUAGES

pytestmark = pytest.mark.django_db

LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"
MOST_BYTES = 10 * 1024 * 1024
SAMPLE = 20


@pytest.fixture(autouse=True)
def _nothing_kept():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def _site(db, monkeypatch):
    monkeypatch.setattr("campaigns.search.standing_pages.STANDING_PAGES", STANDING_PAGES[:2])  # to read all takes long
    CampaignFactory(slug="blue-heart", kind=Campaign.Kind.GLOBAL)
    CampaignFactory(slug="draft", status="draft")
    FactFactory(slug="at-any-time")
    CountryFactory(iso2="MX")
    search.reindex()


def urls_in(response):
    """Of each address its alternates, by language."""
    tree = ET.fromstring(response.content)
    return {
        url.findtext(f"{LOC}loc"): {link.get("hreflang"): link.get("href") for link in url.findall(LINK)}
        for url in tree.findall(f"{LOC}url")
    }


@pytest.mark.usefixtures("_site")
def test_sitemap_names_every_public_page_in_every_language(client):
    response = client.get("/sitemap.xml")
    urls = urls_in(response)

    assert response.headers["Content-Type"] == "application/xml; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert len(response.content) < MOST_BYTES
    for language in LANGUAGES:
        for path in ["", "about/", "campaigns/blue-heart/", "facts/at-any-time/", "countries/mx/", "countries/zw/"]:
            assert f"{settings.SITE_URL}/{language}/{path}" in urls
    assert len([url for url in urls if "/countries/" in url]) == 249 * len(LANGUAGES)
    assert f"{settings.SITE_URL}/en/pledge/blue-heart/" in urls
    assert not [url for url in urls if "draft" in url or "search" in url or "#" in url]


@pytest.mark.usefixtures("_site")
def test_alternates_are_reciprocal_and_have_a_default(client):
    urls = urls_in(client.get("/sitemap.xml"))

    for url, others in urls.items():
        assert set(others) == {*LANGUAGES, "x-default"}
        assert others["x-default"] == others["en"]
        assert url in others.values()
        assert all(urls[other] == others for other in others.values())


@pytest.mark.usefixtures("_site")
def test_a_sample_of_addresses_answers_and_says_the_same_of_its_alternates(client):
    urls = urls_in(client.get("/sitemap.xml"))
    sample = random.Random(7).sample(sorted(urls), SAMPLE)

    for url in [f"{settings.SITE_URL}/ar/", *sample]:
        response = client.get(url.removeprefix(settings.SITE_URL))
        assert response.status_code == 200, url
        page = response.content.decode()
        links = dict(re.findall(r'<link rel="alternate" hreflang="([^"]+)" href="([^"]+)">', page))
        assert links == urls[url]
        assert f'<link rel="canonical" href="{url}">' in page


@pytest.mark.usefixtures("_site")
def test_sitemap_says_when_a_row_changed_and_asks_the_database_once_an_hour(client):
    with CaptureQueriesContext(connection) as first:
        response = client.get("/sitemap.xml")
    with CaptureQueriesContext(connection) as second:
        again = client.get("/sitemap.xml")

    assert (len(first), len(second)) == (1, 0)
    assert again.content == response.content
    assert re.search(r"/en/facts/at-any-time/</loc><lastmod>\d{4}-\d\d-\d\d</lastmod>", response.content.decode())


def test_sitemap_of_an_empty_index_is_valid_and_not_kept(client):
    assert urls_in(client.get("/sitemap.xml")) == {}

    search.index_row(FactFactory(slug="at-any-time"))
    assert f"{settings.SITE_URL}/en/facts/at-any-time/" in urls_in(client.get("/sitemap.xml"))


def test_robots_are_told_where_it_is(client):
    assert f"Sitemap: {settings.SITE_URL}/sitemap.xml" in client.get("/robots.txt").content.decode()
