"""The content of the API: what the pages say, for scripts, and nothing that is not published."""

import csv
import datetime as dt
import io
import re
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone

from campaigns.models import Campaign, Country, DataPoint, DataTable, Fact, GrantCycle, PublishedGrant, ReportEdition
from tests.campaigns.factories import (
    CampaignFactory,
    CountryFactory,
    FactFactory,
    GrantCycleFactory,
    PublishedGrantFactory,
    SourceFactory,
)

pytestmark = pytest.mark.django_db

LISTS = ["campaigns", "countries", "facts", "global-reports", "data-tables", "grants", "grants/cycles"]
DRAFT = {"status": "draft"}


def report(year, **fields):
    known = {"released_on": dt.date(year, 12, 1), "released_precision": "month", "summary": "On trafficking."}
    sourced = {"source": SourceFactory(), "certainty": "A", "status": "published"}
    return ReportEdition.objects.create(year=year, **(known | sourced | fields))


def table(slug, values=("1.5",), **fields):
    known = {"title": "Origins", "unit": "%", "scope": "Europe", "period": "2010", "population": "detected victims"}
    sourced = {"source": SourceFactory(), "certainty": "A", "status": "published", "topic": "origin"}
    made = DataTable.objects.create(slug=slug, **(known | sourced | fields))
    for position, value in enumerate(values):
        DataPoint.objects.create(table=made, position=position, label=f"Region {position}", value=Decimal(value))
    return made


def one_of_each():
    CampaignFactory(slug="blue-heart", kind=Campaign.Kind.GLOBAL, source=SourceFactory())
    CountryFactory()
    FactFactory(slug="at-any-time")
    table("origins", edition=report(2016))
    PublishedGrantFactory()


def get(client, path, status=200):
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == status
    return response


def items(client, path):
    return get(client, path).json()["items"]


def slugs(client, path, key="slug"):
    return [item[key] for item in items(client, path)]


def csv_rows(client, path):
    response = get(client, path)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode())))


def problem(client, path, status=400):
    response = get(client, path, status)
    assert response.headers["Content-Type"].startswith("application/problem+json")
    assert response.json()["status"] == status
    return response.json()["detail"]


# What each row says


def test_fact_is_told_with_all_that_it_needs_to_be_quoted(client):
    cited_in = SourceFactory(title="The Blue Heart in Europe", publisher="UNRIC", url="https://example.org/unric")
    source = SourceFactory(title="Trends", publisher="UNODC", url="", year=2010, read_in=cited_in)
    newer = FactFactory(slug="newer")
    made = FactFactory(
        slug="older", topic="europe", value="140,000", number=Decimal("140000.0000"), unit="people", scope="Europe",
        year=2010, period="2008–2010", as_of=dt.date(2010, 6, 29), population="estimated victims", iso2="ES",
        statement="So many.", source=source, locator="p. 3", certainty="B", reported_by="UNRIC", superseded_by=newer,
        report=report(2012),
    )  # fmt: skip

    [fact] = [fact for fact in items(client, "facts") if fact["slug"] == "older"]

    assert fact.pop("updated_at").startswith(made.updated_at.strftime("%Y-%m-%dT%H:%M:%S"))
    assert fact == {
        "slug": "older",
        "topic": "europe",
        "statement": "So many.",
        "value": "140,000",
        "number": 140000,
        "unit": "people",
        "scope": "Europe",
        "country": "ES",
        "year": 2010,
        "period": "2008–2010",
        "as_of": "2010-06-29",
        "population": "estimated victims",
        "certainty": "B",
        "reported_by": "UNRIC",
        "source": {
            "title": "Trends",
            "language": "en",
            "publisher": "UNODC",
            "kind": "un",
            "url": None,
            "year": 2010,
            "page": "p. 3",
            "cited_in": {
                "title": "The Blue Heart in Europe",
                "publisher": "UNRIC",
                "url": "https://example.org/unric",
                "year": 2016,
            },
        },
        "superseded_by": "newer",
        "global_report": 2012,
        "lang": dict.fromkeys(["statement", "value", "unit", "scope", "period", "population"], "en"),
        "url": f"{settings.SITE_URL}/en/facts/older/",
    }


@pytest.mark.parametrize(("number", "told"), [("2.5000", 2.5), ("2500000.0000", 2500000), (None, None)])
def test_number_of_a_fact_is_a_number(client, number, told):
    FactFactory(number=number and Decimal(number))

    assert items(client, "facts")[0]["number"] == told


