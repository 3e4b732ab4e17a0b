"""Sam wants to join, and a minister too: the heart, who may wear it, and the next step of each."""

import pytest

from campaigns.models import Fact, Milestone
from tests.campaigns.factories import FactFactory, MilestoneFactory, ResourceFactory, SourceFactory
from tests.campaigns.reading import get

pytestmark = pytest.mark.django_db


def part(page, heading):
    """The section of the page under the heading with this id."""
    start = page.rindex("<section", 0, page.index(f'id="{heading}"'))
    return page[start : page.index("</section>", start)]


def test_a_government_joins_through_unodc_and_is_led_there(client):
    SourceFactory(slug="unodc-join", url="https://example.org/join", title="Join the campaign")

    governments = part(get(client, "join/"), "governments")

    assert "A government joins through UNODC" in governments
    assert "party to the Protocol" in governments
    assert "Convention against Transnational Organized Crime" in governments
    assert 'href="https://example.org/join"' in governments
    assert "/en/pledge/" not in governments


def test_a_person_is_led_to_the_pledge(client):
    person = part(get(client, "join/"), "individuals")

    assert "commit to the spirit of the Protocol, and wear the heart for no other cause" in person
    assert 'href="/en/pledge/"' in person
    assert 'href="/en/donate/"' in person


def test_an_international_organisation_has_a_rule_of_its_own(client):
    organisations = part(get(client, "join/"), "organisations")

    assert "support the Protocol, and its definition" in organisations
    assert 'href="/en/resources/?kind=symbol"' in organisations
    assert 'href="/en/help/?open=all"' in organisations


def test_the_rules_stand_with_their_source(client):
    SourceFactory(slug="unodc-join", title="Join the campaign", publisher="UNODC")

    for path in ("join/", "about/"):
        assert "Join the campaign" in get(client, path)


def test_pacts_of_others_stand_with_their_dates(client):
    MilestoneFactory(slug="bolivia-joins", title="Bolivia signs", iso2="BO")

    page = get(client, "join/")

    assert "Bolivia signs" in page
    assert '<time datetime="2009-03-05">' in page


def test_about_says_that_for_a_child_the_means_is_not_required(client):
    page = get(client, "about/")

    assert "For a child, the means is not required" in page
    assert "article 3 (c)" in page


def test_about_keeps_the_history_of_the_campaign_and_leads_to_the_rest(client):
    MilestoneFactory(kind=Milestone.Kind.CAMPAIGN, title="Launch")
    MilestoneFactory(kind=Milestone.Kind.TRUST_FUND, title="The Assembly adopts it")
    MilestoneFactory(kind=Milestone.Kind.PEOPLE, title="An actor joins")
    MilestoneFactory(kind=Milestone.Kind.COUNTRY, title="Hands form a heart")

    page = get(client, "about/")

    assert "Launch" in page
    assert "The Assembly adopts it" not in page
    assert "Hands form a heart" not in page
    assert "An actor joins" not in page
    for way in ("partners", "countries", "assistance", "resources", "join"):
        assert f'href="/en/{way}/' in page


def test_assistance_shows_its_facts_with_their_source_and_what_professionals_can_use(client):
    source = SourceFactory(slug="unodc-world-day-2016", title="Flyer of 2016")
    FactFactory(
        slug="vulnerability-before-the-courts", value="Argentina", source=source, topic=Fact.Topic.JUSTICE, year=2016
    )
    ResourceFactory(title="For judges", audiences=["policymakers"])
    ResourceFactory(title="For a class", audiences=["schools"])

    page = get(client, "assistance/")

    assert "Argentina" in page
    assert "Flyer of 2016" in page
    assert "For judges" in page
    assert "For a class" not in page


def test_loaded_pages_around_the_heart_say_what_the_sources_say(loaded, client):
    join, assistance = get(client, "join/"), get(client, "assistance/")

    assert "https://www.unodc.org/blueheart/en/-join-the-blue-heart-campaign.html" in join
    assert "Panama joins" in join
    assert "United Kingdom and Argentina" in assistance
    assert "Personal, situational, circumstantial" in assistance
