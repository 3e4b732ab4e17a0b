"""The Global Report and the law: pages, files, drafts, and the same queries for one row and for three hundred."""

import csv
import io
import re
from itertools import pairwise

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns import content
from campaigns.models import DataPoint, DataTable, Fact, LegalInstrument, ReportEdition
from tests.campaigns.factories import (
    DataPointFactory,
    DataTableFactory,
    FactFactory,
    LegalInstrumentFactory,
    ReportEditionFactory,
    SourceFactory,
)
from tests.campaigns.reading import get, in_turns, queries_of
from tests.office.factories import StaffFactory, desk_of

pytestmark = pytest.mark.django_db
PAGES = ["global-report/", "global-report/2024/", "law/", "facts/", "facts/a/"]


def rows_of(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.fixture
def edition():
    edition = ReportEditionFactory(year=2024, body="[[fact:a]] [[fact:b]]")
    FactFactory(slug="a", report=edition, source=SourceFactory(read_in=SourceFactory()))
    FactFactory(slug="b", report=edition, number=5)
    for table in (DataTableFactory(slug="of-all"), DataTableFactory(slug="of-2024", edition=edition)):
        DataPointFactory(table=table, label="Africa", value=5)
    LegalInstrumentFactory(text="[[fact:a]]").facts.set(Fact.objects.all())
    return edition


@pytest.mark.parametrize(("path", "language"), in_turns(PAGES))
def test_page_answers_in_every_language(client, edition, path, language):
    assert f'<html lang="{language}"' in get(client, path, language)


@pytest.mark.parametrize("path", ["global-report/", "law/"])
def test_page_of_an_empty_database_says_so(client, path):
    assert 'class="empty"' in get(client, path)


def three_hundred_more(edition):
    source = SourceFactory(read_in=SourceFactory())
    stated = {"source": source, "certainty": "A", "status": "published"}
    editions = [
        ReportEditionFactory.build(year=year, released_on=edition.released_on, **stated) for year in range(1600, 1900)
    ]
    ReportEdition.objects.bulk_create(editions)
    Fact.objects.bulk_create(
        FactFactory.build(slug=f"more-{number}", report=edition, superseded_by=edition.key_figures.first(), **stated)
        for number in range(300)
    )
    tables = [
        DataTableFactory.build(slug=f"more-{number}", edition=edition if number % 2 else None, **stated)
        for number in range(300)
    ]
    DataTable.objects.bulk_create(tables)
    DataPoint.objects.bulk_create(DataPointFactory.build(table=table, position=1) for table in tables)
    instruments = [
        LegalInstrumentFactory.build(slug=f"more-{number}", text="[[fact:b]]", **stated) for number in range(300)
    ]
    LegalInstrument.objects.bulk_create(instruments)
    link = LegalInstrument.facts.through
    facts = list(Fact.objects.all()[:5])
    link.objects.bulk_create(link(legalinstrument=each, fact=fact) for each in instruments for fact in facts)


def test_every_page_asks_the_database_the_same_at_one_and_three_hundred_rows(client, edition):
    at_one = queries_of(client, PAGES)
    three_hundred_more(edition)

    assert queries_of(client, PAGES) == at_one


@pytest.mark.parametrize("path", PAGES)
def test_page_has_one_first_heading_skips_no_level_and_no_id_stands_twice(client, edition, path):
    page = get(client, path)
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", page)]
    ids = re.findall(r'\bid="([^"]+)"', page)

    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert sorted(ids) == sorted(set(ids))
    assert set(re.findall(r'(?:href="#|aria-labelledby="|url\(#)([\w-]+)', page)) <= set(ids)


# Drafts


def test_drafts_and_what_belongs_to_them_are_shown_nowhere(client, edition):
    tomorrow = timezone.now() + timezone.timedelta(days=1)
    hidden = ReportEditionFactory(year=1999, publish_at=tomorrow)
    for table in (DataTableFactory(slug="secret-a", edition=hidden), DataTableFactory(slug="secret-b", status="draft")):
        DataPointFactory(table=table)
    FactFactory(slug="secret-fact", report=edition, status="draft")
    LegalInstrumentFactory(title="Secret", status="draft")
    LegalInstrument.objects.first().facts.add(Fact.objects.get(slug="secret-fact"))

    assert client.get("/en/global-report/1999/").status_code == 404
    for slug in ("secret-a", "secret-b"):
        assert client.get(f"/en/global-report/?format=csv&table={slug}").status_code == 404
    for path in PAGES:
        page = get(client, path).lower()
        assert "secret" not in page
        assert "/1999/" not in page


# Files


def test_table_is_a_file_with_its_source_in_every_row(client, edition):
    DataPointFactory(table=DataTable.objects.get(slug="of-2024"), label="=Asia", series="Women", value="12.5")

    for path in ("global-report/", "global-report/2024/"):
        head, *rows = rows_of(client.get(f"/en/{path}?format=csv&table=of-2024"))
        assert head[:4] == ["row", "column", "value", "unit"]
        assert [row[:4] for row in rows] == [["Africa", "", "5", "%"], ["'=Asia", "Women", "12.5", "%"]]
        assert rows[0][head.index("source")] == "A page about the Blue Heart"


def test_file_is_of_a_table_that_the_page_shows(client, edition):
    assert client.get("/en/global-report/2024/?format=csv&table=of-all").status_code == 404
    assert client.get("/en/global-report/?format=csv&table=nothing").status_code == 404
    assert client.get("/en/global-report/?format=csv&table=no%0Athing").status_code == 404


def test_editions_are_a_file(client, edition):
    head, *rows = rows_of(client.get("/en/global-report/?format=csv"))

    assert [row[head.index("year")] for row in rows] == ["2024"]


# What staff see before readers do


@pytest.mark.parametrize("factory", [ReportEditionFactory, DataTableFactory])
def test_draft_is_previewed_by_staff(factory):
    draft = factory(status="draft")

    preview = reverse(f"admin:campaigns_{draft._meta.model_name}_preview", args=[draft.pk])

    assert desk_of(StaffFactory()).get(preview).status_code == 200


# What the files bring


def test_numbers_are_loaded_with_their_table_and_staff_s_stay(loaded):
    table = DataTable.objects.get(slug="justice-2006")
    assert [(point.label_en, point.value) for point in table.points.all()] == [
        ("Prosecutions", 5808),
        ("Convictions", 3160),
    ]
    table.points.filter(position=1).update(value=5809)
    assert content.load()["data_tables kept"] == 1

    table.refresh_from_db()
    assert table.points.get(position=1).value == 5809


def test_names_of_rows_come_in_other_languages_from_the_translations(db, monkeypatch, tmp_path):
    for kind in content.KINDS:
        (tmp_path / f"{kind.file}.yaml").write_text("[]")
    (tmp_path / "sources.yaml").write_text("- {slug: a, title: A, publisher: B, kind: un}")
    (tmp_path / "data_tables.yaml").write_text(
        '- {slug: t, topic: origin, title: T, unit: "%", scope: S, period: "2010", population: P, source: a,'
        " certainty: A, points: [{label: Africa, series: Women, value: 5.5}]}"
    )
    (tmp_path / "translations" / "fr").mkdir(parents=True)
    (tmp_path / "translations" / "fr" / "data_tables.yaml").write_text("t: {points: {Africa: Afrique, Women: Femmes}}")
    monkeypatch.setattr(content, "FOLDER", tmp_path)

    assert content.load()["data_tables created"] == 1
    point = DataPoint.objects.get()
    assert (point.label_en, point.label_fr, point.series_fr, point.value) == ("Africa", "Afrique", "Femmes", 5.5)
    assert {label: count for label, count in content.load().items() if count} == {}