def test_campaign_is_told_with_its_goals_and_where_to_pledge_and_give(client):
    parent = CampaignFactory(slug="blue-heart", kind=Campaign.Kind.GLOBAL)
    CampaignFactory(
        slug="mexico", kind="country", country=CountryFactory(), parent=parent, pledge_goal=500,
        money_goal_minor=100_000, money_goal_currency="USD", starts_on=dt.date(2010, 4, 14),
    )  # fmt: skip

    [mexico] = items(client, "campaigns?kind=country")

    assert mexico["parent"] == "blue-heart"
    assert mexico["country"] == "MX"
    assert (mexico["pledge_goal"], mexico["money_goal_minor"], mexico["money_goal_currency"]) == (500, 100_000, "USD")
    assert mexico["starts_on"] == "2010-04-14"
    assert mexico["url"] == f"{settings.SITE_URL}/en/campaigns/mexico/"
    assert mexico["pledge_url"] == f"{settings.SITE_URL}/en/pledge/mexico/"
    assert mexico["donate_url"] == f"{settings.SITE_URL}/en/donate/mexico/"


def test_one_campaign_has_its_text_its_parts_and_its_facts(client):
    fact, draft = FactFactory(slug="at-any-time", value="2.5 million", unit=""), FactFactory(slug="secret", **DRAFT)
    campaign = CampaignFactory(slug="mexico", body="Never **far**: [[fact:at-any-time]]", source=SourceFactory())
    campaign.related_facts.set([fact, draft])
    CampaignFactory(slug="child", parent=campaign)
    CampaignFactory(slug="secret", parent=campaign, **DRAFT)

    mexico = get(client, "campaigns/mexico").json()

    link = f'<a class="fact-mark" href="{settings.SITE_URL}/en/facts/at-any-time/"><bdi>2.5 million</bdi></a>'
    assert mexico["body_html"].strip() == f"<p>Never <strong>far</strong>: {link}</p>"
    assert mexico["children"] == ["child"]
    assert mexico["related_facts"] == ["at-any-time"]
    assert mexico["source"]["publisher"] == "UNODC"


def test_country_is_told_with_name_date_and_story(client):
    CountryFactory(iso2="MX", joined_on=dt.date(2010, 4, 1), joined_precision="month", story="By *the President*.")

    [mexico] = items(client, "countries?lang=ru")

    assert mexico["name"] == "Мексика"
    assert (mexico["joined_on"], mexico["joined_precision"]) == ("2010-04-01", "month")
    assert mexico["story_html"].strip() == "<p>By <em>the President</em>.</p>"
    assert mexico["lang"] == {"story_html": "en"}
    assert mexico["url"] == f"{settings.SITE_URL}/ru/countries/mx/"


def test_global_report_is_told_with_its_figures_and_tables(client):
    edition = report(2016, ordinal="third", countries_covered=136, data_from=2012, data_to=2014)
    FactFactory(slug="covered", report=edition)
    FactFactory(slug="secret", report=edition, **DRAFT)
    table("origins", ("32.0000", "1.5000"), edition=edition)
    table("secret", edition=edition, **DRAFT)

    [told] = items(client, "global-reports")

    assert (told["year"], told["ordinal"], told["countries_covered"]) == (2016, "third", 136)
    assert told["key_figures"] == ["covered"]
    assert [each["slug"] for each in told["tables"]] == ["origins"]
    assert told["tables"][0]["points"] == [
        {"label": "Region 0", "series": None, "value": 32},
        {"label": "Region 1", "series": None, "value": 1.5},
    ]


def test_table_without_an_edition_is_told_too(client):
    table("europe-2010-origins")

    told = items(client, "data-tables")

    assert [(each["slug"], each["global_report"]) for each in told] == [("europe-2010-origins", None)]


@pytest.mark.parametrize("hidden", [DRAFT, {"publish_at": dt.datetime(2999, 1, 1, tzinfo=dt.UTC)}])
def test_table_waits_for_its_edition(client, hidden):
    table("of-an-edition", edition=report(2030, **hidden))

    assert items(client, "data-tables") == []
    assert "of-an-edition" not in client.get("/api/v1/data-tables?format=csv").content.decode()


def test_grant_is_told_as_published_history(client):
    cycle = GrantCycleFactory(slug="first", name="First cycle", amount_words="Close to US$ 300,000", amount_usd=300_000)
    PublishedGrantFactory(slug="a", cycle=cycle, organisation="", iso2="NP", amount_usd=20_000, months=9)

    [grant] = items(client, "grants")
    [call] = items(client, "grants/cycles")

    assert (grant["cycle"], grant["cycle_name"], grant["year"]) == ("first", "First cycle", 2011)
    assert (grant["organisation"], grant["country"], grant["country_name"]) == (None, "NP", "Nepal")
    assert (grant["amount_usd"], grant["months"]) == (20_000, 9)
    assert grant["url"] == f"{settings.SITE_URL}/en/trust-fund/projects/?country=np#a"
    assert (call["amount_words"], call["amount_usd"]) == ("Close to US$ 300,000", 300_000)


