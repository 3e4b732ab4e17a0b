"""Charts: where each mark stands, in both directions, and that nothing is told by colour alone."""

import re
from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils import translation

from campaigns.charts import Point, draw
from campaigns.templatetags.charts import formatter
from tests.campaigns.factories import DataPointFactory, DataTableFactory

SHARES = [Point("Women", Decimal(40)), Point("Men", Decimal(20))]
PARTIES = [Point("2012", Decimal(147)), Point("2018", Decimal(173))]


def drawn(kind, points, **more):
    return draw(kind, points, name="test", title="Test", **more)


def markup(chart, language="en"):
    with translation.override(language):
        return Template("{% load charts %}{% chart chart %}").render(Context({"chart": chart}))


def test_bar_is_as_long_as_its_value_and_the_value_stands_behind_it():
    chart = drawn("bars", SHARES)

    assert [(bar.x, bar.width) for bar in chart.rects] == [("0.00%", "76.00%"), ("0.00%", "38.00%")]
    assert [(text.x, text.dx, text.text) for text in chart.texts if text.role == "value"] == [
        ("76.00%", 8, "40"),
        ("38.00%", 8, "20"),
    ]


def test_bar_starts_at_the_right_where_text_does():
    chart = drawn("bars", SHARES, rtl=True)

    assert [bar.x for bar in chart.rects] == ["24.00%", "62.00%"]
    assert [(text.x, text.dx) for text in chart.texts if text.role == "value"] == [("24.00%", -8), ("62.00%", -8)]
    assert {text.x for text in chart.texts if text.role == "label"} == {"100.00%"}


def test_stacked_row_fills_the_width_and_its_legend_says_the_values():
    points = [Point("All", Decimal(54), "A stranger"), Point("All", Decimal(46), "Known")]
    chart = drawn("stacked", points, shown=lambda value: f"{value} %")

    assert [(segment.x, segment.width, segment.pattern) for segment in chart.rects] == [
        ("0.00%", "54.00%", 0),
        ("54.00%", "46.00%", 1),
    ]
    assert [named.name for named in chart.legend] == ["A stranger: 54 %", "Known: 46 %"]


def test_narrow_segment_has_its_value_in_the_legend_only():
    points = [Point("All", Decimal(97), "Many"), Point("All", Decimal(3), "Few")]

    assert [text.text for text in drawn("stacked", points).texts] == ["97"]


def test_line_goes_over_moments_in_proportion_and_backwards_in_arabic():
    points = [Point("2000", Decimal(1)), Point("2001", Decimal(2)), Point("2010", Decimal(4))]

    assert [dot.x for dot in drawn("line", points).dots] == ["7.00%", "15.60%", "93.00%"]
    assert [dot.x for dot in drawn("line", points, rtl=True).dots] == ["93.00%", "84.40%", "7.00%"]


def test_line_of_moments_that_are_no_numbers_is_even():
    points = [Point(label, Decimal(1)) for label in ("May", "June", "2010")]
    assert [dot.x for dot in drawn("line", points).dots] == ["7.00%", "50.00%", "93.00%"]


def test_higher_value_stands_higher_and_nothing_leaves_the_plot():
    chart = drawn("line", PARTIES)

    low, high = (dot.y for dot in chart.dots)
    assert 0 < high < low < chart.axis < chart.height


def test_series_differ_in_pattern_and_in_dash_not_in_colour_alone():
    series = [Point("2012", Decimal(1), name) for name in "abcdef"]
    for kind in ("bars", "stacked", "line"):
        assert [named.pattern for named in drawn(kind, series).legend] == [0, 1, 2, 3, 4, 5]


def test_many_moments_are_labelled_without_crowding():
    points = [Point(str(year), Decimal(1)) for year in range(2000, 2024)]
    labels = [text.text for text in drawn("line", points).texts if text.role == "label"]

    assert labels == [str(year) for year in range(2000, 2024, 3)]


@pytest.mark.parametrize("kind", ["bars", "stacked", "line"])
@pytest.mark.parametrize("points", [[], [Point("Nothing", Decimal(0))], [Point("Less", Decimal(-5))]])
def test_no_numbers_nothing_and_less_than_nothing_can_be_drawn(kind, points):
    chart = drawn(kind, points)

    assert all(not bar.width.startswith("-") for bar in chart.rects)
    markup(chart)


