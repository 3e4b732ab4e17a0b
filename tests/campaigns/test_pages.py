"""What a visitor reads: every page in every language, the same for everyone, and numbers only with their source."""

import datetime as dt
import re
from itertools import pairwise

import pytest
from django.test import Client

from campaigns.models import Campaign, Fact, Milestone
from tests.campaigns.factories import (
    CampaignFactory,
    CountryFactory,
    FactFactory,
    HelplineFactory,
    MilestoneFactory,
    SourceFactory,
)
from tests.campaigns.reading import bulk, get, in_turns, queries_of, text_of

pytestmark = pytest.mark.django_db

LISTS = ["", "campaigns/", "countries/", "facts/"]
ONES = ["campaigns/blue-heart/", "campaigns/mexico/", "countries/mx/", "facts/at-any-time/"]


@pytest.fixture
def some_content():
    CampaignFactory(slug="blue-heart", kind=Campaign.Kind.GLOBAL, source=SourceFactory(), pledge_goal=100)
    many_rows(1)


def many_rows(count):
    """Of each kind `count` rows more, all of Mexico, so that a country's and its campaign's page have them too."""
    mexico = CountryFactory()
    parent = Campaign.objects.main()
    CampaignFactory(slug="mexico", kind=Campaign.Kind.COUNTRY, country=mexico, parent=parent)
    fact = FactFactory(slug="at-any-time", featured=True)
    for number in range(1, count):
        CountryFactory(iso2=f"Z{chr(64 + number)}", source=SourceFactory(read_in=SourceFactory()))
        CampaignFactory(parent=parent)
        CampaignFactory(kind=Campaign.Kind.COUNTRY, country=mexico, parent=parent)
        FactFactory(featured=True, superseded_by=fact, source=SourceFactory(read_in=SourceFactory()))
    for kind in Milestone.Kind:
        bulk(MilestoneFactory, count, kind=kind, iso2="MX", source=SourceFactory())
    for iso2 in ("MX", "EU", "PT"):
        bulk(HelplineFactory, count, iso2=iso2)


# Every page


@pytest.mark.parametrize(("path", "language"), in_turns(LISTS + ONES))
def test_page_answers_in_every_language_the_same_for_everyone(client, some_content, path, language):
    response = client.get(f"/{language}/{path}")

    assert response.status_code == 200
    direction = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{direction}">' in text_of(response)
    assert not response.cookies
    assert "cookie" not in response.headers.get("Vary", "").lower()
    assert response.headers["Cache-Control"].startswith("public, max-age=")


@pytest.mark.parametrize("path", LISTS)
def test_page_of_an_empty_database_answers(client, path):
    get(client, path)


def test_every_page_asks_the_database_the_same_at_one_and_thirty_rows(client):
    CampaignFactory(slug="blue-heart", kind=Campaign.Kind.GLOBAL, source=SourceFactory())
    many_rows(1)
    at_one = queries_of(client, LISTS + ONES)
    Campaign.objects.filter(slug="mexico").delete()
    Fact.objects.all().delete()
    many_rows(30 - 4)

    assert queries_of(client, LISTS + ONES) == at_one


@pytest.mark.parametrize("path", LISTS + ONES)
def test_page_has_one_first_heading_and_skips_no_level(client, some_content, path):
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", get(client, path))]

    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("path", LISTS + ONES)
