"""Cost over size as SVG, on logarithmic axes: readable in light and dark, in print, and by shape without colour."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

MOST_CURVES = 8
WIDTH, PLOT_TOP, PLOT_HEIGHT = 760, 60, 300
LEFT, RIGHT = 76, 24
KEY_LINE = 22

STYLE = """
  svg { font: 13px system-ui, sans-serif; background: #fff; }
  text { fill: #222; } .grid { stroke: #ddd; } .axis { stroke: #777; } .title { font-weight: 600; font-size: 15px; }
  .line { fill: none; stroke-width: 2; } .mark { stroke-width: 1.5; }
  .c0 { stroke: #0057a8; } .c1 { stroke: #b34a00; } .c2 { stroke: #00705a; } .c3 { stroke: #8a2a8f; }
  .c4 { stroke: #6b5a00; } .c5 { stroke: #b0003a; } .c6 { stroke: #3a4a9f; } .c7 { stroke: #4d4d4d; }
  .mark { fill: #fff; }
  @media (prefers-color-scheme: dark) {
    svg { background: #14171c; } text { fill: #e6e6e6; } .grid { stroke: #333a44; } .axis { stroke: #8a929d; }
    .c0 { stroke: #6cb6ff; } .c1 { stroke: #ff9e5e; } .c2 { stroke: #52d3b0; } .c3 { stroke: #e39ae8; }
    .c4 { stroke: #e2cd5b; } .c5 { stroke: #ff8fab; } .c6 { stroke: #a9b6ff; } .c7 { stroke: #c2c2c2; }
    .mark { fill: #14171c; }
  }
"""


@dataclass(frozen=True)
class Series:
    """One operation: its cost in milliseconds at each number of rows."""

    what: str
    points: Sequence[tuple[float, float]]

    @property
    def last(self) -> float:
        return self.points[-1][1]


def exponent(points: Sequence[tuple[float, float]]) -> float | None:
    """The slope of the line that fits best on logarithmic axes: 0 costs the same at any size, 1 grows as the rows do.

    None where there is only one size.
    """
    known = [(math.log(size), math.log(cost)) for size, cost in points if size > 0 and cost > 0]
    middle = sum(x for x, _ in known) / len(known) if known else 0.0
    spread = sum((x - middle) ** 2 for x, _ in known)
    return sum((x - middle) * y for x, y in known) / spread if spread else None


def told(slope: float) -> str:
    """An exponent with two places; nothing is less than zero by a rounding."""
    return f"{round(slope, 2) + 0.0:.2f}"


def drawn(title: str, series: Iterable[Series]) -> str:
    """The plot; of more than eight operations those that cost most at the largest size."""
    chosen = sorted((one for one in series if one.points), key=lambda one: -one.last)[:MOST_CURVES]
    across = _Axis([size for one in chosen for size, _ in one.points], LEFT, WIDTH - RIGHT)
    up = _Axis([cost for one in chosen for _, cost in one.points], PLOT_TOP + PLOT_HEIGHT, PLOT_TOP)
    key_top = PLOT_TOP + PLOT_HEIGHT + 62
    height = key_top + KEY_LINE * len(chosen)
    said = "; ".join(f"{one.what}: {_number(one.points[0][1])} to {_number(one.last)} ms" for one in chosen)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="t d">',
        f'<title id="t">{escape(title)}</title>',
        f'<desc id="d">CPU milliseconds over rows, both axes logarithmic. {escape(said)}.</desc>',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="24">{escape(title)}</text>',
        *_grid(across, up),
        *(part for number, one in enumerate(chosen) for part in _curve(number, one, across, up, key_top)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Axis:
    """Whole powers of ten around the values, between two places on the paper."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.low = math.floor(math.log10(min(values)) + 1e-9)
        self.high = max(math.ceil(math.log10(max(values)) - 1e-9), self.low + 1)
        self.start, self.end = start, end

    def at(self, value: float) -> float:
        part = (math.log10(value) - self.low) / (self.high - self.low)
        return round(self.start + part * (self.end - self.start), 1)

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self.low, self.high + 1)]


def _grid(across: _Axis, up: _Axis) -> Iterable[str]:
    bottom = PLOT_TOP + PLOT_HEIGHT
    for tick in across.ticks():
        x = across.at(tick)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{PLOT_TOP}" y2="{bottom}"/>'
        yield f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{_number(tick)}</text>'
    for tick in up.ticks():
        y = up.at(tick)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{_number(tick)}</text>'
    yield f'<path class="axis" fill="none" d="M{LEFT} {PLOT_TOP}V{bottom}H{WIDTH - RIGHT}"/>'
    yield f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{bottom + 40}" text-anchor="middle">rows</text>'
    yield f'<text x="{LEFT - 60}" y="{PLOT_TOP - 14}">ms of CPU</text>'


def _curve(number: int, one: Series, across: _Axis, up: _Axis, key_top: float) -> Iterable[str]:
    places = [(across.at(size), up.at(cost)) for size, cost in one.points]
    path = "M" + "L".join(f"{x} {y}" for x, y in places)
    yield f'<path class="line c{number}" d="{path}"/>'
    yield from (_mark(number, x, y) for x, y in places)
    y = key_top + KEY_LINE * number
    yield _mark(number, LEFT + 6, y - 4)
    slope = exponent(one.points)
    grows = "" if slope is None else f" (exponent {told(slope)})"
    yield f'<text x="{LEFT + 20}" y="{y}">{escape(one.what + grows)}</text>'


def _mark(number: int, x: float, y: float) -> str:
    """A shape for each curve, so that colour is not needed."""
    r = 4.5
    shapes = [
        f"M{x - r} {y}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0z",
        f"M{x - r} {y - r}h{2 * r}v{2 * r}h{-2 * r}z",
        f"M{x} {y - r - 1}l{r + 1} {2 * r}h{-2 * r - 2}z",
        f"M{x} {y - r - 1}l{r + 1} {r + 1}l{-r - 1} {r + 1}l{-r - 1} {-r - 1}z",
        f"M{x} {y + r + 1}l{r + 1} {-2 * r}h{-2 * r - 2}z",
        f"M{x - r} {y - r}l{2 * r} {2 * r}M{x + r} {y - r}l{-2 * r} {2 * r}",
        f"M{x - r} {y}h{2 * r}M{x} {y - r}v{2 * r}",
        f"M{x - r} {y - 2}h{2 * r}v4h{-2 * r}z",
    ]
    return f'<path class="mark c{number}" d="{shapes[number]}"/>'


def _number(value: float) -> str:
    """As short as it can be said: 1 M, 10 k, 250, 1.5, 0.01."""
    for size, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"
