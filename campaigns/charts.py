"""Charts as SVG that needs no script and no style of its own: bars, stacks, lines and columns, in either direction.

Widths and places along the page are per cent and heights are pixels, so that a chart fits a phone and its text keeps
its size. Nothing is told by colour alone: values stand beside their marks, and series differ in pattern and dash.
"""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, NamedTuple

Kind = Literal["bars", "stacked", "line", "columns"]
Formatter = Callable[[Decimal], str]

PATTERNS = 6  # of which the stylesheet knows; a seventh series looks like the first
TEXT_HEIGHT = 22
BAR_HEIGHT = 24
GAP = 18
LONGEST_BAR = Decimal(76)  # per cent of the width: the value stands behind it
LINE_LENGTH = 40  # characters of a label, in one line of a phone
NARROWEST_LABELLED = Decimal(14)  # per cent: a value stands within a segment that is at least so wide
PLOT_HEIGHT = 220
EDGE = Decimal(7)  # per cent at either end of a line chart: the first and the last label stand under their point
MOST_LABELS = 8
MOST_DESCRIBED = 12
MOST_COLUMN_LABELS = 4  # of days: so many stand beside each other on a phone in every language
WIDEST_COLUMN = Decimal(8)
COLUMN_SHARE = Decimal("0.7")  # of the place that a column has, the rest is the gap


class Point(NamedTuple):
    """One number: its row or moment, its value, its series where there are several, and the language of its words."""

    label: str
    value: Decimal
    series: str = ""
    lang: str = ""


class Rect(NamedTuple):
    x: str
    y: int
    width: str
    height: int
    pattern: int


class Text(NamedTuple):
    x: str
    y: int
    dx: int
    text: str
    anchor: str
    lang: str = ""
    role: str = "label"


class Stroke(NamedTuple):
    x1: str
    y1: int
    x2: str
    y2: int
    pattern: int


class Dot(NamedTuple):
    x: str
    y: int
    pattern: int


class Named(NamedTuple):
    """A series as the legend names it."""

    pattern: int
    name: str
    lang: str = ""


@dataclass
class Chart:
    """What the template draws; `name` makes its ids unique on the page. Once it is drawn it stays as it is."""

    name: str
    title: str
    kind: Kind
    height: int = 0
    axis: int = 0  # where the values of a line chart begin, at zero
    description: str = ""
    rects: list[Rect] = field(default_factory=list)
    texts: list[Text] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    legend: list[Named] = field(default_factory=list)

    def __hash__(self) -> int:
        return hash((self.name, self.title, self.kind, tuple(self.rects), tuple(self.texts), tuple(self.strokes)))


def draw(
    kind: Kind, points: Sequence[Point], *, name: str, title: str, shown: Formatter = str, rtl: bool = False
) -> Chart:
    """The chart of these points in their order; `shown` writes a value, `rtl` starts at the right.

    Values below nothing have no length: they are drawn as nothing, and written as they are.
    """
    chart = Chart(name=name, title=title, kind=kind, description=_described(points, shown))
    if not points:
        return chart
    across = _Across(rtl)
    drawing = {"bars": _draw_bars, "stacked": _draw_stacked, "line": _draw_lines, "columns": _draw_columns}
    drawing[kind](chart, points, shown, across)
    return chart


class _Across(NamedTuple):
    """Places along the page, from the side where its text starts."""

    rtl: bool

    def place(self, percent: Decimal) -> str:
        return f"{100 - percent if self.rtl else percent:.2f}%"

    def start(self, percent: Decimal, width: Decimal) -> str:
        return self.place(percent + width if self.rtl else percent)

    def shift(self, pixels: int) -> int:
        return -pixels if self.rtl else pixels


def _described(points: Sequence[Point], shown: Formatter) -> str:
    """The chart in words, as a screen reader says it; a long one is left to the table below it."""
    if len(points) > MOST_DESCRIBED:
        return ""
    named = [" – ".join(filter(None, (point.label, point.series))) for point in points]
    return "; ".join(f"{name}: {shown(point.value)}" for name, point in zip(named, points, strict=True))


def _series_of(points: Sequence[Point]) -> list[Named]:
    first: dict[str, Named] = {}
    for point in points:
        first.setdefault(point.series, Named(len(first) % PATTERNS, point.series, point.lang))
    return list(first.values())


def _length(value: Decimal, of: Decimal, longest: Decimal) -> Decimal:
    return max(value, Decimal(0)) / of * longest if of > 0 else Decimal(0)


