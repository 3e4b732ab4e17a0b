"""The World Day: what stands on its page on which day, what happens where and when, and what calendars are told."""

import datetime as dt
import json
import re
from html import unescape

import pytest
import time_machine
from django.db import IntegrityError, transaction

from campaigns.models import Campaign, Event, WorldDayEdition
from campaigns.models.world_days import edition_year, next_world_day
from tests.campaigns.factories import (
    CampaignFactory,
    EditionFactory,
    EventFactory,
    ResourceFactory,
    SourceFactory,
)
from tests.campaigns.figures import WORLD_DAYS
from tests.campaigns.reading import MOST_QUERIES, get, in_turns

pytestmark = pytest.mark.django_db

SHARED = "public, max-age=0, s-maxage={}, stale-while-revalidate={}"


def text_of(response):
    return unescape(re.sub(r"\s+", " ", response.content.decode()))


def at(moment):
    return time_machine.travel(dt.datetime.fromisoformat(f"{moment}+00:00"), tick=False)


def said_by_the_clock(page):
    return re.search(r'class="countdown-days">(.*?)</span>', page).group(1).replace("<bdi>", "").replace("</bdi>", "")


# Which edition, which day


@pytest.mark.parametrize(
    ("day", "year", "next_day"),
    [
        ("2026-07-29", 2026, "2026-07-30"),
        ("2026-07-30", 2026, "2026-07-30"),
        ("2026-07-31", 2026, "2027-07-30"),
        ("2026-08-31", 2026, "2027-07-30"),
        ("2026-09-01", 2027, "2027-07-30"),
        ("2027-01-01", 2027, "2027-07-30"),
    ],
)
def test_edition_runs_from_september_to_august_and_the_next_day_is_the_first_not_past(day, year, next_day):
    day = dt.date.fromisoformat(day)

    assert edition_year(day) == year
    assert str(next_world_day(day)) == next_day


@pytest.mark.parametrize(
    ("moment", "theme", "countdown"),
    [
        ("2026-07-29T23:59:59", "Theme of 2026", "in 1 day"),
        ("2026-07-30T00:00:00", "Theme of 2026", "Today"),
        ("2026-07-30T23:59:59", "Theme of 2026", "Today"),
        ("2026-07-31T00:00:00", "Theme of 2026", "in 364 days"),
        ("2026-08-31T23:59:59", "Theme of 2026", "in 333 days"),
        ("2026-09-01T00:00:00", "Theme of 2027", "in 332 days"),
        ("2027-01-01T12:00:00", "Theme of 2027", "in 210 days"),
    ],
)
def test_current_page_shows_the_edition_of_now_and_counts_the_days_in_utc(client, moment, theme, countdown):
    for year in (2025, 2026, 2027, 2028):
        EditionFactory(year=year, theme=f"Theme of {year}")

    with at(moment):
        page = get(client, "world-day/")

    assert f"<strong><bdi>{theme}</bdi></strong>" in page
    assert said_by_the_clock(page) == countdown
    assert "at 00:00 UTC" in page


def test_page_before_its_row_is_there_shows_the_date_and_the_latest_edition(client):
    EditionFactory(year=2025, theme="Older")
    EditionFactory(year=2026, theme="The latest theme")
    EditionFactory(year=2027, theme="Not yet", status="draft")

    with at("2026-09-01T00:00:00"):
        page = get(client, "world-day/")

    assert "30 July 2027" in page
    assert "The edition of 2027 is not published yet" in page
    assert '<a href="/en/world-day/2026/">2026: <bdi>The latest theme</bdi></a>' in page
    assert "Not yet" not in page


def test_page_without_any_edition_still_has_the_date(client):
    with at("2026-11-22T12:00:00"):
        page = get(client, "world-day/")

    assert "30 July 2027" in page
    assert "No edition is published yet" in page
    assert said_by_the_clock(page) == "in 250 days"


@pytest.mark.parametrize(
    ("moment", "fresh", "renewed"),
    [
        ("2026-07-29T23:59:50", 1, 1),
        ("2026-07-29T23:59:59", 1, 0),
        ("2026-07-29T23:59:59.500", 0, 0),
        ("2026-07-30T00:00", 1, 1),
    ],
)
@pytest.mark.parametrize("path", ["", "world-day/", "world-day/2026/"])
def test_no_cache_keeps_the_page_past_midnight_utc(client, moment, fresh, renewed, path):
    EditionFactory(year=2026)

    with at(moment):
        assert client.get(f"/en/{path}").headers["Cache-Control"] == SHARED.format(fresh, renewed)