def test_chart_says_its_numbers_in_words():
    page = markup(drawn("bars", SHARES))

    assert 'role="img" aria-labelledby="chart-test-title chart-test-desc"' in page
    assert '<title id="chart-test-title">Test</title>' in page
    assert '<desc id="chart-test-desc">Women: 40; Men: 20</desc>' in page


def test_long_chart_leaves_its_numbers_to_the_table():
    page = markup(drawn("bars", [Point(str(number), Decimal(1)) for number in range(20)]))

    assert "The table has the same numbers." in page


def test_chart_brings_no_style_of_its_own_and_mallorys_words_are_inert():
    page = markup(drawn("bars", [Point('<script>"', Decimal(1), "<b>"), Point("b", Decimal(1), "c")]))

    assert "style" not in page
    assert "<script" not in page
    assert "<b>" not in page


@pytest.mark.parametrize("language", ["ar", "fr", "ru"])
def test_places_are_written_with_a_point_in_every_language(language):
    places = re.findall(
        r' (?:x|y|width|height|dx|cx|cy|x1|x2|y1|y2)="([^"]*)"', markup(drawn("line", PARTIES), language)
    )

    assert places
    assert [place for place in places if not re.fullmatch(r"-?\d+(\.\d+)?%?", place)] == []


def test_long_name_is_set_in_lines_that_fit_a_phone():
    chart = drawn("bars", [Point("Trafficking for the purpose of forced labour in households", Decimal(1))])

    assert [text.text for text in chart.texts if text.role == "label"] == [
        "Trafficking for the purpose of forced",
        "labour in households",
    ]


# Tables of data


@pytest.mark.django_db
def test_table_has_a_cell_for_each_number_and_a_dash_where_nobody_published_one():
    table = DataTableFactory(unit="cases", chart="stacked")
    DataPointFactory(table=table, position=1, label="2019", series="Women", value=1200)
    DataPointFactory(table=table, position=2, label="2019", series="Men", value=5)
    DataPointFactory(table=table, position=3, label="2020", series="Men", value="7.5")

    page = Template("{% load charts %}{% data_table table %}").render(Context({"table": table}))

    cells = re.findall(r'<t[dh] class="number">(.*?)</t[dh]>|<th scope="row">(.*?)</th>', page)
    assert [re.sub("<.*?>", "", a or b) for a, b in cells] == ["2019", "1,200", "5", "2020", "–", "7.5"]


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "shown"), [("en", "12.5%"), ("fr", "12,5\xa0%"), ("ru", "12,5\xa0%")])
def test_share_is_written_as_the_language_does(language, shown):
    table = DataTableFactory(unit="%")
    with translation.override(language):
        assert formatter(table)(Decimal("12.5")) == shown


DAYS = [Point(f"{day} July", Decimal(day % 7)) for day in range(1, 31)]


def test_columns_of_a_month_have_labels_that_do_not_touch_and_one_value():
    chart = drawn("columns", DAYS)

    labels = [text for text in chart.texts if text.role == "label"]
    assert [text.text for text in labels] == ["1 July", "9 July", "17 July", "25 July"]
    assert [text.text for text in chart.texts if text.role == "value"] == ["6"]
    assert len(chart.rects) == 26  # days without any have no column
    assert all(0 < rect.y < chart.axis == rect.y + rect.height for rect in chart.rects)


def test_columns_begin_at_the_right_where_text_does():
    first, *_rest = drawn("columns", DAYS).rects
    first_in_arabic, *_rest = drawn("columns", DAYS, rtl=True).rects

    assert (first.x, first_in_arabic.x) == ("0.50%", "97.17%")
    label = next(text for text in drawn("columns", DAYS, rtl=True).texts if text.role == "label")
    assert label.x == "100.00%"


def test_columns_of_nothing_have_no_column_and_no_value():
    chart = drawn("columns", [Point(day.label, Decimal(0)) for day in DAYS])

    assert (chart.rects, [text for text in chart.texts if text.role == "value"]) == ([], [])