# Languages


def test_texts_come_in_the_language_asked_for_and_fallbacks_say_so(client):
    FactFactory(slug="x", statement="Somebody counted.", statement_fr="Quelqu’un a compté.", unit="people")

    [fact] = items(client, "facts?lang=fr")

    assert fact["statement"] == "Quelqu’un a compté."
    assert fact["unit"] == "people"
    assert (fact["lang"]["statement"], fact["lang"]["unit"]) == ("fr", "en")
    assert "period" not in fact["lang"]
    assert fact["url"] == f"{settings.SITE_URL}/fr/facts/x/"


def test_language_of_the_browser_changes_nothing(client):
    FactFactory(slug="x", statement="Somebody counted.", statement_fr="Quelqu’un a compté.")

    response = client.get("/api/v1/facts", headers={"accept-language": "fr"})

    assert response.json()["items"][0]["statement"] == "Somebody counted."
    assert response.headers["Content-Language"] == "en"


# Filters


def test_facts_are_filtered(client):
    newer = FactFactory(slug="a", topic="europe", iso2="NP", year=2010)
    FactFactory(slug="b", topic="justice", iso2="NP", year=2006, superseded_by=newer)
    FactFactory(slug="c", topic="europe", year=2006)

    assert slugs(client, "facts") == ["a", "b", "c"]
    assert slugs(client, "facts?topic=europe") == ["a", "c"]
    assert slugs(client, "facts?country=np") == ["a", "b"]
    assert slugs(client, "facts?year=2006") == ["b", "c"]
    assert slugs(client, "facts?current=true") == ["a", "c"]
    assert slugs(client, "facts?topic=europe&year=2006&country=&lang=") == ["c"]


def test_other_lists_are_filtered(client):
    old, new = GrantCycleFactory(slug="old"), GrantCycleFactory(slug="new", announced_on=dt.date(2023, 5, 23))
    PublishedGrantFactory(slug="a", cycle=old, iso2="NP")
    PublishedGrantFactory(slug="b", cycle=new, iso2="AL")
    CountryFactory(iso2="MX", joined_on=dt.date(2010, 4, 1))
    CountryFactory(iso2="BE", joined_on=dt.date(2019, 1, 1))
    CampaignFactory(slug="mexico", kind="country", country=Country.objects.get(iso2="MX"))
    CampaignFactory(slug="europe", kind="region")
    table("x", edition=report(2016))
    table("y", topic="convictions", edition=report(2018))

    assert slugs(client, "grants?cycle=new") == ["b"]
    assert slugs(client, "grants?country=NP") == ["a"]
    assert slugs(client, "grants?year=2011") == ["a"]
    assert slugs(client, "grants/cycles?year=2023") == ["new"]
    assert slugs(client, "countries?year=2019", "iso2") == ["BE"]
    assert slugs(client, "campaigns?country=mx") == ["mexico"]
    assert slugs(client, "campaigns?kind=region") == ["europe"]
    assert slugs(client, "global-reports", "year") == [2018, 2016]
    assert slugs(client, "global-reports?year=2016", "year") == [2016]
    assert slugs(client, "data-tables?global_report=2018") == ["y"]
    assert slugs(client, "data-tables?topic=origin") == ["x"]


# Pages


def walk(client, path):
    """All rows of a list, page by page, and how many pages there were."""
    found, pages, address = [], 0, f"{settings.SITE_URL}/api/v1/{path}"
    while address:
        page = client.get(address.removeprefix(settings.SITE_URL)).json()
        found, pages, address = found + page["items"], pages + 1, page["next"]
    return found, pages


def test_pages_lead_through_the_whole_list_once(client):
    source = SourceFactory()
    Fact.objects.bulk_create([FactFactory.build(slug=f"f-{number:03}", source=source) for number in range(45)])

    found, pages = walk(client, "facts?limit=20&lang=es")

    assert [fact["slug"] for fact in found] == [f"f-{number:03}" for number in range(45)]
    assert pages == 3
    assert all(fact["url"].startswith(f"{settings.SITE_URL}/es/") for fact in found)
    assert get(client, "facts?limit=20").json()["count"] == 45


