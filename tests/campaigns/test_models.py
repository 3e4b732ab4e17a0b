"""The rules that the database keeps, whoever writes."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from campaigns.models import RESERVED_SLUGS, Campaign, Country, Fact, Helpline
from tests.campaigns.factories import CampaignFactory, CountryFactory, FactFactory, HelplineFactory, MilestoneFactory

pytestmark = pytest.mark.django_db


def refused_by(constraint):
    return pytest.raises(IntegrityError, match=constraint)


@pytest.mark.parametrize("slug", ["check-your-mail", "confirm", "manage", "thanks", "new"])
def test_campaign_slug_that_the_paths_use_is_refused(slug):
    assert slug in RESERVED_SLUGS
    with refused_by("campaign_slug_is_not_a_word_of_the_paths"):
        CampaignFactory(slug=slug)


def test_campaign_slug_with_a_slash_is_refused():
    with refused_by("campaign_slug_is_kebab_case"):
        CampaignFactory(slug="a/b")


def test_second_global_campaign_is_refused():
    CampaignFactory(kind=Campaign.Kind.GLOBAL)
    with refused_by("campaign_global_is_only_one"):
        CampaignFactory(kind=Campaign.Kind.GLOBAL)


def test_country_campaign_names_its_country_and_others_name_none():
    rule = "campaign_of_a_country_names_it_and_no_other_does"
    with refused_by(rule), transaction.atomic():
        CampaignFactory(kind=Campaign.Kind.COUNTRY)
    with refused_by(rule), transaction.atomic():
        CampaignFactory(kind=Campaign.Kind.REGION, country=CountryFactory())
    CampaignFactory(kind=Campaign.Kind.COUNTRY, country=CountryFactory())


@pytest.mark.parametrize(
    ("goal", "rule"),
    [
        ({"pledge_goal": 0}, "campaign_pledge_goal_is_positive"),
        ({"money_goal_minor": 100}, "campaign_money_goal_is_positive_and_has_a_currency"),
        ({"money_goal_currency": "USD"}, "campaign_money_goal_is_positive_and_has_a_currency"),
    ],
)
def test_goal_that_is_not_one_is_refused(goal, rule):
    with refused_by(rule):
        CampaignFactory(**goal)


def test_campaign_that_is_its_own_parent_is_refused():
    campaign = CampaignFactory()
    with refused_by("campaign_is_not_its_own_parent"):
        Campaign.objects.filter(pk=campaign.pk).update(parent=campaign)


def test_campaign_that_ends_before_it_starts_is_refused():
    with refused_by("campaign_does_not_end_before_it_starts"):
        CampaignFactory(starts_on="2026-07-30", ends_on="2026-07-29")


@pytest.mark.parametrize("factory", [FactFactory, MilestoneFactory, CountryFactory])
def test_certainty_b_without_its_reporter_is_refused(factory):
    with refused_by("of_certainty_b_names_its_reporter"):
        factory(certainty="B")


def test_fact_without_a_source_is_refused():
    with refused_by("source_id"):
        FactFactory(source=None)


def test_helpline_of_grade_b_cannot_be_published():
    HelplineFactory(grade="B", status=Helpline.Status.DRAFT)
    with refused_by("helpline_is_published_only_with_grade_a"):
        HelplineFactory(grade="B")


def test_helpline_without_number_and_page_is_refused():
    with refused_by("helpline_has_a_number_or_a_page"):
        HelplineFactory(phones="", web="")


def test_drafts_are_not_published():
    published = CampaignFactory()
    CampaignFactory(status=Campaign.Status.DRAFT)

    assert list(Campaign.objects.published()) == [published]


def test_superseded_fact_is_history_not_current():
    newer = FactFactory()
    FactFactory(superseded_by=newer)

    assert list(Fact.objects.current()) == [newer]


def test_addresses_are_in_the_language_of_the_page():
    with translation.override("fr"):
        assert CampaignFactory(slug="spain").get_absolute_url() == "/fr/campaigns/spain/"
        assert Country(iso2="ES").get_absolute_url() == "/fr/countries/es/"
        assert Fact(slug="a-fact").get_absolute_url() == "/fr/facts/a-fact/"
