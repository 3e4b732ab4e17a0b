"""The counts are what they count, though nothing is counted on a page."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.template import Context, Template
from django.utils import timezone, translation

from blueheart.trail.models import Entry
from pledges import figures, jobs
from pledges.figures import CountryFigures, Figures
from pledges.models import (
    CampaignCountryTally,
    CampaignTally,
    CampaignTerms,
    CountryTally,
    GroupTally,
    Pledge,
    PledgeDay,
    PledgeDelta,
    PledgeTally,
)
from pledges.services import counting
from tests.campaigns.factories import CampaignFactory
from tests.pledges.factories import (
    GlobalCampaignFactory,
    GroupFactory,
    HeartFactory,
    PaperSheetFactory,
    tally,
)

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
        assert render("{% pledge_figures as n %}{{ n.confirmed }}") == "11"
    assert render("{% pledge_figures campaign as n %}{{ n.confirmed }}", campaign=campaign) == "2"
    assert render("{% pledge_figures campaign=campaign as n %}{{ n.confirmed }}", campaign=campaign) == "2"
    assert render("{% pledge_countries as n %}{{ n }}") == "2"
    assert render('{% country_pledge_count "PT" as n %}{{ n }}') == "7"
    assert render('{% country_pledge_count "BR" as n %}{{ n }}') == "None"


def test_tags_tell_nothing_where_there_is_nothing():
    assert render("{% pledge_figures as n %}{{ n.confirmed }} {% pledge_countries as n %}{{ n }}") == "0 0"


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


def days() -> dict:
    return {str(day): confirmed for day, confirmed in PledgeDay.objects.values_list("day", "confirmed")}


def test_hearts_belong_to_the_day_they_were_confirmed_on_whatever_happens_later():
    for hour in ("01", "23"):
        HeartFactory(confirmed_at=f"2026-03-01T{hour}:59Z")
    late = HeartFactory(confirmed_at="2026-03-02T00:00Z")
    jobs.close_windows()
    assert days() == {"2026-03-01": 2, "2026-03-02": 1}

    Pledge.objects.filter(pk=late.pk).update(status="withdrawn", withdrawn_at=timezone.now())
    jobs.close_windows()

    assert days() == {"2026-03-01": 2, "2026-03-02": 0}
    assert figures.by_day(dt.date(2026, 2, 28), dt.date(2026, 3, 2)) == {
        dt.date(2026, 2, 28): 0,
        dt.date(2026, 3, 1): 2,
        dt.date(2026, 3, 2): 0,
    }


def test_recount_finds_wrong_days_and_groups_and_repairs_them_alone():
    group = GroupFactory()
    HeartFactory(group=group, confirmed_at="2026-03-01T12:00Z")
    PaperSheetFactory(group=group, hearts=30)
    jobs.close_windows()
    GroupTally.objects.update(confirmed=3, on_paper=0)
    PledgeDay.objects.update(confirmed=5)
    HeartFactory(group=group, confirmed_at="2026-03-01T13:00Z")

    assert [str(wrong) for wrong in counting.differences()] == [
        f"campaign {group.campaign_id} 2026-03-01: the tally lacks -4 confirmed, +0 kept, +0 on paper",
        f"group {group.pk}: the tally lacks -2 confirmed, +0 kept, +30 on paper",
    ]
    assert len(counting.repair()) == 2
    assert list(counting.differences()) == []
    jobs.close_windows()
    assert list(counting.differences()) == []
    assert GroupTally.objects.values_list("confirmed", "on_paper").get() == (2, 30)
    assert days() == {"2026-03-01": 2}


def test_released_heart_is_no_new_heart():
    HeartFactory(confirmed_at="2026-03-01T12:00Z")
    suspected = HeartFactory(confirmed_at="2026-02-01T12:00Z", standing="suspected")
    jobs.close_windows()
    Pledge.objects.filter(pk=suspected.pk).update(standing="good")
    jobs.close_windows()

    assert figures.read() == Figures(confirmed=2, last_at=dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC))


def test_kept_and_paper_stand_beside_the_count():
    HeartFactory(fulfilled_at=timezone.now())
    HeartFactory()
    PaperSheetFactory(hearts=30)
    jobs.close_windows()

    told = figures.read(GlobalCampaignFactory())

    assert (told.confirmed, told.fulfilled, told.on_paper, told.is_shown) == (2, 1, 30, True)


@pytest.fixture
def hidden():
    """A campaign that shows its count from ten hearts on."""
    campaign = CampaignFactory(slug="schools")
    CampaignTerms.objects.create(campaign=campaign, counts_shown_from=10)
    return campaign


def of_campaign(campaign, country, confirmed, **changes):
    return PledgeTally.objects.create(campaign=campaign, country=country, kind="person", confirmed=confirmed, **changes)


def test_count_under_the_threshold_is_in_no_figure_until_it_is_reached(hidden):
    tally("PT", 6)
    grown = of_campaign(hidden, "PT", 9, last_at=timezone.now(), on_paper=7)
    main = GlobalCampaignFactory()

    assert figures.read(hidden) == Figures(shown_from=10)
    assert figures.read() == figures.read(main) == Figures(confirmed=6)
    assert figures.of_country("PT") == 6
    assert figures.by_country() == CountryFigures({"PT": 6})
    assert CountryTally.objects.by_country() == {"PT": 6}

    grown.confirmed = 10
    grown.save()

    assert figures.read(hidden).confirmed == 10
    assert figures.read().confirmed == figures.of_country("PT") == 16


def test_campaign_without_a_heart_hides_its_count_too(hidden):
    assert figures.read(hidden) == Figures(shown_from=10)
    assert figures.read() == figures.read(GlobalCampaignFactory()) == Figures()


def test_where_no_campaign_shows_its_count_there_is_no_total(hidden):
    of_campaign(hidden, "PT", 9)

    assert figures.read() == Figures(shown_from=10)


def test_day_of_a_campaign_that_hides_its_count_is_not_told(hidden):
    HeartFactory(campaign=hidden, confirmed_at="2026-03-01T12:00Z")
    jobs.close_windows()
    day = dt.date(2026, 3, 1)

    assert figures.by_day(day, day) == {day: 0}


def test_countries_under_five_are_only_summed():
    tally("PT", 5)
    tally("BR", 4)
    tally("FR", 1)

    assert figures.by_country() == CountryFigures({"PT": 5}, other=5)
    assert figures.by_country().of("BR") is None


def test_country_is_not_told_of_a_campaign_where_another_has_few_there():
    """Seven in all, less five of the one, are two of the other."""
    other = CampaignFactory(slug="schools")
    tally("PT", 5)
    tally("BR", 6)
    of_campaign(other, "PT", 2)

    assert figures.by_country() == CountryFigures({"PT": 7, "BR": 6})
    assert figures.by_country(GlobalCampaignFactory()) == CountryFigures({"BR": 6}, other=5)
    assert figures.by_country(other) == CountryFigures({}, other=2)


def test_figures_take_one_query_whatever_the_number_of_tallies(django_assert_num_queries):
    campaign = GlobalCampaignFactory()
    for number in range(40):
        tally(f"A{chr(65 + number % 26)}" if number < 26 else f"B{chr(65 + number % 26)}", 7)

    with django_assert_num_queries(1):
        figures.read()
    with django_assert_num_queries(1):
        figures.read(campaign)
    with django_assert_num_queries(1):
        figures.by_country()
    with django_assert_num_queries(2):
        figures.by_country(campaign)


@pytest.mark.parametrize(
    ("language", "passed", "said"),
    [
        ("en", dt.timedelta(seconds=5), "1 minute ago"),
        ("en", dt.timedelta(minutes=12), "12 minutes ago"),
        ("fr", dt.timedelta(hours=3), "il y a 3 heures"),
        ("ar", dt.timedelta(days=2), "قبل يومين"),
    ],
)
def test_last_heart_is_told_in_words_and_for_machines(language, passed, said, time_machine):
    time_machine.move_to("2026-03-05T12:00Z", tick=False)
    moment = timezone.now() - passed
    with translation.override(language):
        shown = render("{{ moment|ago }}", moment=moment)

    assert shown == f'<time datetime="{moment:%Y-%m-%dT%H:%MZ}"><bdi>{said}</bdi></time>'


def test_sums_follow_their_tallies_and_a_tally_stays_what_it_counts():
    main, schools = GlobalCampaignFactory(), CampaignFactory(slug="schools")
    row = tally("PT", 5)
    of_campaign(schools, "PT", 7, fulfilled=2, on_paper=3)
    row.confirmed = 6
    row.save()
    of_campaign(schools, "BR", 1).delete()

    assert set(CampaignTally.objects.values_list("campaign", "confirmed", "fulfilled", "on_paper")) == {
        (main.pk, 6, 0, 0), (schools.pk, 7, 2, 3)
    }  # fmt: skip
    assert CountryTally.objects.by_country() == {"PT": 13}
    assert set(CampaignCountryTally.objects.values_list("campaign", "country", "confirmed")) == {
        (main.pk, "PT", 6), (schools.pk, "PT", 7), (schools.pk, "BR", 0)
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="never changes"):
        PledgeTally.objects.filter(pk=row.pk).update(country="FR")
