"""This portal's grants for scripts: the page's figures in minor units, and nothing that the page does not say."""

import csv
import io
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.campaigns.factories import PublishedGrantFactory
from tests.donations.factories import grant, organisation
from tests.donations.test_grants import paid, proposed, returned
from tests.donations.test_grants_page import many
from tests.office.test_api import validator, without_more

pytestmark = pytest.mark.usefixtures("db")
ADDRESS = "/api/v1/grants/portal"


def get(client, query="", status=200):
    response = client.get(f"{ADDRESS}{query}")
    assert response.status_code == status
    return response


def items(client, query=""):
    return get(client, query).json()["items"]


def test_a_grant_is_told_with_what_was_paid_and_what_came_back(client):
    given = grant(country="NP", currency="JPY", purpose="Un abri sûr", language="fr")
    paid(given, 60000)
    returned(given, 20000)

    [told] = items(client, "?lang=es")

    assert told == {
        "reference": given.public_id,
        "test_mode": True,
        "organisation": "Safe Harbour",
        "country": "NP",
        "country_name": "Nepal",
        "purpose": "Un abri sûr",
        "purpose_language": "fr",
        "currency": "JPY",
        "granted_minor": 100000,
        "paid_minor": 60000,
        "returned_minor": 20000,
        "starts_on": "2026-03-01",
        "ends_on": "2027-03-01",
        "approved_on": "2026-03-01",
        "state": "approved",
        "url": f"{told['url'].partition('/es/')[0]}/es/trust-fund/grants/?country=np#grant-{given.public_id}",
    }


def test_table_has_the_same_rows_with_licence_and_schema(client):
    paid(grant())

    response = get(client, "?format=csv")

    [row] = csv.DictReader(io.StringIO(response.content.decode()))
    [told] = items(client)
    assert row == {name: {True: "true"}.get(value, str(value)) for name, value in told.items()}
    assert '<https://spdx.org/licenses/BSD-3-Clause.html>; rel="license"' in response.headers["Link"]
    assert '</api/v1/openapi.json>; rel="describedby"' in response.headers["Link"]


def test_answer_fits_the_schema_that_knows_no_further_field(client):
    grant()
    description = without_more(client.get("/api/v1/openapi.json").json())
    content = description["paths"][ADDRESS]["get"]["responses"]["200"]["content"]["application/json"]
    shape = validator(description, content["schema"])

    shape.validate(content["example"])
    shape.validate(get(client).json())
    assert "never to be added" in description["paths"][ADDRESS]["get"]["description"].replace("Never", "never")


def test_mallory_sees_no_shelter_no_proposal_and_no_contact(client):
    shelter = organisation("Willow Roof", is_public=False, contact_email="hanna@willow.example", note="Willow Street")
    paid(grant(organisation=shelter, why="Willow reasons"), reference="Willow reference")
    proposed(purpose="Willow plan")
    grant("declined", organisation=organisation("Willow House"))

    told = get(client).json()

    assert told["count"] == 1
    assert told["items"][0]["organisation"] is None
    assert "illow" not in json.dumps(told)
    assert "illow" not in get(client, "?format=csv").content.decode()


def test_published_grants_and_ours_have_addresses_of_their_own(client):
    published, own = PublishedGrantFactory(), grant()

    assert [row["slug"] for row in client.get("/api/v1/grants").json()["items"]] == [published.slug]
    assert [row["reference"] for row in items(client)] == [own.public_id]


def test_one_country_or_currency_is_asked_for(client):
    many(2)
    many(1, country="KE", currency="EUR")

    assert [row["country"] for row in items(client, "?country=ke")] == ["KE"]
    assert [row["currency"] for row in items(client, "?currency=usd")] == ["USD", "USD"]
    assert "country" in get(client, "?country=kenya", 400).json()["detail"]


def test_pages_keep_their_place_and_name_the_next(client):
    rows = many(5)
    first = get(client, "?limit=2")
    following = first.json()["next"]
    many(1)

    second = client.get(following[following.index("/api/") :])

    told = [row["reference"] for page in (first, second) for row in page.json()["items"]]
    assert told == [row.public_id for row in reversed(rows)][:4]
    assert f'<{following}>; rel="next"' in first.headers["Link"]


def test_answer_that_is_known_is_not_sent_again_until_something_is_paid(client):
    given = grant()
    known = get(client).headers["ETag"]
    assert client.get(ADDRESS, headers={"if-none-match": known}).status_code == 304

    paid(given)

    assert client.get(ADDRESS, headers={"if-none-match": known}).status_code == 200


def test_list_asks_the_database_the_same_at_one_and_three_hundred_grants(client):
    many(1)
    with CaptureQueriesContext(connection) as at_one:
        get(client)
    many(299)

    with CaptureQueriesContext(connection) as at_many:
        assert len(items(client, "?limit=200")) == 200

    assert len(at_one) == len(at_many) <= 8
