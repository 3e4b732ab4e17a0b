"""The API as a whole: open to every site, the same for everyone, and described as it is."""

import json
import re

import pytest
from django.conf import settings
from django.test import Client
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from campaigns.models import Campaign
from pledges import jobs
from tests.campaigns.factories import CampaignFactory, FactFactory
from tests.campaigns.test_api import LISTS, one_of_each
from tests.pledges.factories import HeartFactory

pytestmark = pytest.mark.django_db

HEARTS = ["pledges", "pledges/by-country"]
ADDRESSES = [*LISTS, *HEARTS, "campaigns/blue-heart", "openapi.json", "docs"]


@pytest.fixture
def some_content():
    one_of_each()
    HeartFactory()
    jobs.close_windows()


@pytest.fixture
def description(client):
    return client.get("/api/v1/openapi.json").json()


def problem_of(response, status):
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.json().keys() == {"status", "title", "detail"}
    return response.json()["detail"]


# Who may ask, and how


@pytest.mark.parametrize("path", ADDRESSES)
def test_answer_is_the_same_for_everyone_and_open_to_every_site(client, some_content, path):
    client.cookies["sessionid"] = "somebody"
    response = client.get(f"/api/v1/{path}", headers={"origin": "https://example.org"})

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert response.headers["Cache-Control"].startswith("public, max-age=")
    assert not response.cookies
    assert "cookie" not in response.headers.get("Vary", "").lower()


@pytest.mark.parametrize("path", ADDRESSES)
def test_answer_that_is_known_already_is_not_sent_again(client, some_content, path):
    first = client.get(f"/api/v1/{path}")

    second = client.get(f"/api/v1/{path}", headers={"if-none-match": first.headers["ETag"]})

    assert second.status_code == 304
    assert second.content == b""
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Access-Control-Allow-Origin"] == "*"
    assert second.headers["Cache-Control"] == first.headers["Cache-Control"]


def test_etag_changes_with_the_content(client):
    FactFactory.create_batch(2)
    before = client.get("/api/v1/facts?limit=1").headers["ETag"]
    assert client.get("/api/v1/facts?limit=1").headers["ETag"] == before
    FactFactory(slug="a-new-one")

    response = client.get("/api/v1/facts?limit=1", headers={"if-none-match": before})

    assert response.status_code == 200


@pytest.mark.parametrize("path", ADDRESSES)
def test_head_is_answered_as_get_without_a_body(client, some_content, path):
    got, head = client.get(f"/api/v1/{path}"), client.head(f"/api/v1/{path}")

    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["ETag"] == got.headers["ETag"]
    assert head.headers["Content-Type"] == got.headers["Content-Type"]


def test_other_sites_may_ask_first(client):
    asks = {"origin": "https://example.org", "access-control-request-method": "GET"}

    response = client.options("/api/v1/facts", headers=asks)

    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["facts", "campaigns/blue-heart", "openapi.json", "docs", "nowhere"])
def test_nothing_can_be_written(method, path):
    response = getattr(Client(enforce_csrf_checks=True), method)(f"/api/v1/{path}")

    assert "read-only" in problem_of(response, 405)
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["", "nowhere", "facts/", "facts/x", "grants/cycles/first"])
def test_address_that_does_not_exist_says_where_they_are_listed(client, path):
    assert "/api/v1/docs" in problem_of(client.get(f"/api/v1/{path}"), 404)


@pytest.mark.parametrize(
    "query",
    ["lang=de", "format=xml", "topic=weather", "country=NPL", "year=soon", "year=0", "current=perhaps", "limit=1000"],
)
def test_parameter_that_is_not_understood_is_named(client, query):
    assert problem_of(client.get(f"/api/v1/facts?{query}"), 400).startswith(query.partition("=")[0])


def test_what_a_topic_may_be_is_said(client):
    assert "'trust-fund'" in problem_of(client.get("/api/v1/facts?topic=weather"), 400)


def test_problem_is_kept_by_no_cache(client):
    assert "no-store" in client.get("/api/v1/facts?lang=de").headers["Cache-Control"]


def test_problem_never_repeats_what_was_sent(client):
    response = client.get("/api/v1/facts?topic=<script>alert(1)</script>&lang=<b>")

    assert "script" not in problem_of(response, 400)


# The description


