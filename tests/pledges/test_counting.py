"""The counts are what they count, though nothing is counted on a page."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.template import Context, Template

from blueheart.trail.models import Entry
from pledges import jobs
from pledges.models import Pledge, PledgeDelta, PledgeTally
from tests.campaigns.factories import CampaignFactory
from tests.pledges.factories import GlobalCampaignFactory, HeartFactory, tally

pytestmark = pytest.mark.django_db


def tallies() -> list[tuple]:
    return sorted(PledgeTally.objects.values_list("campaign__slug", "country", "kind", "confirmed"))


def render(template: str, **context) -> str:
    return Template("{% load pledge_numbers %}" + template).render(Context(context))


def test_window_adds_the_changes_up_once():
    campaign = CampaignFactory(slug="schools")
    for country in ("PT", "PT", "BR"):
        HeartFactory(country=country)
    HeartFactory(country="PT", campaign=campaign)

    assert jobs.close_windows() == 3
    assert jobs.close_windows() == 0
    assert tallies() == [
        ("blue-heart", "BR", "person", 1),
        ("blue-heart", "PT", "person", 2),
        ("schools", "PT", "person", 1),
    ]
    assert not PledgeDelta.objects.exists()


def test_later_window_adds_to_what_is_there_and_takes_away_from_it():
    tally("PT", 5)
    HeartFactory(country="PT")
    PledgeDelta.objects.create(campaign=GlobalCampaignFactory(), country="PT", kind="person", confirmed=-3)
    jobs.close_windows()

    assert tallies() == [("blue-heart", "PT", "person", 3)]


def test_tags_tell_the_counts(django_assert_num_queries):
    campaign = CampaignFactory(slug="schools")
    tally("PT", 5)
    tally("BR", 4)
    tally("FR", 0)
    PledgeTally.objects.create(campaign=campaign, country="PT", kind="organisation", confirmed=2)

    with django_assert_num_queries(1):
        assert render("{% pledge_count as n %}{{ n }}") == "11"
    assert render("{% pledge_count campaign as n %}{{ n }}", campaign=campaign) == "2"
    assert render("{% pledge_count campaign=campaign as n %}{{ n }}", campaign=campaign) == "2"
    assert render("{% pledge_countries as n %}{{ n }}") == "2"
    assert render('{% country_pledge_count "PT" as n %}{{ n }}') == "7"
    assert render('{% country_pledge_count "BR" as n %}{{ n }}') == "None"


def test_tags_tell_nothing_where_there_is_nothing():
    assert render("{% pledge_count as n %}{{ n }} {% pledge_countries as n %}{{ n }}") == "0 0"


def test_recount_is_content_with_open_and_closed_windows():
    HeartFactory(country="PT")
    jobs.close_windows()
    HeartFactory(country="BR", hidden_at="2026-11-22T00:00Z", hidden_reason="abuse")
    out = StringIO()

    call_command("recount_pledges", stdout=out)

    assert out.getvalue() == "the tallies count what they should\n"


def test_recount_finds_planted_errors_and_repairs_them():
    HeartFactory(country="PT")
    HeartFactory(country="BR")
    jobs.close_windows()
    PledgeTally.objects.filter(country="PT").update(confirmed=7)
    PledgeTally.objects.filter(country="BR").delete()
    tally("FR", 2)
    campaign = GlobalCampaignFactory()
    errors = StringIO()

    with pytest.raises(CommandError, match="3 tallies are wrong"):
        call_command("recount_pledges", stderr=errors)
    assert errors.getvalue().splitlines() == [
        f"campaign {campaign.pk} BR person: the tally lacks +1 confirmed, +0 kept, +0 on paper",
        f"campaign {campaign.pk} FR person: the tally lacks -2 confirmed, +0 kept, +0 on paper",
        f"campaign {campaign.pk} PT person: the tally lacks -6 confirmed, +0 kept, +0 on paper",
    ]

    call_command("recount_pledges", "--repair", stdout=StringIO(), stderr=StringIO())
    call_command("recount_pledges", stdout=StringIO())
    assert tallies() == [
        ("blue-heart", "BR", "person", 1),
        ("blue-heart", "FR", "person", 0),
        ("blue-heart", "PT", "person", 1),
    ]
    assert list(Entry.objects.values_list("action", "detail")) == [("pledges.recounted", {"tallies_repaired": 3})]


def test_withdrawn_pledge_is_not_counted():
    heart = HeartFactory(country="PT")
    jobs.close_windows()
    Pledge.objects.filter(pk=heart.pk).update(status="withdrawn", withdrawn_at="2026-11-22T00:00Z")

    jobs.close_windows()

    assert tallies() == [("blue-heart", "PT", "person", 0)]
    call_command("recount_pledges", stdout=StringIO())
