"""Projects of the Trust Fund: published history, in a table that anyone can narrow, sort and take home."""

import csv
import io
import re

import pytest
from django.db import IntegrityError

from campaigns.models import GrantCycle, PublishedGrant
from tests.campaigns.factories import GrantCycleFactory, PublishedGrantFactory, SourceFactory
from tests.campaigns.reading import LANGUAGES

pytestmark = pytest.mark.django_db


def page_of(client, query="", language="en"):
    response = client.get(f"/{language}/trust-fund/projects/{query}")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def rows_of(client, query="", language="en"):
    """The slugs of the table's rows, in the order shown."""
    return re.findall(r'<tr id="([^"]+)"', page_of(client, query, language))


def csv_of(client, query=""):
    response = client.get(f"/en/trust-fund/projects/?format=csv{query}")
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_answers_in_every_language(client, language):
    PublishedGrantFactory(amount_usd=20_000, months=9, purpose="Shelter.")

    assert f'<html lang="{language}"' in page_of(client, language=language)


def test_empty_page_says_so(client):
    assert "No projects are published yet." in page_of(client)


def test_project_stands_with_call_country_sum_and_source(client):
    cycle = GrantCycleFactory(name="Seventh call")
    source = SourceFactory(title="Ten projects", url="https://example.org/ten")
    PublishedGrantFactory(
        cycle=cycle, organisation="Ever Free", iso2="UG", amount_usd=20_000, months=9, purpose="Care.", source=source
    )

    page = page_of(client)

    for shown in ("Ever Free", "Uganda", "Seventh call", "US$ 20,000", "<bdi>9</bdi> months", "Care.", "Ten projects"):
        assert shown in page
    assert 'href="/en/countries/ug/"' in page
    assert 'href="https://example.org/ten"' in page


def test_what_was_not_published_is_said_not_guessed(client):
    PublishedGrantFactory(organisation="", amount_usd=None)

    page = page_of(client)

    assert "Organisation not named" in page
    assert "Sum not published" in page


def test_call_stands_with_its_numbers_in_the_words_of_the_source(client):
    GrantCycleFactory(
        amount_words="Close to US$ 300,000", amount_usd=300_000, ceiling_words="US$ 60,000", projects_count=12,
        countries_count=11, applications_count=1200, text="The *first* ever."
    )  # fmt: skip

    page = page_of(client)

    for shown in ("Close to US$ 300,000", "US$ 60,000", "<dd>12</dd>", "<dd>11</dd>", "<dd>1,200</dd>"):
        assert shown in page
    assert "<em>first</em>" in page


def test_row_of_certainty_b_says_who_reports_it(client):
    reported = {"certainty": "B", "reported_by": "OnuItalia"}
    cycle = GrantCycleFactory(**reported)
    PublishedGrantFactory(cycle=cycle, **reported)

    assert page_of(client).count("As reported by <bdi>OnuItalia</bdi>") == 2


def test_certainty_b_without_its_reporter_is_refused():
    with pytest.raises(IntegrityError):
        PublishedGrantFactory(certainty="B")


def test_projects_are_narrowed_by_call_and_by_country(client):
    first, second = GrantCycleFactory(slug="first"), GrantCycleFactory(slug="second")
    PublishedGrantFactory(slug="a", cycle=first, iso2="NP")
    PublishedGrantFactory(slug="b", cycle=first, iso2="AL")
    PublishedGrantFactory(slug="c", cycle=second, iso2="AL")

    assert rows_of(client, "?cycle=first&country=&sort=newest") == ["b", "a"]
    assert rows_of(client, "?country=al") == ["b", "c"]
    assert rows_of(client, "?cycle=second&country=AL") == ["c"]
    assert 'value="al" selected' in page_of(client, "?country=al")


@pytest.mark.parametrize("query", ["?cycle=none", "?country=zz", "?cycle=%27--"])
def test_odd_choices_find_nothing(client, query):
    PublishedGrantFactory()

    assert "belongs to this choice" in page_of(client, query)


@pytest.mark.parametrize("number", ["0", "2", "-1", "x", "9" * 5000, "%D9%A1"])
def test_page_that_is_not_there_is_not_found(client, number):
    PublishedGrantFactory()

    assert client.get(f"/en/trust-fund/projects/?page={number}").status_code == 404