def test_past_edition_says_so_and_counts_nothing(client):
    EditionFactory(year=2016, theme="Vulnerability")

    with at("2026-07-29T12:00:00"):
        page = get(client, "world-day/2016/")

    assert "This edition is over" in page
    assert "countdown-days" not in page


def test_edition_leads_to_the_pledge_and_the_gift_of_its_campaign(client):
    EditionFactory(year=2026, campaign=CampaignFactory(slug="day"))
    EditionFactory(year=2025, campaign=CampaignFactory(slug="secret", status="draft"))

    assert 'href="/en/pledge/day/"' in get(client, "world-day/2026/")
    assert 'href="/en/donate/day/"' in get(client, "world-day/2026/")
    assert "secret" not in get(client, "world-day/2025/")


def test_edition_shows_hashtag_resources_and_the_other_editions(client):
    edition = EditionFactory(year=2025, hashtag="#EndHumanTrafficking")
    edition.resources.add(ResourceFactory(title="Kit of the year"), ResourceFactory(title="Hidden", status="draft"))
    EditionFactory(year=2014, theme="#igivehope")

    page = get(client, "world-day/2025/")

    assert "#EndHumanTrafficking" in page
    assert "Kit of the year" in page
    assert "Hidden" not in page
    assert 'href="/en/world-day/2014/">2014</a>' in page


@pytest.mark.parametrize("path", ["world-day/2026/", "world-day/2026/events.ics", "world-day/1999/"])
def test_edition_that_is_not_published_is_not_found(client, path):
    EditionFactory(year=2026, status="draft")

    with at("2026-11-22T12:00:00"):
        assert client.get(f"/en/{path}").status_code == 404


@pytest.mark.parametrize(("path", "language"), in_turns(["world-day/", "world-day/2026/", "world-day/2026/events.ics"]))
def test_page_answers_in_every_language_without_a_cookie(client, path, language):
    EventFactory()

    response = client.get(f"/{language}/{path}")

    assert response.status_code == 200
    assert not response.cookies
    assert response.headers["Cache-Control"].startswith("public, max-age=0")


@pytest.mark.parametrize("path", ["world-day/", "world-day/2026/", "world-day/2026/events.ics"])
def test_page_asks_the_database_the_same_at_one_and_three_hundred_rows(client, django_assert_max_num_queries, path):
    edition = EventFactory(edition__campaign=CampaignFactory(), source=SourceFactory()).edition
    edition.resources.add(ResourceFactory())
    with at("2026-08-01T12:00:00"), django_assert_max_num_queries(MOST_QUERIES) as at_one:
        get(client, path)
    source = SourceFactory(read_in=SourceFactory())
    kinds = (Event.Kind.EVENT, Event.Kind.LIGHTING)
    rows = [EventFactory.build(edition=edition, source=source, kind=kinds[number % 2]) for number in range(300)]
    Event.objects.bulk_create(rows)
    for year in range(2014, 2026):
        EditionFactory(year=year, source=source)
    for _number in range(30):
        edition.resources.add(ResourceFactory())

    with at("2026-08-01T12:00:00"), django_assert_max_num_queries(MOST_QUERIES) as at_many:
        get(client, path)

    assert len(at_many) == len(at_one)


# Events


def test_event_stands_under_its_day_and_country_with_local_time_and_utc(client):
    EventFactory(title="The walk", organiser="Friends")

    page = get(client, "world-day/2026/")

    assert re.search(r"<h3>30 July 2026</h3>.*<h4>Egypt</h4>.*The walk", page)
    assert "18:00 – 20:00</time> · Egypt Time" in page
    assert "(<bdi>15:00 – 17:00 UTC</bdi>)" in page
    assert "Organised by <bdi>Friends</bdi>" in page


def test_event_far_east_names_the_day_that_it_is_in_utc(client):
    EventFactory(iso2="JP", start_time=dt.time(8), end_time=None, time_zone="Asia/Tokyo")

    assert "29 Jul, 23:00 UTC" in get(client, "world-day/2026/")


