"""Facts by topic, each with its page, its history, its citation and its row in a file."""

import csv
import datetime as dt
import io
import json
import re
from html import unescape

import pytest
from django.conf import settings
from django.urls import reverse

from campaigns.citing import cite
from campaigns.models import Fact
from tests.campaigns.factories import FactFactory, ReportEditionFactory, SourceFactory
from tests.office.factories import StaffFactory, desk_of

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 7, 30)


def get(client, path):
    response = client.get(f"/en/{path}")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", unescape(response.content.decode()))


def rows_of(response):
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


# The list


def test_list_leads_to_each_topic_with_the_number_of_its_facts(client):
    FactFactory.create_batch(2, topic="law")
    FactFactory(topic="europe")

    page = get(client, "facts/")

    assert re.search(r'href="\?topic=law">Law and parties <span class="topic-count">2<', page)
    assert re.search(r'href="\?topic=europe">Europe <span class="topic-count">1<', page)
    assert "topic=profits" not in page


def test_topic_shows_its_facts_only_and_says_which_is_chosen(client):
    FactFactory(topic="law", value="Of the law")
    FactFactory(topic="europe", value="Of Europe")

    page = get(client, "facts/?topic=law")

    assert "Of the law" in page
    assert "Of Europe" not in page
    assert 'href="?topic=law" aria-current="page"' in page


def test_topic_that_there_is_not_is_not_found(client):
    assert client.get("/en/facts/?topic=gossip").status_code == 404


def test_long_topic_is_folded_in_the_list_of_all_and_open_alone(client):
    FactFactory.create_batch(5, topic="law")

    assert re.search(r"<summary><bdi>2</bdi> more on this topic</summary>", get(client, "facts/"))
    assert "<summary>" not in get(client, "facts/?topic=law").split("<main", 1)[1]


def test_superseded_figures_are_folded_as_history(client):
    FactFactory(slug="older", superseded_by=FactFactory())

    page = get(client, "facts/")

    assert "<bdi>1</bdi> earlier figure, kept as history" in page
    assert page.index("kept as history</summary>") < page.index('href="/en/facts/older/"')


# The page of one


def test_page_says_all_that_is_known_of_the_fact(client):
    source = SourceFactory(title="Trends", read_on=dt.date(2026, 11, 22))
    edition = ReportEditionFactory(year=2024)
    FactFactory(
        slug="a", value="12", unit="people", scope="Malta", period="2006–2009", as_of=dt.date(2010, 5, 4),
        population="detected victims", locator="p. 36", source=source, report=edition,
    )  # fmt: skip

    page = get(client, "facts/a/")

    details = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    assert {term: re.sub("<.*?>", "", said).strip() for term, said in details} == {
        "Unit": "people",
        "Where it holds": "Malta",
        "Period": "2006–2009",
        "As of": "4 May 2010",
        "What was counted": "detected victims",
        "Source": "UNODC · Trends · 2016",
        "Where in the source": "p. 36",
        "We read it on": "22 November 2026",
        "How certain": "Stated by the United Nations or in the document itself",
        "Published in": "Global Report 2024",
        "Lasting address": f"{settings.SITE_URL}/en/facts/a/",
    }


def test_page_does_not_lead_to_a_draft_of_a_report(client):
    FactFactory(slug="a", report=ReportEditionFactory(year=2024, status="draft"))

    assert "/global-report/2024/" not in get(client, "facts/a/")


# How to cite it


def test_citation_names_the_source_first_then_the_page_and_the_day():
    source = SourceFactory.build(publisher="UNODC", title="Trends", year=2006, url="https://example.org/t")
    fact = FactFactory.build(slug="a", source=source, locator="p. 36")

    assert cite(fact, TODAY).plain == (
        "UNODC. (2006). Trends (p. 36). https://example.org/t "
        f"Retrieved 30 July 2026, from {settings.SITE_URL}/en/facts/a/"
    )


def test_citation_says_where_it_was_read_and_who_reports_it():
    source = SourceFactory.build(year=None, url="", read_in=SourceFactory.build(publisher="UNRIC", title="The heart"))
    fact = FactFactory.build(source=source, certainty="B", reported_by="ACRATH")

    plain = cite(fact, TODAY).plain
    assert "(n.d.)" in plain
    assert "As cited in: UNRIC, The heart." in plain
    assert "As reported by ACRATH." in plain


