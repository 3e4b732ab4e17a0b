"""Charts and their tables in templates; other parts draw theirs with `campaigns.charts.draw` and `{% chart %}`."""

from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from babel.numbers import format_decimal, format_percent
from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from modeltranslation.utils import build_localized_fieldname

from blueheart.languages import DEFAULT_LANGUAGE, babel_locale, is_rtl, page_language
from campaigns.charts import Chart, Formatter, Point, draw
from campaigns.models import DataPoint, DataTable
from campaigns.printing import in_page_language

register = template.Library()

NAMES = ("label", "series")
MOST_KEPT = 256  # charts: their numbers change with each window at most


class Row(NamedTuple):
    """One row of a table: its name's point, and a cell per column, empty where nobody published a number."""

    named_by: DataPoint
    cells: list[Decimal | None]


@register.simple_tag
def chart(drawn: Chart) -> SafeString:
    """A chart that somebody drew, with its legend; the table of the same numbers is the page's to print."""
    return _svg(drawn, page_language())


@lru_cache(maxsize=MOST_KEPT)
def _svg(drawn: Chart, language: str) -> SafeString:
    return render_to_string("campaigns/includes/chart.html", {"chart": drawn})


@register.inclusion_tag("campaigns/includes/data_table.html")
def data_table(table: DataTable, heading: str = "h2") -> dict[str, Any]:
    """A table of data: chart, the same numbers as a table, source, and the way to its CSV."""
    language = page_language()
    points = list(table.points.all())
    drawn = draw(
        table.chart,  # type: ignore[arg-type]  # the column's choices are the kinds of charts
        [_point(point) for point in points],
        name=table.slug,
        title=in_page_language(table, "title")[0],
        shown=formatter(table),
        rtl=is_rtl(language),
    )
    columns, rows = grid(points)
    return {"table": table, "chart": drawn, "columns": columns, "rows": rows, "heading": heading}


def grid(points: list[DataPoint]) -> tuple[list[DataPoint], list[Row]]:
    """The points as a table: a point that names each column, and the rows."""
    columns: dict[str, DataPoint] = {}
    rows: dict[str, dict[str, DataPoint]] = {}
    for point in points:
        row, column = (getattr(point, build_localized_fieldname(name, DEFAULT_LANGUAGE)) or "" for name in NAMES)
        columns.setdefault(column, point)
        rows.setdefault(row, {})[column] = point
    return list(columns.values()), [
        Row(next(iter(row.values())), [row[name].value if name in row else None for name in columns])
        for row in rows.values()
    ]


def formatter(table: DataTable) -> Formatter:
    """How the table's values are written in the page's language: shares with their sign, all else as numbers."""
    locale = babel_locale(page_language())
    if getattr(table, build_localized_fieldname("unit", DEFAULT_LANGUAGE)) == "%":
        return lambda value: format_percent(value / 100, locale=locale, decimal_quantization=False)
    return lambda value: format_decimal(value.normalize(), locale=locale, decimal_quantization=False)


@register.simple_tag
def table_value(value: Decimal, table: DataTable) -> str:
    """One value of the table as its chart writes it."""
    return formatter(table)(value)


def _point(point: DataPoint) -> Point:
    label, is_native = in_page_language(point, "label")
    series, _is_native = in_page_language(point, "series")
    return Point(label, point.value, series, "" if is_native else DEFAULT_LANGUAGE)
