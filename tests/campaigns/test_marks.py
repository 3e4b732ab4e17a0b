"""`[[fact:slug]]` in a Markdown body: the value by the tag's own code, linked, fresh, and one query for a page."""

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from campaigns import content
from campaigns.markdown import marked_facts, to_html, unknown_facts
from campaigns.models import Campaign, Fact
from campaigns.printing import FactWithoutSourceError
from tests.campaigns.factories import CampaignFactory, FactFactory, SourceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def parties():
    return FactFactory(slug="parties", value="173", unit="parties", unit_ar="طرفًا")


def body_of(campaigns, language="en"):
    template = Template('{% load content %}{% for c in campaigns %}{% markdown c "body" %}{% endfor %}')
    with translation.override(language):
        return template.render(Context({"campaigns": campaigns, "request": RequestFactory().get("/")}))


def test_mark_prints_the_value_as_a_link_to_its_page(parties):
    link = '<a class="fact-mark" href="/en/facts/parties/"><bdi>173 parties</bdi></a>'
    assert to_html("It binds **[[fact:parties]]**.") == f"<p>It binds <strong>{link}</strong>.</p>\n"


def test_value_stands_in_the_language_of_the_page(parties):
    with translation.override("ar"):
        assert to_html("[[fact:parties]]") == (
            '<p><a class="fact-mark" href="/ar/facts/parties/"><bdi>173 طرفًا</bdi></a></p>\n'
        )


def test_value_within_an_english_text_of_an_arabic_page_is_english_and_leads_to_the_arabic_page(parties):
    body = body_of([Campaign(body_en="It binds [[fact:parties]].")], "ar")

    assert (
        '<div lang="en" dir="ltr"><p>It binds <a class="fact-mark" href="/ar/facts/parties/"><bdi>173 parties' in body
    )


def test_mark_within_a_link_prints_the_value_alone(parties):
    assert to_html("[all [[fact:parties]]](https://un.org)") == (
        '<p><a href="https://un.org" rel="noopener noreferrer">all <bdi>173 parties</bdi></a></p>\n'
    )


@pytest.mark.parametrize("text", ["[[fact:nobody]]", "[[fact:secret]]"])
def test_unknown_and_unpublished_facts_print_nothing_and_are_named(text):
    FactFactory(slug="secret", value="42", status="draft")

    assert to_html(f"So many: {text}.") == "<p>So many: .</p>\n"
    assert unknown_facts(text) == [text[7:-2]]


@pytest.mark.parametrize("text", ["`[[fact:parties]]`", "\\[[fact:parties]]", "[[fact:Parties]]", "[[fact: parties]]"])
def test_what_is_no_mark_stays_as_it_was_typed(parties, text):
    assert "173" not in to_html(text)
    assert "fact:" in to_html(text)


def test_characters_that_hold_a_place_cannot_be_smuggled_in(parties):
    assert to_html("\ue001parties\ue002") == "<p>parties</p>\n"


def test_value_is_never_stale(parties):
    to_html("[[fact:parties]]")
    Fact.objects.update(value_en="174")

    assert "174 parties" in to_html("[[fact:parties]]")


def test_mallorys_value_is_inert(parties):
    Fact.objects.update(value_en="<script>alert(1)</script>")

    assert "<script>" not in to_html("[[fact:parties]]")


def test_fact_without_a_source_fails(parties):
    parties.source_id = None
    with pytest.raises(FactWithoutSourceError):
        to_html("[[fact:parties]]", {"parties": parties})


def test_bodies_of_a_page_ask_once_for_all_their_facts(parties, django_assert_num_queries):
    FactFactory(slug="other", source=SourceFactory())
    campaigns = [CampaignFactory(body="[[fact:parties]]"), CampaignFactory(body="[[fact:other]] [[fact:parties]]")]

    with django_assert_num_queries(1):
        assert body_of(campaigns).count("fact-mark") == 3


def test_bodies_without_marks_ask_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        body_of([Campaign(body_en="Plain."), Campaign(body_en="[[nothing]]")])


def test_marks_are_found_once_each_in_their_order():
    assert marked_facts("[[fact:b]] [[fact:a]] [[fact:b]]") == ["b", "a"]


def test_marks_of_every_loaded_body_name_a_fact():
    assert content.marks_without_a_fact() == []


def test_file_that_marks_an_unknown_fact_is_not_loaded(monkeypatch, tmp_path):
    (tmp_path / "news.yaml").write_text("[]  # [[fact:nobody]]")
    monkeypatch.setattr(content, "FOLDER", tmp_path)

    with pytest.raises(content.ContentError, match=r"news\.yaml: nobody"):
        content.load()


@pytest.mark.parametrize(
    "place", ["&#xE001;parties&#xE002;", "&#57345;parties&#57346;", "&#xe0&#xE000;01;parties&#xE002;"]
)
def test_place_of_a_mark_is_not_made_by_writing_its_signs(parties, place):
    html = to_html(f'{place} [link](https://un.org "{place}") and [[fact:parties]]')

    assert html.count("fact-mark") == 1
    assert '<a href="https://un.org" title="' in html
