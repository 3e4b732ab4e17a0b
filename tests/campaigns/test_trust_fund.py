"""The Fund's page: what it is, in sourced facts, and far from the numbers of this portal."""

import json
import re

import pytest
from django.conf import settings
from django.utils.html import escape

from campaigns.models import Fact
from donations import open_books
from donations.jobs import close_windows
from tests.campaigns.factories import FactFactory, MilestoneFactory, SourceFactory
from tests.campaigns.reading import LANGUAGES
from tests.donations.factories import staff_member
from tests.donations.true_books import booked, the_fund

pytestmark = pytest.mark.django_db

FUND = Fact.Topic.TRUST_FUND


def page_of(client, language="en", path="trust-fund/"):
    response = client.get(f"/{language}/{path}")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def section_of(page, heading):
    """The part of the page under one heading."""
    return re.search(rf'<section[^>]*aria-labelledby="{heading}".*?</section>', page).group()


def donate_action_in(page):
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', page).group(1)
    return json.loads(block)


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_answers_in_every_language_without_any_content(client, language):
    assert 'id="figures"' in page_of(client, language)


def test_page_says_who_runs_the_fund_and_what_survivors_get(client):
    page = page_of(client)

    for said in ("64/293", "July 2010", "UNODC", "five Trustees", "three years", "Victoria Nyanjura"):
        assert said in section_of(page, "fund")
    for said in ("A safe roof", "A doctor", "A lawyer", "a bank account"):
        assert said in section_of(page, "survivors")


def test_figures_of_the_fund_stand_with_source_and_year_apart_from_the_portals_own(client):
    source = SourceFactory(title="Ten projects selected", publisher="UNODC")
    FactFactory(topic=FUND, value="Over US$ 6.9 million", unit="", year=2023, source=source)
    FactFactory(topic=Fact.Topic.SCALE, value="2.5 million")

    page = page_of(client)

    figures, here = section_of(page, "figures"), section_of(page, "portal")
    for shown in ("Over US$ 6.9 million", "2023", "Ten projects selected", "Published by the United Nations"):
        assert shown in figures
        assert shown not in here
    assert "Test mode, this portal" in here
    assert "never added to them" in here
    assert "2.5 million" not in page


def test_what_this_portal_s_books_say_stands_apart_each_figure_with_its_sentence(client):
    ada = staff_member()
    the_fund(ada)
    booked(receipt=False)
    close_windows()

    here = section_of(page_of(client), "portal")

    for said in ("US$25.00", "US$501.00", "US$401.00", "US$600.00"):
        assert here.count(said) == 1
    for figure in (open_books.NET, open_books.PROMISED, open_books.PAID, open_books.GRANTED):
        assert escape(str(figure.counted)) in here
    assert "US$25.00" not in section_of(page_of(client), "figures")


def test_earlier_figures_stay_as_history_below_the_newer_ones(client):
    newer = FactFactory(topic=FUND, value="US$ 7 million", year=2020)
    FactFactory(topic=FUND, value="US$ 1.5 million", year=2013, superseded_by=newer)

    figures = section_of(page_of(client), "figures")

    assert figures.index("US$ 7 million") < figures.index("Earlier figures") < figures.index("US$ 1.5 million")


def test_organisations_that_the_fund_supported_stand_beside_what_survivors_get(client):
    FactFactory(topic=FUND, slug="shakti-samuha", value="600", unit="survivors", scope="Nepal", year=2016)

    page = page_of(client)

    assert "600 survivors" in section_of(page, "survivors")
    assert "600 survivors" not in section_of(page, "figures")


def test_figure_of_one_project_stands_with_the_projects(client):
    FactFactory(topic=FUND, value="US$ 20,000", iso2="UG")

    assert "US$ 20,000" not in page_of(client)


def test_drafts_are_not_shown(client):
    FactFactory(topic=FUND, value="Hidden", status="draft")
    MilestoneFactory(kind="trust-fund", title="Hidden", status="draft")

    assert "Hidden" not in page_of(client)


def test_way_to_the_fund_itself_comes_from_its_source(client):
    assert "The Fund’s own site" not in page_of(client)
    SourceFactory(slug="unvtf-site", url="https://example.org/the-fund")

    assert 'href="https://example.org/the-fund"' in section_of(page_of(client), "give")


@pytest.mark.parametrize("path", ["trust-fund/", "donate/"])
def test_machines_read_that_giving_here_is_a_test_for_the_fund(client, path):
    action = donate_action_in(page_of(client, "es", path))

    assert action["@context"] == "https://schema.org"
    assert action["@type"] == "DonateAction"
    assert action["recipient"]["name"].startswith("United Nations Voluntary Trust Fund")
    assert action["target"]["urlTemplate"] == f"{settings.SITE_URL}/es/donate/"
    assert "agent" not in action


def test_description_for_machines_says_that_no_real_money_moves(client):
    assert "no real money moves" in donate_action_in(page_of(client))["description"]


def test_page_asks_the_database_the_same_at_one_and_three_hundred_facts(client, django_assert_max_num_queries):
    source = SourceFactory(read_in=SourceFactory())
    FactFactory(topic=FUND, source=source)
    MilestoneFactory(kind="trust-fund", source=source)
    with django_assert_max_num_queries(8) as at_one:
        page_of(client)
    facts = [FactFactory.build(topic=FUND, source=source) for _number in range(299)]
    Fact.objects.bulk_create(facts)

    with django_assert_max_num_queries(8) as at_many:
        page = page_of(client)

    assert page.count('class="card fact-card"') == 300
    assert len(at_many) == len(at_one)


def test_page_with_the_real_content_has_figures_board_and_history(client, loaded):
    page = page_of(client)

    for value in ("Over US$ 6.9 million", "Close to US$ 300,000", "US$ 1.5 million", "US$ 4.8 million"):
        assert value in section_of(page, "figures")
    assert "600 survivors" in section_of(page, "survivors")
    assert "300 people" in section_of(page, "survivors")
    assert "Belgium" in section_of(page, "fund")
    assert section_of(page, "history").index("July 2010") < section_of(page, "history").index("4 November 2010")
    assert "human-trafficking-fund" in section_of(page, "give")