def test_list_that_runs_downward_is_led_through_too(client):
    for year in (2012, 2014, 2016, 2018, 2020):
        report(year)

    found, pages = walk(client, "global-reports?limit=2")

    assert [edition["year"] for edition in found] == [2020, 2018, 2016, 2014, 2012]
    assert pages == 3


def test_page_keeps_its_place_when_rows_come_and_go(client):
    for slug in ("b", "d", "f", "h"):
        FactFactory(slug=slug)
    first = get(client, "facts?limit=2").json()
    FactFactory(slug="a")
    Fact.objects.filter(slug="d").delete()

    second = client.get(first["next"].removeprefix(settings.SITE_URL)).json()

    assert [fact["slug"] for fact in first["items"] + second["items"]] == ["b", "d", "f", "h"]


def test_next_page_is_named_in_the_headers_too(client):
    FactFactory.create_batch(3)

    for path in ("facts?limit=2", "facts?limit=2&format=csv"):
        link = get(client, path).headers["Link"]
        assert re.fullmatch(rf'<{re.escape(settings.SITE_URL)}/api/v1/facts\?[^>]*cursor=[^>]+>; rel="next"', link)
    assert "Link" not in get(client, "facts?limit=3").headers


@pytest.mark.parametrize("cursor", ["x", "WyJhIl0:abc", "e30", "🙂", "a" * 400])
def test_cursor_that_is_not_ours_is_refused_kindly(client, cursor):
    assert "begin again without it" in problem(client, f"facts?cursor={cursor}")


def test_cursor_of_another_list_is_refused_kindly(client):
    CampaignFactory.create_batch(2)
    cursor = get(client, "campaigns?limit=1").json()["next"].rpartition("cursor=")[2]

    assert "another list" in problem(client, f"facts?cursor={cursor}")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "ten", "1e9"])
def test_limit_beyond_its_bounds_is_refused(client, limit):
    assert "limit" in problem(client, f"facts?limit={limit}")


def test_two_hundred_rows_come_at_once(client):
    source = SourceFactory()
    Fact.objects.bulk_create([FactFactory.build(source=source) for _number in range(210)])

    assert len(items(client, "facts?limit=200")) == 200


# CSV


@pytest.mark.parametrize("path", [path for path in LISTS if path != "data-tables"])
def test_csv_has_the_rows_of_the_json(client, path):
    one_of_each()

    told, rows = items(client, path), csv_rows(client, f"{path}?format=csv")

    assert len(rows) == len(told) == 1
    key = {"countries": "iso2", "global-reports": "year"}.get(path, "slug")
    assert rows[0][key] == str(told[0][key])
    assert rows[0]["url"] == told[0]["url"]


def test_csv_of_a_fact_has_its_source_in_columns(client):
    FactFactory(slug="x", source=SourceFactory(title="Trends", read_in=SourceFactory(title="Digest")), value="+ 31 %")

    [row] = csv_rows(client, "facts?format=csv")

    assert (row["source_title"], row["source_cited_in_title"]) == ("Trends", "Digest")
    assert row["value"] == "'+ 31 %"  # a spreadsheet would compute it
    assert row["lang"] == "statement:en value:en unit:en scope:en"


def test_csv_of_a_table_has_one_line_per_number(client):
    table("origins", ("32", "-1.5"))

    rows = csv_rows(client, "data-tables?format=csv")

    assert [(row["label"], row["value"]) for row in rows] == [("Region 0", "32"), ("Region 1", "-1.5")]


def test_csv_of_one_campaign_is_one_row(client):
    CampaignFactory(slug="mexico", title="México")

    [row] = csv_rows(client, "campaigns/mexico?format=csv")

    assert row["title"] == "México"


def test_csv_of_an_empty_list_has_its_heading(client):
    assert (
        get(client, "grants?format=csv").content.decode().startswith("slug,cycle,cycle_name,year,organisation,country,")
    )


# What is not published


def test_drafts_and_what_is_not_due_are_told_nowhere(client):
    tomorrow = {"publish_at": timezone.now() + dt.timedelta(days=1)}
    for hidden in (DRAFT, tomorrow):
        CampaignFactory(title="Secret", slug=f"secret-{len(hidden)}-{hidden is DRAFT}".lower(), **hidden)
        FactFactory(statement="Secret", **hidden)
        PublishedGrantFactory(organisation="Secret", **hidden)
        PublishedGrantFactory(organisation="Secret", cycle=GrantCycleFactory(name="Secret", **hidden))
        report(2000 + len(hidden) + (hidden is DRAFT), summary="Secret", **hidden)
        table(f"t-{hidden is DRAFT}".lower(), title="Secret", **hidden)
    CountryFactory(iso2="FR", story="Secret", **DRAFT)

    for path in LISTS:
        assert "Secret" not in get(client, path).content.decode()
        assert "Secret" not in get(client, f"{path}?format=csv").content.decode()
    assert [items(client, path) for path in ("campaigns", "countries", "facts", "global-reports", "grants")] == [[]] * 5


