"""Campaigns: the list by kind, and all that belongs to one on its page."""

import datetime as dt
import re
from html import unescape

import pytest
from django.conf import settings

from campaigns.models import Campaign, Event, Fact, Milestone, NewsItem, Resource, WorldDayEdition
from tests.campaigns.factories import (
    CampaignFactory,
    CountryFactory,
    EditionFactory,
    EventFactory,
    FactFactory,
    MilestoneFactory,
    NewsFactory,
    ResourceFactory,
    SourceFactory,
)
from tests.campaigns.reading import MOST_QUERIES, bulk, queries_of

pytestmark = pytest.mark.django_db

LANGUAGES = [code.replace("-", "_") for code, _name in settings.LANGUAGES]
EVERYTHING = ("The parent", "A child", "A related fact", "A kit to use", "An event", "A bit of news", "A milestone")


def get(client, path, language="en"):
    response = client.get(f"/{language}/{path}")
    assert response.status_code == 200
    return unescape(re.sub(r"\s+", " ", response.content.decode()))


def campaign_of(kind):
    """A campaign with one of everything that its page can show."""
    country = CountryFactory() if kind == Campaign.Kind.COUNTRY else None
    parent = CampaignFactory(slug="parent", title="The parent")
    source = SourceFactory(read_in=SourceFactory())
    campaign = CampaignFactory(slug="shown", kind=kind, country=country, parent=parent, source=source)
    add_to(campaign, 1)
    return campaign


def add_to(campaign, count):
    source = SourceFactory(read_in=SourceFactory())
    bulk(CampaignFactory, count, parent=campaign, title="A child")
    campaign.related_facts.add(*bulk(FactFactory, count, source=source, statement="A related fact"))
    campaign.resources.add(*bulk(ResourceFactory, count, source=source, title="A kit to use"))
    bulk(EventFactory, count, campaign=campaign, edition=None, source=source, title="An event")
    bulk(NewsFactory, count, campaign=campaign, title="A bit of news")
    bulk(MilestoneFactory, count, iso2="MX", source=source, title="A milestone")


def queries_by_kind(client, campaign):
    """How often the page asks the database when the campaign is of each kind; no page may ask too often."""
    counts, country = {}, CountryFactory()
    for kind in Campaign.Kind:
        place = country if kind == Campaign.Kind.COUNTRY else None
        Campaign.objects.filter(pk=campaign.pk).update(kind=kind, country=place)
        counts[kind] = queries_of(client, ["campaigns/shown/"])
    return counts


def test_page_of_any_kind_asks_the_database_the_same_at_one_and_three_hundred_rows(client):
    campaign = campaign_of(Campaign.Kind.REGION)
    EditionFactory(year=2026)
    at_one = queries_by_kind(client, campaign)
    add_to(campaign, 300)
    for year in range(2014, 2026):
        EditionFactory(year=year, source=campaign.source)

    assert queries_by_kind(client, campaign) == at_one


def test_list_asks_the_database_the_same_at_one_and_three_hundred_rows(client, django_assert_max_num_queries):
    parent = CampaignFactory(slug="parent", parent=CampaignFactory())
    with django_assert_max_num_queries(MOST_QUERIES) as at_one:
        get(client, "campaigns/")
    Campaign.objects.bulk_create(CampaignFactory.build(parent=parent) for _row in range(300))

    with django_assert_max_num_queries(MOST_QUERIES) as at_many:
        get(client, "campaigns/")

    assert len(at_many) == len(at_one)


def test_page_of_a_country_shows_all_that_belongs_to_it(client):
    campaign_of(Campaign.Kind.COUNTRY)

    page = get(client, "campaigns/shown/")

    for shown in (
        "The parent",
        "A child",
        "A related fact",
        "A kit to use",
        "An event",
        "A bit of news",
        "A milestone",
    ):
        assert shown in page


def test_page_of_the_world_day_shows_its_editions(client):
    campaign_of(Campaign.Kind.WORLD_DAY)
    EditionFactory(year=2016, theme="Vulnerability")
    EditionFactory(year=2027, theme="Secret", status="draft")

    page = get(client, "campaigns/shown/")

    assert re.search(r'href="/en/world-day/2016/">2016</a> <span><bdi>Vulnerability', page)
    assert "Secret" not in page


def test_drafts_that_belong_to_it_are_not_shown(client):
    campaign = campaign_of(Campaign.Kind.COUNTRY)
    hidden = {"status": "draft"}
    for model in (Fact, Resource, Event, NewsItem, Milestone):
        model.objects.update(**hidden)
    Campaign.objects.exclude(pk=campaign.pk).update(**hidden)

    page = get(client, "campaigns/shown/")

    for text in EVERYTHING:
        assert text not in page


def test_list_has_the_kinds_in_their_order_and_says_what_is_part_of_what(client):
    parent = CampaignFactory(kind="global", title="The global one")
    CampaignFactory(kind="region", title="A region")
    CampaignFactory(kind="country", country=CountryFactory(), title="A country", parent=parent)
    CampaignFactory(kind="world-day", title="The day")

    page = get(client, "campaigns/")

    assert re.findall(r'<h2 id="([a-z-]+)">', page)[:4] == ["global", "world-day", "country", "region"]
    assert "Part of: The global one" in page


def test_draft_parent_is_not_named_in_the_list(client):
    CampaignFactory(parent=CampaignFactory(title="Secret", status="draft"))

    assert "Secret" not in get(client, "campaigns/")


# Home


def test_home_counts_to_the_world_day_and_has_the_newest_three_news(client):
    NewsFactory.create_batch(4)

    page = get(client, "")

    assert 'href="/en/world-day/"' in page
    assert "at 00:00 UTC" in page
    assert re.findall(r'href="/en/news/(news-\d+)/"', page) == [item.slug for item in NewsItem.objects.all()[:3]]


# Content


def test_every_campaign_has_its_title_and_summary_in_all_languages(loaded):
    campaigns = Campaign.objects.all()
    fields = [f"{name}_{language}" for name in ("title", "summary") for language in LANGUAGES]

    assert len(campaigns) == 17
    assert [(each.slug, field) for each in campaigns for field in fields if not getattr(each, field)] == []


def test_every_campaign_has_a_source_and_all_but_the_global_one_a_parent(loaded):
    assert not Campaign.objects.filter(source=None).exists()
    assert [each.slug for each in Campaign.objects.filter(parent=None)] == ["blue-heart"]
    assert Campaign.objects.get(slug="spain").parent.slug == "blue-heart-in-europe"
    assert [each.slug for each in Campaign.objects.exclude(reported_by="")] == ["mexico-aqui-estoy"]


def test_every_edition_is_of_the_world_days_campaign(loaded, client):
    page = get(client, "campaigns/world-day-against-trafficking/")

    for year in WorldDayEdition.objects.values_list("year", flat=True):
        assert f'href="/en/world-day/{year}/"' in page


@pytest.mark.parametrize("hidden", [{"status": "draft"}, {"publish_at": dt.datetime(2999, 1, 1, tzinfo=dt.UTC)}])
def test_event_waits_with_its_edition_on_the_campaigns_page_too(client, hidden):
    campaign = CampaignFactory()
    EventFactory(campaign=campaign, edition=EditionFactory(**hidden), title="Secret walk")
    EventFactory(campaign=campaign, edition=None, title="Open walk")

    page = client.get(campaign.get_absolute_url()).content.decode()

    assert "Open walk" in page
    assert "Secret walk" not in page
