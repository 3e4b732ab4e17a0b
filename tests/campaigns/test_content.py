"""What the files bring, and that bringing it again never undoes the work of staff."""

import logging
from html import unescape

import pytest
from django.utils import translation

from campaigns import content
from campaigns.models import Campaign, Country, Fact, Helpline, Milestone, Source
from campaigns.templatetags.content import when
from tests.campaigns.figures import FACTS, JOINED, MILESTONES, states


@pytest.fixture
def file(monkeypatch, tmp_path):
    """Stands in for the content files: `file("sources", text)` says what one holds; the others are empty."""
    for kind in content.KINDS:
        (tmp_path / f"{kind.file}.yaml").write_text("[]")
    monkeypatch.setattr(content, "FOLDER", tmp_path)
    return lambda kind, text: (tmp_path / f"{kind}.yaml").write_text(text)


def page(title: str, **more: str) -> str:
    fields = {"slug": "page", "title": title, "publisher": "UNODC", "kind": "un"} | more
    return "- " + "\n  ".join(f"{name}: {value}" for name, value in fields.items())


def changed(counts: dict[str, int]) -> dict[str, int]:
    return {label: count for label, count in counts.items() if count}


def test_every_figure_is_loaded_with_its_value_year_and_source(loaded):
    facts = {fact.slug: fact for fact in Fact.objects.published().with_source()}
    assert [(slug, facts[slug].year, facts[slug].source.slug) for slug, *_rest in FACTS] == [
        (slug, year, source) for slug, _value, year, source in FACTS
    ]
    assert [slug for slug, value, *_rest in FACTS if not states(facts[slug].value, value)] == []
    assert [fact.slug for fact in facts.values() if not fact.scope] == []


def test_every_figure_stands_on_the_page_of_facts_with_its_source(loaded, reader):
    page = unescape(reader.get("/en/facts/").content.decode())
    titles = dict(Source.objects.values_list("slug", "title"))

    assert [value for _slug, value, _year, _source in FACTS if value not in page] == []
    assert [source for *_rest, source in FACTS if titles[source] not in page] == []


def test_every_loaded_row_has_a_page_that_answers(loaded, reader):
    rows = [*Fact.objects.all(), *Campaign.objects.all(), *Country.objects.all()]
    helped = set(Helpline.objects.published().exclude(iso2="EU").values_list("iso2", flat=True))
    addresses = [row.get_absolute_url() for row in rows] + [f"/en/countries/{iso2.lower()}/" for iso2 in helped]

    assert [url for url in addresses if reader.get(url).status_code != 200] == []


def test_events_are_loaded_as_precisely_as_known(loaded):
    dates = {milestone.slug: milestone for milestone in Milestone.objects.published()}
    shown = [(slug, when(dates[slug].happened_on, dates[slug].precision)) for slug, _date in MILESTONES]
    assert shown == MILESTONES


def test_countries_are_loaded_as_precisely_as_known(loaded):
    joined = [(c.iso2, when(c.joined_on, c.joined_precision)) for c in Country.objects.published()]
    assert sorted(joined) == sorted(JOINED)


def test_what_the_united_nations_do_not_state_names_who_reports_it(loaded):
    rows = [*Country.objects.all(), *Fact.objects.all(), *Milestone.objects.all()]

    assert {row.certainty for row in rows} <= {"A", "B"}
    assert [row for row in rows if bool(row.reported_by) != (row.certainty == "B")] == []
    assert set(Country.objects.filter(certainty="B").values_list("iso2", flat=True)) == {"CO", "GT", "LB", "MT", "MZ"}


def test_reporter_stands_in_the_list_of_countries_and_on_the_page_of_each(loaded, reader):
    listed = unescape(reader.get("/en/countries/").content.decode())

    for country in Country.objects.filter(certainty="B"):
        shown = f"As reported by <bdi>{country.reported_by}</bdi>"
        assert shown in listed
        assert shown in unescape(reader.get(country.get_absolute_url()).content.decode())


def test_footnoted_sources_say_where_we_read_them(loaded):
    cited = Source.objects.filter(read_in__slug="unric-blue-heart").values_list("slug", flat=True)
    assert set(cited) == {
        "ilo-forced-labour-2007",
        "unodc-global-patterns-2006",
        "iom-database-2006",
        "unicef-uk-2003",
        "besler-2005",
        "us-tip-2007",
        "unodc-europe-2010",
        "europol-2011",
        "baca-video",
    }


