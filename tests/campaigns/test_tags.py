"""How templates print content."""

import datetime as dt
import re

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from campaigns.markdown import to_html
from campaigns.models import Campaign, Fact, Source
from campaigns.templatetags.content import FactWithoutSourceError, when


def rendered(template: str, language: str = "en", **context) -> str:
    with translation.override(language):
        return Template("{% load content %}" + template).render(Context(context))


def test_fact_without_a_source_is_never_printed():
    with pytest.raises(FactWithoutSourceError):
        rendered("{% fact_value fact %}", fact=Fact(slug="rumour", value="millions"))


def test_fact_is_printed_as_published_with_its_unit():
    fact = Fact(value="2.5 million", unit="people", source=Source(pk=1))
    assert rendered("{% fact_value fact %}", fact=fact) == "<bdi>2.5 million people</bdi>"


def test_fact_without_translation_keeps_number_and_unit_in_the_order_of_english():
    fact = Fact(value="173", value_en="173", unit="parties", unit_en="parties", source=Source(pk=1))
    assert rendered("{% fact_value fact %}", "ar", fact=fact) == '<bdi lang="en" dir="ltr">173 parties</bdi>'


def test_fact_with_a_translated_unit_stands_in_the_page_s_direction():
    fact = Fact(value_en="173", unit_en="parties", unit_ar="طرفًا", source=Source(pk=1))
    assert rendered("{% fact_value fact %}", "ar", fact=fact) == "<bdi>173 طرفًا</bdi>"


def test_chinese_sets_no_space_before_a_measure_word():
    fact = Fact(value_en="2.5 million", unit_en="people", value_zh_hans="250万", unit_zh_hans="人", source=Source(pk=1))
    assert rendered("{% fact_value fact %}", "zh-hans", fact=fact) == "<bdi>250万人</bdi>"


def test_no_template_prints_a_value_past_the_tag():
    past = re.compile(
        r"""{{[^}]*\b(fact|other|figure)\.(value|unit|number)\b(?!\|length)|(translated|plain) \w+ "value\""""
    )
    folder = settings.BASE_DIR / "templates"
    assert [path.name for path in folder.rglob("*.html") if past.search(path.read_text())] == []
    assert past.search("{{ fact.value }}")
    assert past.search('{% plain fact "value" %}')


def test_text_is_printed_in_the_page_language_where_there_is_one():
    campaign = Campaign(title_en="Heart", title_fr="Cœur")
    assert rendered('{% translated c "title" %}', "fr", c=campaign) == "Cœur"


def test_text_without_translation_is_marked_as_english_left_to_right():
    campaign = Campaign(title_en="Heart & soul")
    assert (
        rendered('{% translated c "title" %}', "ar", c=campaign) == '<span lang="en" dir="ltr">Heart &amp; soul</span>'
    )


def test_text_for_a_title_carries_no_mark():
    assert rendered('{% plain c "title" %}', "ar", c=Campaign(title_en="Heart")) == "Heart"


def test_empty_text_is_printed_as_nothing_in_any_language():
    assert rendered('{% translated c "body" %}{% markdown c "body" %}', "ar", c=Campaign(title_en="Heart")) == ""


@pytest.mark.parametrize(
    ("language", "precision", "shown"),
    [
        ("en", "month", "June 2010"),
        ("es", "month", "junio de 2010"),
        ("zh-hans", "month", "2010年6月"),
        ("fr", "day", "9 juin 2010"),
        ("pt", "day", "9 de junho de 2010"),
        ("ru", "year", "2010"),
    ],
)
def test_dates_are_written_in_the_language_and_no_more_precise_than_known(language, precision, shown):
    with translation.override(language):
        assert when(dt.date(2010, 6, 9), precision) == shown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**act**", "<p><strong>act</strong></p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("![x](http://mallory.example/pixel.gif)", "<p></p>\n"),
        ("# Title", "Title\n"),
    ],
)
def test_markdown_is_prose_and_nothing_else(text, html):
    assert to_html(text) == html


def test_links_in_prose_tell_the_other_site_nothing():
    assert to_html("[UN](https://un.org)") == '<p><a href="https://un.org" rel="noopener noreferrer">UN</a></p>\n'