def test_events_are_in_the_order_of_days_then_of_countries_by_their_name(client):
    EventFactory(title="Late", starts_on=dt.date(2026, 7, 31))
    EventFactory(title="German", iso2="DE", time_zone="Europe/Berlin")
    EventFactory(title="Egyptian", iso2="EG")

    page = get(client, "world-day/2026/")
    body = page[page.index('id="events"') :]

    assert body.index("Egyptian") < body.index("German") < body.index("Late")


def test_cancelled_event_is_marked(client):
    EventFactory(title="Rained off", is_cancelled=True)

    assert re.search(r"Cancelled</strong> Rained off", get(client, "world-day/2026/"))


def test_event_without_an_hour_lasts_all_day_and_says_who_reports_it(client):
    source = SourceFactory()
    EventFactory(start_time=None, end_time=None, source=source, reported_by="The Malta Independent")

    page = get(client, "world-day/2026/")

    assert "All day" in page
    assert "As reported by <bdi>The Malta Independent</bdi>" in page


def test_lightings_stand_apart(client):
    EventFactory(title="Blue walls", kind=Event.Kind.LIGHTING)

    page = get(client, "world-day/2026/")

    assert re.search(r'id="lightings">Landmarks lit in blue.*Blue walls.*id="events"', page)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_on": dt.date(2026, 7, 29)},
        {"start_time": None},
        {"start_time": dt.time(18), "end_time": dt.time(17)},
    ],
)
def test_database_refuses_an_event_that_ends_before_it_begins(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        EventFactory(**wrong)


def test_event_may_end_early_on_a_later_day():
    assert EventFactory(ends_on=dt.date(2026, 7, 31), end_time=dt.time(2)).ends_at.hour == 2


def test_each_change_counts_whoever_makes_it_and_never_goes_back():
    event = EventFactory()
    stale = Event.objects.get(pk=event.pk)
    event.save()
    event.save(update_fields=["title"])
    stale.save()

    assert Event.objects.get().revision == 3


# Machines


def described(page):
    return json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page).group(1))


def test_page_describes_the_day_and_its_events_to_machines(client):
    EventFactory(title="The walk", organiser="Friends", is_cancelled=True, url="https://example.org/walk")

    day = described(client.get("/en/world-day/2026/").content.decode())

    assert (day["@context"], day["@type"], day["startDate"]) == ("https://schema.org", "Event", "2026-07-30")
    assert day["subEvent"] == [
        {
            "@type": "Event",
            "name": "The walk",
            "startDate": "2026-07-30T18:00:00+03:00",
            "endDate": "2026-07-30T20:00:00+03:00",
            "location": {
                "@type": "Place",
                "name": "Citadel of Cairo",
                "address": {"@type": "PostalAddress", "addressCountry": "EG"},
            },
            "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
            "eventStatus": "https://schema.org/EventCancelled",
            "organizer": {"@type": "Organization", "name": "Friends"},
            "url": "https://example.org/walk",
        }
    ]


# Content


def test_every_known_edition_is_loaded(loaded):
    rows = WorldDayEdition.objects.order_by("year").values_list("year", "theme_en", "certainty", "hashtag")
    assert [(year, theme or "", certainty, tag) for year, theme, certainty, tag in rows] == WORLD_DAYS
    assert not WorldDayEdition.objects.filter(certainty="B", reported_by="").exists()


def test_page_of_every_edition_stands_with_its_theme_and_source(loaded, client):
    for edition in WorldDayEdition.objects.with_source():
        page = get(client, f"world-day/{edition.year}/")

        assert (edition.theme or "no source that states a theme") in page
        assert edition.source.title in page
        assert not edition.reported_by or f"As reported by <bdi>{edition.reported_by}</bdi>" in page


def test_landmarks_and_launches_of_the_sources_are_loaded_with_them(loaded):
    assert list(Event.objects.order_by("starts_on", "slug").values_list("slug", "iso2")) == [
        ("colombia-in-blue-2016", "CO"),
        ("cairo-citadel-2018", "EG"),
        ("tunisia-joins-2018", "TN"),
        ("malta-joins-2020", "MT"),
        ("bruges-2021", "BE"),
        ("liege-2023", "BE"),
        ("border-force-2024", "GB"),
    ]
    assert not Event.objects.filter(source=None).exists()


def test_world_days_campaign_is_one_for_all_editions(loaded):
    campaign = Campaign.objects.get(slug="world-day-against-trafficking")
    assert set(WorldDayEdition.objects.values_list("campaign", flat=True)) == {campaign.pk}