def test_projects_are_sorted_by_call_by_the_countrys_name_or_by_organisation(client):
    older = GrantCycleFactory(slug="older", announced_on="2011-10-18")
    newer = GrantCycleFactory(slug="newer", announced_on="2023-05-23")
    PublishedGrantFactory(slug="germany", cycle=newer, iso2="DE", organisation="B")
    PublishedGrantFactory(slug="algeria", cycle=newer, iso2="DZ", organisation="")
    PublishedGrantFactory(slug="albania", cycle=older, iso2="AL", organisation="A")

    assert rows_of(client) == ["algeria", "germany", "albania"]
    assert rows_of(client, "?sort=country") == ["albania", "algeria", "germany"]
    assert rows_of(client, "?sort=country", "es") == ["albania", "germany", "algeria"]  # Alemania, Argelia
    assert rows_of(client, "?sort=organisation") == ["albania", "germany", "algeria"]


def test_projects_come_in_pages_of_fifty_that_keep_the_choice(client):
    cycle, source = GrantCycleFactory(slug="big"), SourceFactory()
    many = [PublishedGrantFactory.build(cycle=cycle, source=source) for _number in range(120)]
    PublishedGrant.objects.bulk_create(many)

    pages = [rows_of(client, f"?cycle=big&page={number}") for number in (1, 2, 3)]

    assert [len(rows) for rows in pages] == [50, 50, 20]
    assert len({slug for rows in pages for slug in rows}) == 120
    assert 'href="?cycle=big&amp;page=2"' in page_of(client, "?cycle=big")
    assert "<bdi>120</bdi> projects that were published one by one" in page_of(client)


def test_table_to_take_home_has_every_project_of_the_choice(client):
    cycle, source = GrantCycleFactory(slug="big", name="Call"), SourceFactory(publisher="UNODC", title="List")
    many = [PublishedGrantFactory.build(cycle=cycle, source=source, iso2="NP") for _number in range(60)]
    PublishedGrant.objects.bulk_create(many)
    PublishedGrantFactory(iso2="AL")

    rows = csv_of(client, "&country=np")

    assert len(rows) == 60
    assert rows[0]["cycle"] == "Call"
    assert rows[0]["announced"] == "2011-10-18"
    assert rows[0]["country"] == "Nepal"
    assert (rows[0]["publisher"], rows[0]["source"]) == ("UNODC", "List")
    assert rows[0]["amount_usd"] == ""


def test_mallorys_formula_is_text_in_the_table_to_take_home(client):
    PublishedGrantFactory(organisation='=HYPERLINK("https://evil.example")')

    assert csv_of(client)[0]["organisation"] == '\'=HYPERLINK("https://evil.example")'


def test_drafts_and_projects_of_draft_calls_are_not_shown(client):
    PublishedGrantFactory(organisation="Secret", status="draft")
    PublishedGrantFactory(organisation="Secret", cycle=GrantCycleFactory(name="Secret", status="draft"))

    assert "Secret" not in page_of(client)
    assert csv_of(client) == []


def test_page_asks_the_database_the_same_at_one_and_three_hundred_projects(client, django_assert_max_num_queries):
    source = SourceFactory(read_in=SourceFactory())
    PublishedGrantFactory(source=source, cycle=GrantCycleFactory(source=source))
    with django_assert_max_num_queries(8) as at_one:
        page_of(client)
    cycles = GrantCycle.objects.bulk_create([GrantCycleFactory.build(source=source) for _number in range(300)])
    many = [PublishedGrantFactory.build(cycle=cycle, source=source) for cycle in cycles]
    PublishedGrant.objects.bulk_create(many)

    with django_assert_max_num_queries(8) as at_many:
        page_of(client)

    assert len(at_many) == len(at_one)


def test_real_projects_are_those_that_were_published(client, loaded):
    first = csv_of(client, "&cycle=first-grant-cycle")
    by_country = {row["iso2"]: row["organisation"] for row in first}

    assert len(first) == 12
    assert by_country["NP"] == "Shakti Samuha"
    assert by_country["AL"] == "Different and Equal"
    assert by_country["IN"] == "Esther Benjamins Memorial Foundation"
    fifth = csv_of(client, "&cycle=fifth-call")
    assert [row["iso2"] for row in fifth] == ["BD", "BJ", "CM", "GN", "LB", "MX", "MK", "TH", "UG", "VN"]
    assert {(row["organisation"], row["certainty"], row["reported_by"]) for row in fifth} == {("", "B", "OnuItalia")}
    seventh = csv_of(client, "&cycle=seventh-call-emergency-grants")
    assert {(row["iso2"], row["amount_usd"], row["months"]) for row in seventh} == {
        ("UG", "20000", "9"),
        ("CD", "", ""),
    }
    page = page_of(client)
    for shown in ("Close to US$ 300,000", "US$ 1.4 million", "About US$ 0.6 million", "184", "268", "400"):
        assert shown in page