def test_bibtex_is_an_entry_whose_words_mean_nothing_to_tex():
    source = SourceFactory.build(
        publisher="A & B_C", title="100 % {of} $2 #1", year=2006, url="https://example.org/a_b"
    )
    entry = cite(FactFactory.build(slug="a-b", source=source), TODAY).bibtex

    assert entry == (
        "@misc{a-b,\n"
        r"  author = {{A \& B\_C}},"
        "\n"
        r"  title = {{100 \% \{of\} \$2 \#1}},"
        "\n"
        "  year = {2006},\n"
        "  url = {https://example.org/a_b},\n"
        "  urldate = {2026-07-30},\n"
        f"  note = {{shown at {settings.SITE_URL}/en/facts/a-b/, accessed 2026-07-30}},\n"
        "}"
    )


def test_day_of_access_is_today_in_utc(client, time_machine):
    FactFactory(slug="a")
    time_machine.move_to("2026-12-31T23:30:00-02:00")

    assert "Retrieved 1 January 2027, from" in get(client, "facts/a/")


def test_machines_read_a_dataset_whose_creator_is_the_source(client):
    source = SourceFactory(publisher="ILO", title="Trends", year=2006)
    FactFactory(
        slug="a", value="1.2 million", unit="children", number=1_200_000, scope="World", year=2003, source=source
    )

    text = re.search(
        r'<script type="application/ld\+json">(.*?)</script>', client.get("/en/facts/a/").content.decode()
    )[1]
    described = json.loads(text)

    assert described["@type"] == "Dataset"
    assert described["variableMeasured"] == {
        "@type": "PropertyValue",
        "name": "children",
        "value": 1200000.0,
        "unitText": "children",
    }
    assert described["creator"] == {"@type": "Organization", "name": "ILO"}
    assert described["isBasedOn"]["name"] == "Trends"
    assert described["url"] == f"{settings.SITE_URL}/en/facts/a/"


# The file


def test_file_has_a_row_for_each_fact_with_its_source(client):
    newer = FactFactory(slug="newer", number=173, value="173", unit="parties", locator="para. 2")
    FactFactory(slug="older", superseded_by=newer)

    response = client.get("/en/facts/?format=csv")
    rows = {row["slug"]: row for row in rows_of(response)}

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert set(rows) == {"newer", "older"}
    assert (rows["newer"]["value"], rows["newer"]["number"], rows["newer"]["locator"]) == ("173", "173", "para. 2")
    assert rows["newer"]["source"] == newer.source.title
    assert rows["older"]["superseded_by"] == "newer"


def test_file_of_a_topic_has_its_rows_only_and_runs_nothing(client):
    FactFactory(slug="law", topic="law", value="=cmd()", statement="+ 25 %")
    FactFactory(topic="europe")

    (row,) = rows_of(client.get("/en/facts/?topic=law&format=csv"))

    assert (row["slug"], row["value"], row["statement"]) == ("law", "'=cmd()", "'+ 25 %")


# What staff should look at again


@pytest.mark.parametrize(("years", "stale"), [(2, ["by-day", "by-year"]), (5, ["by-year"]), (10, [])])
def test_figures_that_nothing_newer_has_superseded_are_found(time_machine, years, stale):
    time_machine.move_to("2026-07-30T12:00:00Z")
    FactFactory(slug="by-day", year=2020, as_of=dt.date(2022, 7, 1))
    FactFactory(slug="by-year", year=2018)
    FactFactory(slug="superseded", year=2010, superseded_by=FactFactory(slug="new", year=2025))

    assert sorted(Fact.objects.older_than(years).values_list("slug", flat=True)) == stale


def test_staff_list_them_by_a_filter():
    FactFactory(statement_en="Old", year=1990)
    FactFactory(statement_en="New", year=dt.datetime.now(dt.UTC).year)
    desk = desk_of(StaffFactory())
    address = reverse("admin:campaigns_fact_changelist")

    def years(query):
        return [fact.year for fact in desk.get(address + query).context["cl"].result_list]

    assert years("?older=10") == [1990]
    assert len(years("?older=gossip")) == len(years("")) == 2


def test_figure_stays_today_s_until_readers_can_see_the_newer_one(client):
    newer = FactFactory(status="draft", value="3 million")
    fact = FactFactory(superseded_by=newer, featured=True)

    assert list(Fact.objects.published().current()) == [fact]
    assert "a newer one has followed" not in client.get("/en/facts/").content.decode()
    assert fact.value in client.get("/en/").content.decode()

    Fact.objects.filter(pk=newer.pk).update(status="published")

    assert list(Fact.objects.published().current()) == [newer]
    assert list(Fact.objects.published().superseded()) == [fact]
    assert "a newer one has followed" in client.get("/en/facts/").content.decode()
