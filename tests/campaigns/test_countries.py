"""Countries: the list in any order and as a file, and a page of each, whether it joined or not."""

import csv
import datetime as dt
import io
import json
import re
from string import ascii_uppercase

import pytest

from blueheart.languages import LANGUAGES, countries, country_name
from campaigns.models import Country, Event, Fact, Helpline, Milestone, NewsItem, PublishedGrant, Resource
from tests.campaigns.factories import (
    CampaignFactory,
    CountryFactory,
    EditionFactory,
    EventFactory,
    FactFactory,
    GrantCycleFactory,
    HelplineFactory,
    MilestoneFactory,
    NewsFactory,
    PublishedGrantFactory,
    ResourceFactory,
    SourceFactory,
)
from tests.campaigns.reading import MANY, MOST_QUERIES, get

pytestmark = pytest.mark.django_db


def listed(page):
    """The codes of the table's rows, from top to bottom."""
    return re.findall(r'<th scope="row"><a href="/[a-z-]+/countries/(\w\w)/">', page)


def table_of(response):
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.fixture
def four():
    """Mexico, Malta, Spain and Egypt, who joined in this order; another source reports Malta."""
    CountryFactory(iso2="MX", joined_on=dt.date(2010, 4, 1), joined_precision="month")
    CountryFactory(
        iso2="MT", joined_on=dt.date(2011, 7, 28), joined_precision="day", certainty="B", reported_by="The Malta News"
    )
    CountryFactory(iso2="ES", joined_on=dt.date(2012, 1, 1), joined_precision="year")
    CountryFactory(iso2="EG", joined_on=dt.date(2018, 7, 30), joined_precision="by")


# The list


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", ["mx", "mt", "es", "eg"]),
        ("?sort=joined", ["mx", "mt", "es", "eg"]),
        ("?sort=-joined", ["eg", "es", "mt", "mx"]),
        ("?sort=name", ["eg", "mt", "mx", "es"]),
        ("?sort=-name", ["es", "mx", "mt", "eg"]),
        ("?sort=certainty", ["eg", "mx", "es", "mt"]),
        ("?sort=-certainty", ["mt", "eg", "mx", "es"]),
        ("?sort=population", ["mx", "mt", "es", "eg"]),
        ("?sort=--name", ["mx", "mt", "es", "eg"]),
    ],
)
def test_list_stands_in_the_order_that_is_asked_for(client, four, sort, order):
    assert listed(get(client, f"countries/{sort}")) == order


def test_list_sorts_by_the_names_of_the_pages_language(client, four):
    assert listed(get(client, "countries/?sort=name", "fr")) == ["eg", "es", "mt", "mx"]  # Égypte, Espagne


@pytest.mark.parametrize(
    ("sort", "headings"),
    [
        ("", [("", "?sort=name"), ("ascending", "?sort=-joined"), ("", "?sort=certainty")]),
        ("?sort=-joined", [("", "?sort=name"), ("descending", "?sort=joined"), ("", "?sort=certainty")]),
        ("?sort=name", [("ascending", "?sort=-name"), ("", "?sort=joined"), ("", "?sort=certainty")]),
    ],
)
def test_heading_says_how_its_column_stands_and_leads_to_the_other_way(client, four, sort, headings):
    page = get(client, f"countries/{sort}")

    found = re.findall(r'<th scope="col"(?: aria-sort="(\w+)")?><a href="([^"]+)">', page)
    assert found == headings


def test_list_names_a_reporter_only_where_the_united_nations_do_not_say_it(client, four):
    page = get(client, "countries/")

    assert page.count("As reported by") == 1
    assert "As reported by <bdi>The Malta News</bdi>" in page


def test_list_leads_to_every_country(client, four):
    page = get(client, "countries/")

    find = page[page.index('id="find"') :]
    assert len(set(re.findall(r'href="/en/countries/(\w\w)/"', find))) == 249


def test_map_and_table_show_the_same_countries(client, four):
    CountryFactory(iso2="SE", status=Country.Status.DRAFT)

    page = get(client, "countries/")

    assert '<a class="map-skip" href="#countries-table">' in page
    assert 'id="countries-table"' in page
    on_map = re.findall(r'<a href="/en/countries/(\w\w)/" class="map-country[^"]*"', page)
    assert set(on_map) == set(listed(page)) == {"mx", "mt", "es", "eg"}


def test_empty_list_says_so_and_still_leads_to_every_country(client):
    page = get(client, "countries/")

    assert "No country is published yet." in page
    assert "<svg viewBox" not in page[page.index("<main") : page.index("</main>")]
    assert page.count("/en/countries/") > 249


# The file