def test_description_is_valid_openapi(description):
    validate(description)

    assert description["openapi"] == "3.1.0"
    assert description["servers"] == [{"url": settings.SITE_URL}]


def test_description_names_every_address_of_the_contract(description):
    told = description["paths"].keys()
    assert {f"/api/v1/{path}" for path in [*LISTS, *HEARTS, "campaigns/{slug}"]} <= told


def test_description_says_what_everything_is(description):
    for path in description["paths"].values():
        assert path.keys() == {"get"}
        operation = path["get"]
        assert operation["summary"]
        assert operation["description"]
        assert all(parameter["description"] for parameter in operation["parameters"])
        assert {"200", "304", "400"} <= operation["responses"].keys()
        assert all(response["description"] for response in operation["responses"].values())
        assert {"ETag", "Cache-Control", "Access-Control-Allow-Origin"} <= operation["responses"]["200"][
            "headers"
        ].keys()
        assert operation["responses"]["200"]["content"].keys() == {"application/json", "text/csv"}
    for schema in description["components"]["schemas"].values():
        for field, details in schema["properties"].items():
            assert field == "items" or "$ref" in str(details) or details["description"]


def test_schemas_have_names_of_their_own(description):
    """Two schemas of one name would describe each other: ninja keeps the last."""
    assert "europe" in json.dumps(parameter(description, "facts", "topic"))
    assert "convictions" in json.dumps(parameter(description, "data-tables", "topic"))


def parameter(description, path, name):
    parameters = description["paths"][f"/api/v1/{path}"]["get"]["parameters"]
    return next(each["schema"] for each in parameters if each["name"] == name)


def validator(description, schema):
    checker = Draft202012Validator.FORMAT_CHECKER
    return Draft202012Validator(schema | {"components": description["components"]}, format_checker=checker)


def without_more(description):
    """The description, with schemas that allow no field which they do not name."""
    strict = json.loads(json.dumps(description))
    for schema in strict["components"]["schemas"].values():
        schema["additionalProperties"] = False
    return strict


@pytest.mark.parametrize("path", [*LISTS, *HEARTS, "campaigns/{slug}"])
def test_examples_have_the_shape_of_real_answers(client, description, some_content, path):
    """What is shown and what is sent fit the same schema, which knows no further field."""
    strict = without_more(description)
    content = strict["paths"][f"/api/v1/{path}"]["get"]["responses"]["200"]["content"]
    shape = validator(strict, content["application/json"]["schema"])
    real = client.get(f"/api/v1/{path}".replace("{slug}", "blue-heart"))

    shape.validate(content["application/json"]["example"])
    shape.validate(real.json())
    header = client.get(f"/api/v1/{path}?format=csv".replace("{slug}", "blue-heart")).content.decode().splitlines()[0]
    assert content["text/csv"]["example"].splitlines()[0] == header


def test_examples_of_problems_have_the_shape_of_real_ones(client, description):
    responses = without_more(description)["paths"]["/api/v1/campaigns/{slug}"]["get"]["responses"]
    real = {"400": client.get("/api/v1/facts?limit=201"), "404": client.get("/api/v1/campaigns/nobody")}

    for status, response in real.items():
        content = responses[status]["content"]["application/problem+json"]
        shape = validator(description, content["schema"])
        shape.validate(content["example"])
        shape.validate(response.json())
        assert content["example"] == response.json()


# The page for people


def test_handbook_shows_every_address_without_scripts_or_styles_of_its_own(client):
    CampaignFactory(slug="blue-heart", kind=Campaign.Kind.GLOBAL)
    response = client.get("/api/v1/docs", headers={"accept-language": "ar"})
    page = response.content.decode()

    assert '<html lang="en" dir="ltr">' in page
    for path in [*LISTS, *HEARTS, "campaigns/{slug}"]:
        assert f"<code>/api/v1/{path}</code>" in page
    for shown in ("europe-victims-at-any-time", "application/problem+json", "source.cited_in.title", "trust-fund"):
        assert shown in page
    assert not re.search(r"<script(?![^>]* src=)", page)
    assert "<style" not in page
    assert 'style="' not in page
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_handbook_leads_to_addresses_that_answer(client, some_content):
    page = client.get("/api/v1/docs").content.decode()

    for address in set(re.findall(r'href="(/api/v1/[^"#]+)"', page)):
        assert client.get(address).status_code == 200
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
