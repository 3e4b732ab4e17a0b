"""What the source documents say is on the site, with its source: each read from the page that a visitor opens."""

import re
from html import unescape

import pytest

from campaigns.models import DataTable, Fact, LegalInstrument, ReportEdition, Source
from tests.campaigns.figures import EDITIONS, FACTS, LAW, REPORTED, TABLES, number_in, states


@pytest.fixture
def read(loaded, client):
    """A page of the site as its reader sees it, in one line."""

    def page(path):
        response = client.get(f"/en/{path}")
        assert response.status_code == 200, path
        return re.sub(r"\s+", " ", unescape(response.content.decode()))

    return page


def test_every_figure_has_a_page_with_its_value_its_source_and_how_to_cite_it(read):
    titles = dict(Source.objects.values_list("slug", "title"))
    pages = {slug: read(f"facts/{slug}/") for slug in Fact.objects.values_list("slug", flat=True)}
    stated = FACTS + [entry[:4] for entry in REPORTED]

    assert [slug for slug, value, _year, _source in stated if not states(heading_of(pages[slug]), value)] == []
    assert [slug for slug, _value, _year, source in stated if titles[source] not in pages[slug]] == []
    assert [slug for slug, page in pages.items() if "Cite this" not in page or "@misc{" not in page] == []


def heading_of(page):
    return re.sub("<.*?>", "", re.search("<h1>(.*?)</h1>", page)[1])


def test_what_others_report_is_certainty_b_and_says_who(read):
    facts = {fact.slug: fact for fact in Fact.objects.filter(certainty="B")}

    for slug, value, year, _source, reporter in REPORTED:
        assert (states(facts[slug].value, value), facts[slug].year) == (True, year), slug
        assert re.search(f"As reported by <bdi>[^<]*{reporter}", read(f"facts/{slug}/")), slug
    assert [slug for slug, fact in facts.items() if not fact.reported_by] == []


def test_figures_that_are_one_number_have_it(loaded):
    rows = Fact.objects.exclude(number=None).values_list("slug", "value_en", "number")
    numbers = {slug: number for slug, _value, number in rows}

    assert [(slug, value, number) for slug, value, number in rows if number_in(value) != number] == []
    assert numbers["people-trafficked-at-any-time"] == 2_500_000
    assert numbers["yearly-profits"] == 31_600_000_000
    assert numbers["parties-2018"] == 173
    assert len(numbers) > 70


def test_every_instrument_stands_in_the_page_of_the_law_with_date_and_source(read):
    page = read("law/")
    entries = {slug: page[page.index(f'<li id="{slug}">') :] for slug in {slug for slug, *_rest in LAW}}

    for slug, date, named in LAW:
        entry = entries[slug][: entries[slug].find('<li id="', 10)]
        assert f">{date}</time>" in entry, slug
        assert named in entry, slug
        assert "Source:" in entry, slug
    assert LegalInstrument.objects.count() == len(entries)


def test_parties_are_counted_as_of_their_days(read):
    page = read("law/")
    chart = re.search(r'<svg class="chart chart-line".*?</svg>', page)[0]

    assert '<desc id="chart-protocol-desc">2012: 147; 2018: 173</desc>' in chart
    for shown in ("More than 147 countries", "173 parties", ">23 July 2018<", 'href="/en/facts/parties-2012/"'):
        assert shown in page


def test_law_says_that_for_a_child_the_means_is_not_required(read):
    for path in ("law/", "about/"):
        page = read(path)
        assert "For a child, the means is not required" in page
        assert "article 3 (c)" in page


def test_every_edition_is_told_as_published(read):
    editions = ReportEdition.objects.order_by("year")
    told = [(row.year, row.ordinal, row.countries_covered, row.data_from, row.data_to) for row in editions]

    assert told == EDITIONS
    listed = read("global-report/")
    for year, ordinal, countries, *_data in EDITIONS:
        page = read(f"global-report/{year}/")
        assert ordinal in page
        assert (f"<bdi>{countries}</bdi>" in page) == (countries is not None)
        assert f'href="/en/global-report/{year}/"' in listed


def test_doubts_about_an_edition_are_told(read):
    assert "the UN iLibrary says 2020 to 2023, La Strada International and ACRATH say 2019 to 2023" in read(
        "global-report/2024/"
    )
    assert "no source that we know says how many" in read("global-report/2009/")


def test_every_table_is_shown_as_a_chart_with_the_same_numbers_beside_it(read):
    page = read("global-report/")

    assert set(DataTable.objects.values_list("slug", flat=True)) == set(TABLES)
    for slug, numbers in TABLES.items():
        figure = re.search(rf'<figure class="data-figure" id="{slug}">.*?</figure>', page)[0]
        cells = re.findall(r'<td class="number"><bdi>(.*?)</bdi>', figure)
        assert [int(cell.rstrip("%").replace(",", "")) for cell in cells] == numbers, slug
        described = re.search(r"<desc [^>]*>(.*?)</desc>", figure)[1]
        assert [int(value.replace(",", "")) for value in re.findall(r": ([\d,]+)%?", described)] == numbers, slug
        assert "Source:" in figure


def test_shares_of_origin_that_nobody_published_are_not_invented(read):
    points = DataTable.objects.get(slug="europe-2010-origins").points.values_list("label_en", flat=True)

    assert len(points) == 6
    assert "the rest is not published" in read("global-report/")