def test_file_has_names_in_the_pages_language_and_days_as_long_as_they_are_known(client, four):
    response = client.get("/ar/countries/?format=csv")

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="blue-heart-countries.csv"'
    assert response.content.startswith(b"\xef\xbb\xbf")
    rows = table_of(response)
    assert [(row["country"], row["iso2"], row["joined_on"], row["precision"]) for row in rows] == [
        (country_name("MX", "ar"), "MX", "2010-04", "month"),
        (country_name("MT", "ar"), "MT", "2011-07-28", "day"),
        (country_name("ES", "ar"), "ES", "2012", "year"),
        (country_name("EG", "ar"), "EG", "2018-07-30", "by"),
    ]


def test_file_says_who_says_so(client, four):
    malta = next(row for row in table_of(client.get("/en/countries/?format=csv&sort=name")) if row["iso2"] == "MT")

    assert (malta["certainty"], malta["reported_by"]) == ("B", "The Malta News")
    assert malta["source"] == "A page about the Blue Heart"
    assert malta["source_url"].startswith("https://example.org/")


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_mallorys_formula_in_a_title_is_a_text_in_the_file(client, title):
    CountryFactory(source=SourceFactory(title=title))

    assert table_of(client.get("/en/countries/?format=csv"))[0]["source"] == f"'{title}"


def test_file_keeps_the_order_of_the_table(client, four):
    assert "?sort=-name&amp;format=csv" in get(client, "countries/?sort=-name")
    assert [row["iso2"] for row in table_of(client.get("/en/countries/?sort=-name&format=csv"))] == [
        "ES",
        "MX",
        "MT",
        "EG",
    ]


def test_list_describes_its_file_to_machines(client, four, settings):
    page = get(client, "countries/", "fr")

    described = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', page)[1])
    assert (described["@type"], described["inLanguage"]) == ("Dataset", "fr")
    address = described["distribution"]["contentUrl"]
    assert address.startswith(f"{settings.SITE_URL}/fr/countries/")
    assert len(table_of(client.get(address.removeprefix(settings.SITE_URL)))) == 4


# A page of each


@pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
def test_countries_have_a_page(client, language):
    codes = [code.lower() for code, _name in countries("en")]
    some = codes[:: 8 if language == "en" else 40]  # `make crawl` looks at all of them

    assert [code for code in some if client.get(f"/{language}/countries/{code}/").status_code != 200] == []


@pytest.mark.parametrize("iso2", ["PT", "Pt", "xx", "eu", "un", "xk", "uk", "prt", "p", "00"])
def test_code_in_capitals_or_of_no_country_is_not_found(client, iso2):
    HelplineFactory(iso2="EU")

    assert client.get(f"/en/countries/{iso2}/").status_code == 404


def test_country_that_did_not_join_says_so_and_invites(client):
    HelplineFactory(iso2="PT")

    page = get(client, "countries/pt/")

    assert "We know of no source that says that this country has adopted the Blue Heart" in page
    assert 'href="/en/pledge/"' in page
    assert "964 608 288" in page
    assert "noindex" not in page


def test_country_without_a_helpline_says_where_to_look_and_prints_no_number(client):
    HelplineFactory(iso2="FR", phones="01 02 03", grade="B", status=Helpline.Status.DRAFT)

    page = get(client, "countries/fr/")

    helplines = page[page.index('id="helplines"') : page.index("</main>")]
    assert "We have not verified a helpline of this country" in helplines
    assert "your embassy or consulate helps" in helplines
    assert "tel:" not in helplines
    assert re.findall(r"\d", re.sub(r"<[^>]+>", "", helplines)) == []


@pytest.mark.parametrize(("country", "is_member"), [("es", True), ("mx", False), ("gb", False)])
def test_number_of_the_european_union_stands_on_its_members_pages_alone(client, country, is_member):
    HelplineFactory(iso2="EU", phones="112", kind="emergency")

    helplines = get(client, f"countries/{country}/").partition('id="helplines"')[2]

    assert ('href="tel:112"' in helplines) == ("In all of the European Union" in helplines) == is_member
    assert "We have not verified a helpline of this country" in helplines


def test_country_with_few_pledges_shows_no_number(client):
    CountryFactory()

    assert "Fewer than five, or none yet" in get(client, "countries/mx/")