def test_page_has_no_id_twice_and_no_link_within_it_that_leads_nowhere(client, some_content, path):
    page = get(client, path)
    ids = re.findall(r'\bid="([^"]+)"', page)

    assert sorted(ids) == sorted(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


@pytest.mark.parametrize("path", LISTS)
def test_page_takes_no_post(path):
    assert Client().post(f"/en/{path}").status_code == 405


# Language of the content


def test_text_without_a_translation_is_marked_as_english(client):
    FactFactory(slug="at-any-time", statement="Somebody counted.", statement_fr="Quelqu’un a compté.")

    assert '<span lang="en" dir="ltr">Somebody counted.</span>' in get(client, "facts/", "ar")
    assert "Somebody counted." not in get(client, "facts/", "fr")
    assert '<span lang="en"' not in get(client, "facts/", "en")


def test_body_without_a_translation_is_marked_as_english(client):
    CampaignFactory(slug="mexico", body="Never **far**.")

    assert '<div lang="en" dir="ltr"><p>Never <strong>far</strong>.</p>' in get(client, "campaigns/mexico/", "ru")


# Mallory


def test_mallorys_markup_in_content_is_inert(client):
    evil = '<script>alert(1)</script> [go](javascript:alert(1)) <img src=x onerror="alert(1)">'
    mexico = CountryFactory(story=evil)
    CampaignFactory(slug="mexico", title=evil, summary=evil, body=evil, kind="country", country=mexico)
    FactFactory(slug="at-any-time", statement=evil, value=evil, scope=evil, reported_by=evil, certainty="B")
    MilestoneFactory(iso2="MX", title=evil, text=evil)
    HelplineFactory(iso2="MX", name=evil, hours=evil, note=evil)

    for path in [*LISTS, *ONES[1:]]:
        page = get(client, path)
        assert "<script>" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page


# Numbers with their source


def test_fact_stands_with_value_scope_year_and_source(client):
    source = SourceFactory(publisher="ILO", title="A global alliance", year=2005, url="https://example.org/ilo")
    FactFactory(source=source, scope="Europe", year=2005, locator="p. 10", population="people in forced labour")

    page = get(client, "facts/")

    for shown in ("2.5 million", "Europe · 2005", "A global alliance", "ILO", "p. 10", "people in forced labour"):
        assert shown in page
    assert 'href="https://example.org/ilo"' in page
    assert "As reported by" not in page


def test_fact_of_certainty_b_says_who_reports_it(client):
    FactFactory(slug="at-any-time", certainty="B", reported_by="Stop the Traffik")

    for path in ("facts/", "facts/at-any-time/"):
        assert "As reported by <bdi>Stop the Traffik</bdi>" in get(client, path)


def test_fact_read_in_another_source_names_both(client):
    report = SourceFactory(title="Trends", read_in=SourceFactory(title="The Blue Heart in Europe"))
    FactFactory(slug="at-any-time", source=report)

    page = get(client, "facts/at-any-time/")

    assert "Trends" in page
    assert "The Blue Heart in Europe" in page


def test_superseded_fact_stays_and_leads_to_the_newer_one(client):
    newer = FactFactory(slug="newer", value="27.6 million", year=2021)
    FactFactory(slug="older", superseded_by=newer, value="20.9 million", year=2012)

    assert "20.9 million" in get(client, "facts/")
    older = get(client, "facts/older/")
    assert "An earlier figure" in older
    assert 'href="/en/facts/newer/"' in older
    assert "20.9 million" in get(client, "facts/newer/")


def test_superseded_fact_does_not_lead_to_a_draft(client):
    newer = FactFactory(slug="newer", status=Fact.Status.DRAFT)
    FactFactory(slug="older", superseded_by=newer)

    assert "/facts/newer/" not in get(client, "facts/older/")


# Drafts


def test_drafts_are_not_found_and_not_listed(client):
    draft = {"status": "draft"}
    CampaignFactory(slug="secret-campaign", title="Secret", **draft)
    CountryFactory(iso2="FR", **draft)
    FactFactory(slug="secret-fact", statement="Secret", **draft)
    MilestoneFactory(title="Secret", **draft)
    HelplineFactory(iso2="FR", name="Secret", **draft)

    for path in ("campaigns/secret-campaign/", "facts/secret-fact/"):
        assert client.get(f"/en/{path}").status_code == 404
    for path in LISTS:
        page = get(client, path)
        assert "Secret" not in page
        assert '<th scope="row"><a href="/en/countries/fr/">' not in page  # among those that joined


def test_draft_parent_is_not_named(client):
    parent = CampaignFactory(slug="secret", title="Secret", status="draft")
    CampaignFactory(slug="child", parent=parent)

    assert "Secret" not in get(client, "campaigns/child/")


# Campaigns and countries


def test_campaign_page_leads_to_its_own_pledge_and_gift_and_says_what_it_counts(client):
    CampaignFactory(slug="mexico", pledge_goal=500, money_goal_minor=100_000, money_goal_currency="USD")

    page = get(client, "campaigns/mexico/")

    assert 'href="/en/pledge/mexico/"' in page
    assert 'href="/en/donate/mexico/"' in page
    assert '<progress max="500" value="0"' in page
    assert '<progress max="100000" value="0"' in page
    assert "it is not a vote and not money" in page
    assert "Test mode, this portal only" in page


@pytest.mark.parametrize(
    ("precision", "shown", "machine"),
    [
        ("day", "14 April 2010", "2010-04-14"),
        ("month", "April 2010", "2010-04"),
        ("year", "2010", "2010"),
        ("by", "by 14 April 2010", "2010-04-14"),
    ],
)
def test_dates_are_as_precise_as_their_source(client, precision, shown, machine):
    CountryFactory(joined_on=dt.date(2010, 4, 14), joined_precision=precision)
    MilestoneFactory(iso2="MX", happened_on=dt.date(2010, 4, 14), precision=precision)

    assert f'<td class="table-date">{shown}</td>' in get(client, "countries/")
    page = get(client, "countries/mx/")
    assert f"<strong>{shown}</strong>" in page
    assert f'<time datetime="{machine}">{shown}</time>' in page
