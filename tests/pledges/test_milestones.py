"""Round numbers of hearts are noted by the window that passes them, once, and shown where the count is."""

import re

import pytest
from django.utils import timezone

from pledges import jobs
from pledges.models import CampaignTerms, Milestone, Pledge, PledgeDelta
from pledges.services import counting
from tests.campaigns.factories import CampaignFactory
from tests.pledges.factories import GlobalCampaignFactory, HeartFactory, tally

pytestmark = pytest.mark.django_db


def noted() -> set[tuple]:
    return set(Milestone.objects.values_list("campaign__slug", "hearts"))


def add(confirmed: int, campaign=None) -> None:
    """A window that brings so many hearts at once."""
    campaign = campaign or GlobalCampaignFactory()
    PledgeDelta.objects.create(campaign=campaign, country="PT", kind="person", confirmed=confirmed)
    jobs.close_windows()


def test_window_notes_all_it_passes_of_the_campaign_and_of_all():
    add(4)
    assert noted() == {("blue-heart", 1), (None, 1)}
    add(47)
    assert noted() == {(slug, hearts) for slug in ("blue-heart", None) for hearts in (1, 5, 10, 50)}
    add(9_949)
    assert ("blue-heart", 10_000) in noted()
    assert len(noted()) == 18


def test_campaigns_pass_theirs_and_together_more():
    add(6)
    add(5, CampaignFactory(slug="schools"))

    assert noted() == {
        ("blue-heart", 1), ("blue-heart", 5), ("schools", 1), ("schools", 5), (None, 1), (None, 5), (None, 10)
    }  # fmt: skip


def test_milestone_keeps_its_moment_and_is_noted_once_though_hearts_go_and_come_back():
    heart = HeartFactory(confirmed_at="2026-03-01T12:00Z")
    jobs.close_windows()
    Pledge.objects.filter(pk=heart.pk).update(status="withdrawn", withdrawn_at=timezone.now())
    jobs.close_windows()
    HeartFactory(confirmed_at="2026-03-09T12:00Z")
    jobs.close_windows()

    assert [f"{milestone.reached_at:%Y-%m-%d}" for milestone in Milestone.objects.all()] == ["2026-03-01"] * 2


def test_hearts_of_a_campaign_that_hides_its_count_bring_all_no_milestone():
    hidden = CampaignFactory(slug="schools")
    CampaignTerms.objects.create(campaign=hidden, counts_shown_from=100)
    add(60, hidden)
    add(2)

    assert (None, 1) in noted()
    assert (None, 5) not in noted()
    assert ("schools", 50) in noted()


def test_window_without_changes_notes_nothing_and_a_repair_does(django_assert_num_queries):
    for _number in range(5):
        HeartFactory()
    PledgeDelta.objects.all().delete()
    jobs.close_windows()
    assert noted() == set()

    counting.repair()
    assert noted() == {(slug, hearts) for slug in ("blue-heart", None) for hearts in (1, 5)}


def page(client, path: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", client.get(path).content.decode()).split())


def test_campaign_page_tells_milestones_target_deadline_and_the_last_heart(client):
    campaign = CampaignFactory(slug="schools", pledge_goal=5000, ends_on="2026-12-24")
    for _number in range(6):
        HeartFactory(campaign=campaign)
    jobs.close_windows()

    said = page(client, "/en/campaigns/schools/")

    assert "6 people wear the heart" in said
    assert "Goal: 5,000 pledges by 24 December 2026" in said
    assert "Last heart: 1 minute ago" in said
    assert "Milestones 5 hearts: " in said


def test_campaign_page_hides_all_of_it_under_the_threshold(client):
    campaign = CampaignFactory(slug="schools", pledge_goal=5000)
    CampaignTerms.objects.create(campaign=campaign, counts_shown_from=10)
    for _number in range(6):
        HeartFactory(campaign=campaign)
    jobs.close_windows()

    html = client.get("/en/campaigns/schools/").content.decode()

    assert "How many is shown from <bdi>10</bdi> hearts on." in html
    for told in ("Last heart:", "Milestones", 'aria-label="Pledges towards the goal"', "<bdi>6</bdi>"):
        assert told not in html


def test_home_tells_kept_paper_and_nothing_that_is_hidden(client, django_assert_max_num_queries):
    tally("PT", 7)
    jobs.close_windows()
    with django_assert_max_num_queries(8):
        said = page(client, "/en/")
    assert "7 people wear the heart" in said

    CampaignTerms.objects.create(campaign=GlobalCampaignFactory(), counts_shown_from=10)
    assert "How many is shown from 10 hearts on." in page(client, "/en/")
    wall = page(client, "/en/hearts/")
    assert "Everyone here wears the heart." in wall
    assert "people wear the heart" not in wall