def _heading(chart: Chart, point: Point, y: int, across: _Across) -> int:
    """Write a row's name over its bar, in lines that fit a phone; returns where the bar begins."""
    wide = any(ord(char) > 0x2E80 for char in point.label)
    lines = textwrap.wrap(point.label, LINE_LENGTH // 2 if wide else LINE_LENGTH) or [""]
    for number, line in enumerate(lines, start=1):
        baseline = y + number * TEXT_HEIGHT - 6
        chart.texts.append(Text(across.place(Decimal(0)), baseline, 0, line, "start", point.lang))
    return y + len(lines) * TEXT_HEIGHT


def _draw_bars(chart: Chart, points: Sequence[Point], shown: Formatter, across: _Across) -> None:
    """A bar for each point, its name over it and its value behind it; series of one row differ in pattern."""
    largest = max(point.value for point in points)
    patterns = {series.name: series.pattern for series in _series_of(points)}
    y, row = 0, None
    for point in points:
        if point.label != row:
            y, row = _heading(chart, point, y, across), point.label
        width = _length(point.value, largest, LONGEST_BAR)
        bar = Rect(across.start(Decimal(0), width), y, f"{width:.2f}%", BAR_HEIGHT, patterns[point.series])
        chart.rects.append(bar)
        value = Text(across.place(width), y + 17, across.shift(8), shown(point.value), "start", role="value")
        chart.texts.append(value)
        y += BAR_HEIGHT + GAP
    chart.height = y
    if len(patterns) > 1:
        chart.legend = _series_of(points)


def _draw_stacked(chart: Chart, points: Sequence[Point], shown: Formatter, across: _Across) -> None:
    """A bar for each row, of one segment per series; all bars have the scale of the largest row."""
    series = {named.name: named for named in _series_of(points)}
    rows: dict[str, list[Point]] = {}
    for point in points:
        rows.setdefault(point.label, []).append(point)
    largest = max(sum((point.value for point in row), Decimal(0)) for row in rows.values())
    y = 0
    for row in rows.values():
        y = _heading(chart, row[0], y, across) if len(rows) > 1 else y
        at = Decimal(0)
        for point in row:
            width = _length(point.value, largest, Decimal(100))
            pattern = series[point.series].pattern
            chart.rects.append(Rect(across.start(at, width), y, f"{width:.2f}%", BAR_HEIGHT * 2, pattern))
            if width >= NARROWEST_LABELLED:
                middle = across.place(at + width / 2)
                chart.texts.append(Text(middle, y + 30, 0, shown(point.value), "middle", role="inner"))
            at += width
        y += BAR_HEIGHT * 2 + GAP
    chart.height = y
    one_row = {point.series: shown(point.value) for point in points} if len(rows) == 1 else {}
    chart.legend = [
        named._replace(name=f"{named.name}: {one_row[named.name]}") if one_row else named for named in series.values()
    ]


def _draw_lines(chart: Chart, points: Sequence[Point], shown: Formatter, across: _Across) -> None:
    """A line for each series, from zero, over moments in proportion where they are numbers such as years."""
    moments = list(dict.fromkeys(point.label for point in points))
    places = dict(zip(moments, _along(moments), strict=True))
    largest = max(point.value for point in points)
    chart.axis = PLOT_HEIGHT - TEXT_HEIGHT
    series = _series_of(points)
    for named in series:
        ends: tuple[str, int] | None = None
        for point in (point for point in points if point.series == named.name):
            x = across.place(places[point.label])
            y = chart.axis - round(_length(point.value, largest, Decimal(chart.axis - 2 * TEXT_HEIGHT)))
            if ends:
                chart.strokes.append(Stroke(*ends, x, y, named.pattern))
            chart.dots.append(Dot(x, y, named.pattern))
            chart.texts.append(Text(x, y - 10, 0, shown(point.value), "middle", role="value"))
            ends = x, y
    step = -(-len(moments) // MOST_LABELS)
    for number, moment in enumerate(moments):
        if number % step == 0:
            chart.texts.append(Text(across.place(places[moment]), PLOT_HEIGHT - 4, 0, moment, "middle"))
    chart.height = PLOT_HEIGHT
    chart.legend = series if len(series) > 1 else []


def _draw_columns(chart: Chart, points: Sequence[Point], shown: Formatter, across: _Across) -> None:
    """A column for each moment, such as a day: the largest says its value, and a few say when they are."""
    largest = max(point.value for point in points)
    place = Decimal(100) / len(points)
    width = min(place * COLUMN_SHARE, WIDEST_COLUMN)
    chart.axis = PLOT_HEIGHT - TEXT_HEIGHT
    step = -(-len(points) // MOST_COLUMN_LABELS)
    top = next((number for number, point in enumerate(points) if point.value == largest and largest > 0), None)
    for number, point in enumerate(points):
        middle = place * number + place / 2
        height = round(_length(point.value, largest, Decimal(chart.axis - 2 * TEXT_HEIGHT)))
        if height:
            at = across.start(middle - width / 2, width)
            chart.rects.append(Rect(at, chart.axis - height, f"{width:.2f}%", height, 0))
        if number == top:
            anchor, stand = _kept_within(middle, 2 * EDGE)
            chart.texts.append(
                Text(across.place(stand), chart.axis - height - 8, 0, shown(point.value), anchor, role="value")
            )
        if number % step == 0:
            anchor, stand = _kept_within(middle, EDGE)
            chart.texts.append(Text(across.place(stand), PLOT_HEIGHT - 4, 0, point.label, anchor))
    chart.height = PLOT_HEIGHT


def _kept_within(middle: Decimal, edge: Decimal) -> tuple[str, Decimal]:
    """How a text over this place is anchored so that it stays on the page: at an edge it begins or ends there."""
    if middle < edge:
        return "start", Decimal(0)
    if middle > 100 - edge:
        return "end", Decimal(100)
    return "middle", middle


def _along(moments: Sequence[str]) -> list[Decimal]:
    """Where each moment stands, in per cent from the start."""
    numbers = [Decimal(moment) if moment.isdecimal() else Decimal(at) for at, moment in enumerate(moments)]
    if not all(moment.isdecimal() for moment in moments):
        numbers = [Decimal(at) for at in range(len(moments))]
    first, last = min(numbers), max(numbers)
    if first == last:
        return [Decimal(50)] * len(moments)
    return [EDGE + (number - first) / (last - first) * (100 - 2 * EDGE) for number in numbers]
