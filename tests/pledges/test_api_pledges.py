"""Hearts for scripts: the wall's rows and the tallies' sums, and nothing that the pages do not tell."""

import csv
import datetime as dt
import io

import pytest
from django.conf import settings
from django.utils import timezone

from pledges import jobs
from pledges.models import CampaignTerms, PledgeTally
from tests.campaigns.factories import CampaignFactory
from tests.pledges.factories import BodyFactory, HeartFactory, PledgeFactory, tally

pytestmark = pytest.mark.django_db
HEARTS, COUNTRIES = "/api/v1/pledges", "/api/v1/pledges/by-country"


def ask(client, query="", address=HEARTS):
    answer = client.get(f"{address}?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def numbers(client, query=""):
    return [row["number"] for row in ask(client, query)["items"]]


def test_heart_is_told_as_its_page_shows_it(client):
    heart = HeartFactory(
        words="For my daughters.", words_status="approved", confirmed_at=dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    )

    said = ask(client, "lang=fr")

    page = f"{settings.SITE_URL}/fr/hearts/{heart.public_id}/"
    assert said == {
        "count": None,
        "next": None,
        "items": [
            {
                "public_id": heart.public_id,
                "number": heart.number,
                "name": "Sam",
                "country": "PT",
                "kind": "person",
                "campaign": "blue-heart",
                "way": "pin",
                "words": "For my daughters.",
                "confirmed_at": "2026-03-01T12:00:00Z",
                "url": page,
                "picture": f"{page}card.png",
            }
        ],
    }
    assert client.get(page.removeprefix(settings.SITE_URL)).status_code == 200


def test_nothing_that_is_private_or_waits_is_told(client):
    HeartFactory(
        email="secret@example.org", public_name="", words="Secret", source_ip="192.0.2.7", country="KE", language="ru"
    )
    PledgeFactory()
    HeartFactory(standing="suspected")
    HeartFactory(hidden_at=timezone.now(), hidden_reason="abuse")
    HeartFactory(status="withdrawn")
    BodyFactory(pledge__verification="waiting")
    jobs.close_windows()

    (row,) = ask(client)["items"]
    table = client.get(f"{HEARTS}?format=csv").content.decode()
    cells = {cell for line in csv.reader(io.StringIO(table)) for cell in line}

    assert (row["name"], row["words"], row["country"]) == (None, None, None)
    assert not {"KE", "ru"} & {*row.values(), *cells}  # two letters stand in many an id
    assert not [secret for secret in ("ecret", "192.0.2.7") if secret in table + client.get(HEARTS).content.decode()]


def test_filters_are_those_of_the_wall(client):
    schools = CampaignFactory(slug="schools")
    named = HeartFactory(country="KE")
    HeartFactory(country="KE", public_name="")
    of_schools = HeartFactory(country="PT", campaign=schools)
    body = BodyFactory(pledge__country="FR").pledge
    jobs.close_windows()

    assert numbers(client, "country=ke") == [named.number]
    assert numbers(client, "campaign=schools") == [of_schools.number]
    assert numbers(client, "kind=organisation") == [body.number]
    assert numbers(client, "kind=person&country=PT&campaign=") == [of_schools.number]
    assert len(numbers(client)) == 4


def test_unnamed_hearts_say_their_country_from_five_on(client):
    hearts = [HeartFactory(country="KE", public_name="") for _number in range(5)]
    jobs.close_windows()

    assert numbers(client, "country=KE") == [heart.number for heart in reversed(hearts)]
    assert {row["country"] for row in ask(client)["items"]} == {"KE"}


def test_pages_follow_each_other_and_stay_whole_while_hearts_come(client):
    hearts = [HeartFactory().number for _number in range(7)]
    seen, address = [], f"{HEARTS}?limit=3"
    while address:
        said = client.get(address)
        assert (said.json()["next"] is None) == ("Link" not in said.headers)
        seen += [row["number"] for row in said.json()["items"]]
        HeartFactory()
        address = said.json()["next"] and said.json()["next"].removeprefix(settings.SITE_URL)

    assert seen == hearts[::-1]
    assert client.get(f"{HEARTS}?cursor=nonsense").status_code == 400


def test_as_many_queries_for_one_heart_as_for_many_and_no_count(client, django_assert_max_num_queries):
    HeartFactory()
    with django_assert_max_num_queries(4) as at_one:
        client.get(f"{HEARTS}?country=PT")
    for _number in range(20):
        HeartFactory()
    jobs.close_windows()
    with django_assert_max_num_queries(4) as at_many:
        client.get(f"{HEARTS}?country=PT")

    assert len(at_one) == len(at_many)
    assert not [query for query in at_many if "COUNT(" in query["sql"].upper()]


def test_csv_and_etag_of_hearts(client):
    HeartFactory(public_name="=Sam")
    answer = client.get(f"{HEARTS}?format=csv")

    (row,) = csv.DictReader(io.StringIO(answer.content.decode()))
    assert (row["name"].lstrip("'"), row["country"], row["campaign"]) == ("=Sam", "PT", "blue-heart")
    assert client.get(f"{HEARTS}?format=csv", headers={"if-none-match": answer["ETag"]}).status_code == 304


@pytest.mark.parametrize("query", ["kind=nonsense", "country=Portugal", "limit=201", "campaign=Ü"])
def test_what_is_not_understood_is_told(client, query):
    assert client.get(f"{HEARTS}?{query}").status_code == 400


def test_campaign_that_is_not_there_is_not_found(client):
    CampaignFactory(slug="secret", status="draft")
    for address in (HEARTS, COUNTRIES):
        assert client.get(f"{address}?campaign=secret").status_code == 404


def of(said, country):
    (row,) = [row for row in said["items"] if row["country"] == country]
    return row["count"], row["count_shown"]


def test_countries_add_up_and_few_point_at_nobody(client):
    tally("PT", 12)
    tally("KE", 4)
    tally("BR", 3)

    said = ask(client, "lang=es", COUNTRIES)

    assert said["total"] == 19 == sum(row["count"] or 0 for row in said["items"])
    assert of(said, "PT") == (12, "12")
    assert of(said, "KE") == of(said, "BR") == of(said, "FR") == (None, "<5")
    assert of(said, "other") == (7, "7")
    assert said["items"][-1]["country"] == "other"
    assert len(said["items"]) == 250
    assert "Alemania" in [row["name"] for row in said["items"]]


def test_country_of_a_campaign_is_not_told_where_another_has_few_there(client):
    schools = CampaignFactory(slug="schools")
    tally("PT", 12)
    tally("BR", 6)
    PledgeTally.objects.create(campaign=schools, country="PT", kind="person", confirmed=2)

    assert of(ask(client, "campaign=blue-heart", COUNTRIES), "PT") == (None, "<5")
    assert of(ask(client, "campaign=blue-heart", COUNTRIES), "BR") == (6, "6")
    assert of(ask(client, "", COUNTRIES), "PT") == (14, "14")


def test_campaign_that_hides_its_count_tells_no_country_either(client):
    schools = CampaignFactory(slug="schools")
    CampaignTerms.objects.create(campaign=schools, counts_shown_from=100)
    PledgeTally.objects.create(campaign=schools, country="PT", kind="person", confirmed=60)
    tally("PT", 12)

    assert ask(client, "campaign=schools", COUNTRIES) == {"total": None, "shown_from": 100, "items": []}
    assert ask(client, "", COUNTRIES)["total"] == 12


def test_csv_etag_and_cors_of_countries(client, django_assert_max_num_queries):
    tally("PT", 12)
    with django_assert_max_num_queries(4):
        answer = client.get(f"{COUNTRIES}?format=csv&campaign=blue-heart")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))

    assert {"country": "PT", "name": "Portugal", "count": "12", "count_shown": "12"} in rows
    assert {"country": "FR", "name": "France", "count": "", "count_shown": "<5"} in rows
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    known = {"if-none-match": client.get(COUNTRIES).headers["ETag"]}
    assert client.get(COUNTRIES, headers=known).status_code == 304
    tally("BR", 1)
    assert client.get(COUNTRIES, headers=known).status_code == 200