def test_hidden_relatives_are_not_named(client):
    CampaignFactory(slug="child", parent=CampaignFactory(slug="secret", **DRAFT))
    FactFactory(slug="older", superseded_by=FactFactory(slug="secret", **DRAFT), report=report(2030, **DRAFT))

    assert items(client, "campaigns")[0]["parent"] is None
    [fact] = items(client, "facts")
    assert (fact["superseded_by"], fact["global_report"]) == (None, None)


@pytest.mark.parametrize("slug", ["nobody", "secret", "a'b", "x" * 300])
def test_campaign_that_is_not_published_is_not_found(client, slug):
    CampaignFactory(slug="secret", **DRAFT)

    assert "There is no such" in problem(client, f"campaigns/{slug}", 404)


def test_nothing_that_staff_keep_to_themselves_is_told(client):
    one_of_each()
    SourceFactory(note="Secret note")

    for path in [*LISTS, "campaigns/blue-heart"]:
        told = get(client, path).content.decode()
        for word in ("note for staff", "Secret note", '"loaded"', '"status"', "publish_at", "@"):
            assert word not in told


def test_markup_in_content_stays_text(client):
    evil = '<script>alert(1)</script> [go](javascript:alert(1)) <img src=x onerror="alert(1)">'
    CampaignFactory(slug="mexico", body=evil)
    CountryFactory(story=evil)

    for told in (get(client, "campaigns/mexico").json()["body_html"], items(client, "countries")[0]["story_html"]):
        assert "<script" not in told
        assert "<img" not in told
        assert 'href="javascript' not in told


# What it costs


def many_rows(count):
    source = SourceFactory(read_in=SourceFactory())
    parent = CampaignFactory(slug="blue-heart", kind=Campaign.Kind.GLOBAL, source=source)
    newer = FactFactory(slug="newer", source=source)
    Fact.objects.bulk_create([FactFactory.build(source=source, superseded_by=newer) for _number in range(count)])
    Campaign.objects.bulk_create([CampaignFactory.build(parent=parent, source=source) for _number in range(count)])
    parent.related_facts.set(Fact.objects.all())
    codes = [f"{first}{second}" for first in "ABCDEFGHIJKL" for second in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"][:count]
    marks = "[[fact:newer]]"
    Country.objects.bulk_create([CountryFactory.build(iso2=code, source=source, story=marks) for code in codes])
    cycles = GrantCycle.objects.bulk_create([GrantCycleFactory.build(source=source) for _number in range(count)])
    PublishedGrant.objects.bulk_create([PublishedGrantFactory.build(source=source, cycle=cycle) for cycle in cycles])
    editions = ReportEdition.objects.bulk_create(
        ReportEdition(
            year=2000 + number, released_on=dt.date(2000, 1, 1), released_precision="year", summary="x", source=source,
            certainty="A", status="published",
        )
        for number in range(count)
    )  # fmt: skip
    tables = DataTable.objects.bulk_create(
        DataTable(
            slug=f"t-{edition.year}", edition=edition, topic="origin", title="x", unit="%", scope="x", period="x",
            population="x", source=source, certainty="A", status="published",
        )
        for edition in editions
    )  # fmt: skip
    DataPoint.objects.bulk_create(DataPoint(table=each, position=1, label="x", value=1) for each in tables)


@pytest.mark.parametrize("count", [1, 300])
def test_lists_ask_the_database_the_same_at_one_and_three_hundred_rows(client, django_assert_num_queries, count):
    many_rows(count)

    asked = {
        "campaigns": 2, "countries": 3, "facts": 2, "global-reports": 5, "data-tables": 3, "grants": 2,
        "grants/cycles": 2, "campaigns/blue-heart": 3,
    }  # fmt: skip
    for path, queries in asked.items():
        with django_assert_num_queries(queries):
            get(client, f"{path}?limit=200")


# The real content


def test_real_content_is_told_in_every_language(client, loaded):
    for code, _name in settings.LANGUAGES:
        for path in LISTS:
            assert get(client, f"{path}?lang={code}").json()["count"] > 0
    facts, _pages = walk(client, "facts")
    assert all(fact["source"]["title"] and fact["year"] and fact["scope"] for fact in facts)
    assert {fact["slug"]: fact["value"] for fact in facts}["fund-granted-2023"] == "Over US$ 6.9 million"