def test_old_counts_stay_as_history_of_the_new(loaded):
    assert Fact.objects.get(slug="parties-2012").superseded_by.slug == "parties-2018"


def test_helplines_of_grade_b_wait_as_drafts(loaded):
    assert {line.status for line in Helpline.objects.filter(grade="B")} == {"draft"}
    assert {line.status for line in Helpline.objects.filter(grade="A")} == {"published"}


def test_helpline_of_the_united_states_names_no_operator(loaded):
    line = Helpline.objects.get(iso2="US")
    assert line.phones == "1-888-373-7888"
    shown = " ".join([line.name, line.web, line.other_ways, line.note])
    assert "Polaris" not in shown
    assert "Compass" not in shown


def test_emergency_and_police_lines_say_so(loaded):
    kinds = dict(Helpline.objects.values_list("slug", "kind"))
    assert (kinds["eu-112"], kinds["jp-police"]) == ("emergency", "emergency")
    assert (kinds["au-afp"], kinds["ie-garda"], kinds["pa-104"], kinds["mt-crime-stop"]) == ("police",) * 4


def test_every_helpline_keeps_its_page_and_the_day_it_was_read(loaded):
    assert {str(line.read_on) for line in Helpline.objects.all()} == {"2026-11-22"}
    assert not Helpline.objects.filter(source_url="").exists()


def test_campaign_titles_and_summaries_of_the_main_campaigns_are_in_all_languages(loaded):
    for slug in ("blue-heart", "world-day-against-trafficking"):
        campaign = Campaign.objects.get(slug=slug)
        for language in ("en", "ar", "zh_hans", "fr", "ru", "es", "pt"):
            assert getattr(campaign, f"title_{language}")
            assert getattr(campaign, f"summary_{language}")


def test_loading_twice_changes_nothing(loaded):
    before = list(Fact.objects.order_by("pk").values_list("pk", "updated_at"))

    assert changed(content.load()) == {}
    assert list(Fact.objects.order_by("pk").values_list("pk", "updated_at")) == before


def test_loading_in_another_language_keeps_the_columns_of_each(db):
    with translation.override("ar"):
        content.load()
    heart = Campaign.objects.rewrite(False).filter(slug="blue-heart").values_list("title", "title_en", "title_fr")
    english = "The Blue Heart Campaign"
    assert list(heart) == [(english, english, "La campagne Cœur bleu")]


def test_file_that_changed_updates_a_row_that_staff_left_alone(db, file):
    file("sources", page("First"))
    content.load()
    file("sources", page("Second"))

    assert changed(content.load()) == {"sources updated": 1}
    assert Source.objects.get().title == "Second"


def test_row_that_staff_changed_is_kept_and_reported(db, file, caplog):
    file("sources", page("First"))
    content.load()
    Source.objects.update(title="Ada’s better title")
    file("sources", page("Second", year="2020"))

    with caplog.at_level(logging.WARNING):
        assert changed(content.load()) == {"sources kept": 1}
    assert Source.objects.get().title == "Ada’s better title"
    assert "sources page was changed by staff" in caplog.text


def test_field_that_staff_filled_before_the_file_did_is_kept(db, file):
    file("sources", page("First"))
    content.load()
    Source.objects.update(year=2019)
    file("sources", page("First", year="2020"))

    assert changed(content.load()) == {"sources kept": 1}
    assert Source.objects.get().year == 2019


def test_row_that_staff_made_under_the_same_name_is_kept(db, file):
    Source.objects.create(slug="page", title="Ada’s page", publisher="Ada", kind="un")
    file("sources", page("First"))

    assert changed(content.load()) == {"sources kept": 1}
    assert Source.objects.get().title == "Ada’s page"


def test_text_that_leaves_the_file_leaves_the_row(db, file):
    file("sources", page("First", note="a doubt"))
    content.load()
    file("sources", page("First"))

    assert changed(content.load()) == {"sources updated": 1}
    assert Source.objects.get().note == ""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (page("First", kind="gossip"), "sources.yaml: page: .*gossip"),
        (page("First", colour="blue"), "sources.yaml: page: .*colour"),
        (page("First", read_in="nowhere"), "sources.yaml: page: "),
        (page("First") + "\n" + page("Second"), "sources.yaml: page stands there twice"),
    ],
)
def test_wrong_entry_is_named_and_nothing_is_loaded(db, file, text, complaint):
    file("sources", page("Good", slug="good") + "\n" + text)

    with pytest.raises(content.ContentError, match=complaint):
        content.load()
    assert not Source.objects.exists()