def test_country_page_shows_all_that_is_known_of_it(client):
    mexico = CountryFactory(story="The President *launched* it.")
    CampaignFactory(kind="country", country=mexico, title="Corazón Azul México")
    MilestoneFactory(iso2="MX", title="Approved")
    FactFactory(iso2="MX", value="1,234", statement="Detected victims.")
    PublishedGrantFactory(iso2="MX", organisation="Casa de la Luz", amount_usd=20000)
    HelplineFactory(iso2="MX", phones="800 5533 000")
    NewsFactory(iso2="MX", slug="walk", title="A walk in Puebla", precision="month")
    EventFactory(iso2="MX", title="Concert in Oaxaca", edition=EditionFactory(year=2025))
    ResourceFactory(iso2="MX", slug="kit", title="A kit for schools")

    page = get(client, "countries/mx/")

    for shown in (
        "<em>launched</em>",
        "Corazón Azul México",
        "Approved",
        "1,234",
        "Casa de la Luz",
        "US$ 20,000",
        "800 5533 000",
        'July 2026 · <a href="/en/news/walk/">A walk in Puebla</a>',
        '<a href="/en/world-day/2025/">Concert in Oaxaca</a>',
        '<a href="/en/resources/#kit">A kit for schools</a>',
    ):
        assert shown in page


def test_country_page_hides_drafts_and_what_is_of_other_countries(client):
    waiting = {"iso2": "MX", "status": "draft"}
    FactFactory(**waiting, value="Mallory’s figure")
    PublishedGrantFactory(**waiting, organisation="Mallory’s fund")
    PublishedGrantFactory(iso2="MX", organisation="Of a draft cycle", cycle=GrantCycleFactory(status="draft"))
    NewsFactory(**waiting, title="Mallory’s news")
    EventFactory(**waiting, title="Mallory’s party")
    EventFactory(iso2="MX", title="Mallory’s parade", edition=EditionFactory(year=2024, status="draft"))
    EventFactory(iso2="MX", title="Mallory’s cancelled walk", is_cancelled=True)
    ResourceFactory(**waiting, title="Mallory’s kit")
    NewsFactory(iso2="ES", title="News of Spain")

    page = get(client, "countries/mx/")

    assert [word for word in ("Mallory", "Of a draft cycle", "News of Spain") if word in page] == []


def test_news_stands_newest_first(client):
    for day in (3, 1, 2):
        NewsFactory(iso2="MX", slug=f"day-{day}", dated_on=dt.date(2026, 7, day))

    assert re.findall(r'href="/en/news/(day-\d)/"', get(client, "countries/mx/")) == ["day-3", "day-2", "day-1"]


def test_title_without_a_translation_is_marked_as_english(client):
    NewsFactory(iso2="MX", title_en="A walk", title_fr="")

    assert '<span lang="en" dir="ltr">A walk</span>' in get(client, "countries/mx/", "fr")


def test_grant_without_a_published_sum_says_so(client):
    PublishedGrantFactory(iso2="MX", amount_usd=None, organisation="")

    page = get(client, "countries/mx/")

    assert "not published" in page
    assert "Organisation not named" in page


# What it costs


def many_of(model, row, count):
    """Copies of the row, with slugs of their own."""
    values = {
        field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields if not field.primary_key
    }
    model.objects.bulk_create([model(**values | {"slug": f"copy-{number}"}) for number in range(count)])


def test_country_page_asks_the_database_the_same_at_one_and_at_many_rows(client, django_assert_max_num_queries):
    mexico = CountryFactory()
    rows = [
        CampaignFactory(kind="country", country=mexico),
        MilestoneFactory(iso2="MX"),
        FactFactory(iso2="MX"),
        PublishedGrantFactory(iso2="MX"),
        HelplineFactory(iso2="MX"),
        NewsFactory(iso2="MX"),
        EventFactory(iso2="MX", edition=EditionFactory(year=2025)),
        ResourceFactory(iso2="MX"),
    ]
    with django_assert_max_num_queries(MOST_QUERIES) as once:
        get(client, "countries/mx/")
    for row in rows:
        many_of(type(row), row, MANY)
    with django_assert_max_num_queries(MOST_QUERIES) as often:
        page = get(client, "countries/mx/")

    assert len(often) == len(once)
    assert len(re.findall(r'href="/en/news/[a-z]+-', page)) == 12
    models = (Milestone, Fact, PublishedGrant, Helpline, NewsItem, Event, Resource)
    assert {model.objects.count() for model in models} == {MANY + 1}


def test_list_asks_the_database_the_same_at_one_and_at_many_countries(client, django_assert_max_num_queries):
    source = CountryFactory().source
    with django_assert_max_num_queries(MOST_QUERIES) as once:
        get(client, "countries/")
    codes = [one + other for one in ascii_uppercase for other in ascii_uppercase if one + other != "MX"]
    Country.objects.bulk_create(
        Country(
            iso2=code,
            joined_on=dt.date(2012, 1, 1),
            joined_precision="year",
            story_en="It joined.",
            source=source,
            certainty="A",
            status="published",
        )
        for code in codes[: MANY - 1]
    )
    with django_assert_max_num_queries(MOST_QUERIES) as often:
        page = get(client, "countries/")

    assert len(often) == len(once)
    assert len(listed(page)) == MANY
