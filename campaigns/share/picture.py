"""Drawing one picture: ground, heart, title and the line that says what we are not."""

import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageColor, ImageDraw

from blueheart.languages import is_rtl
from campaigns.share.breaking import Block, fit
from campaigns.share.typesetting import Line, Style, drawn

WIDTH, HEIGHT = 1200, 630  # what Open Graph's readers ask for
MARGIN = 72
COLUMN = 684
GROUND_END = 528  # where the foot begins
FOOT_BASELINE = 588

DEEP, FOOT, WHITE, PALE, SOFT, SKY = "#0b2a4a", "#082038", "#ffffff", "#85cdee", "#d5ecf8", "#009edb"
# The palette holds, for each ink on its ground, the way from one to the other in so many steps: a picture is drawn
# in the colours it is kept in, which makes the file a third as large.
INKS = ((WHITE, DEEP), (PALE, DEEP), (SOFT, DEEP), (SKY, DEEP), (WHITE, FOOT), (PALE, FOOT))
STEPS = 42

TITLE_SIZES = {88: 3, 80: 3, 72: 4, 66: 4, 62: 4, 58: 4, 54: 4, 50: 4, 46: 5, 42: 5}  # and how many lines at most
TITLE_READS_WELL = 50  # below it, the text gives way to the title
EYEBROW, TEXT, SMALL_TEXT, NOTE, NAME = 28, 30, 26, 24, 30
AIR = 52  # above and below the body, at least
GAPS = (20, 24, 20)  # above title, text and note
LEADING = {"ar": (1.38, 1.6), "zh-hans": (1.26, 1.5)}
OTHER_LEADING = (1.14, 1.4)
CAPITALS = 0.72  # the height of a capital over the size

HEART = Path(__file__).resolve().parents[2] / "static" / "img" / "mark-on-deep.svg"
HEART_UNITS = 64  # the side of the drawing's viewBox
HEART_SIDE = 344
FINER = 4  # the heart is drawn so many times larger and scaled down: its edges come out smooth


class Words(NamedTuple):
    """A text and the language it is in, which is English where the page's language has none yet.

    A name may be in any script: it says in which families to look for its letters.
    """

    text: str
    language: str
    families: tuple[str, ...] = ()


class Picture(NamedTuple):
    """Everything that goes into a picture."""

    language: str
    eyebrow: Words
    title: Words
    text: Words
    note: Words
    site_name: str
    standing: str


class OwnPicture(NamedTuple):
    """Where a picture is that stands for one page only, and what it shows."""

    path: str
    alt: str


class Part(NamedTuple):
    """A block of the body, its colour, the gap above it, and its line height over its size."""

    block: Block
    colour: str
    gap: int
    leading: float

    @property
    def height(self) -> float:
        lines = len(self.block.lines)
        return self.gap + lines * self.block.size * self.leading if lines else 0


def png(picture: Picture) -> bytes:
    """The picture as a PNG of 1200 × 630 pixels, mirrored where its language runs from right to left."""
    rtl = is_rtl(picture.language)
    canvas = _ground(rtl=rtl).copy()
    _write_body(canvas, picture, rtl=rtl)
    _write_foot(canvas, picture, rtl=rtl)
    file = io.BytesIO()
    canvas.save(file, "PNG")
    return file.getvalue()


def _write_body(canvas: Image.Image, picture: Picture, *, rtl: bool) -> None:
    """Eyebrow, title, text and note, as one block in the middle of the ground's height."""
    parts = _body(picture)
    top = (GROUND_END - sum(part.height for part in parts)) / 2
    for part in parts:
        top += part.gap
        for line in part.block.lines:
            baseline = top + part.block.size * (part.leading + CAPITALS) / 2
            _write(canvas, line, part.block.size, baseline, (part.colour, DEEP), start=MARGIN, rtl=rtl)
            top += part.block.size * part.leading


def _body(picture: Picture) -> list[Part]:
    """The parts of the body: the title as large as it can be, and as much of the text as it leaves room for."""
    eyebrow = Part(_fitted(picture.eyebrow, "Bold", {EYEBROW: 1}), PALE, 0, 1)
    note_leading = _leading(picture.note.language)[1]
    note = Part(_fitted(picture.note, "Regular", {NOTE: 2}), PALE, GAPS[2], note_leading)
    title_leading, text_leading = _leading(picture.title.language)[0], _leading(picture.text.language)[1]
    for text_lines in (4, 3, 2, 1):
        text_sizes = {TEXT: min(text_lines, 3), SMALL_TEXT: text_lines}
        text = Part(_fitted(picture.text, "Regular", text_sizes), SOFT, GAPS[1], text_leading)
        room = GROUND_END - 2 * AIR - eyebrow.height - text.height - note.height - GAPS[0]
        sizes = {size: min(int(room / (size * title_leading)), most) for size, most in TITLE_SIZES.items()}
        title = Part(_fitted(picture.title, "Bold", sizes), WHITE, GAPS[0], title_leading)
        if not title.block.is_cut and title.block.size >= TITLE_READS_WELL:
            break
    return [part for part in (eyebrow, title, text, note) if part.block.lines]


def _write_foot(canvas: Image.Image, picture: Picture, *, rtl: bool) -> None:
    name = _fitted(Words(picture.site_name, picture.language), "Bold", {NAME: 1})
    _write(canvas, name.lines[0], name.size, FOOT_BASELINE, (WHITE, FOOT), start=MARGIN, rtl=rtl)
    start = MARGIN + name.lines[0].width * name.size + 28
    sizes = {25: 1, 23: 1, 21: 1, 19: 1}
    standing = fit(picture.standing, Style(picture.language), width=int(WIDTH - MARGIN - start), sizes=sizes)
    _write(canvas, standing.lines[0], standing.size, FOOT_BASELINE, (PALE, FOOT), start=start, rtl=rtl)


def _fitted(words: Words, weight: str, sizes: dict[int, int]) -> Block:
    return fit(words.text, Style(words.language, weight, words.families), width=COLUMN, sizes=sizes)


def _leading(language: str) -> tuple[float, float]:
    """Line height over size, in a title and in smaller text."""
    return LEADING.get(language, OTHER_LEADING)


def _write(
    canvas: Image.Image, line: Line, size: int, baseline: float, ink: tuple[str, str], *, start: float, rtl: bool
) -> None:
    """Write one line so far from the edge where reading begins; `ink` is a colour and the ground it stands on."""
    mark = drawn(line, size)
    if mark is None:
        return
    mask, left, top = mark
    x = WIDTH - start - line.width * size if rtl else start
    _lay(canvas, mask, (round(x) + left, round(baseline) + top), ink)


def _lay(canvas: Image.Image, mask: Image.Image, at: tuple[int, int], ink: tuple[str, str]) -> None:
    """Lay the ink on its ground: each pixel takes the palette's step for how much of it the mask covers."""
    first = INKS.index(ink) * STEPS
    steps = [first + round(cover * (STEPS - 1) / 255) for cover in range(256)]
    canvas.paste(mask.point(steps), at, mask.point([255 if cover else 0 for cover in range(256)]))


@cache
def _ground(*, rtl: bool) -> Image.Image:
    """What all pictures of a direction share; drawn once per process."""
    canvas = Image.new("P", (WIDTH, HEIGHT), INKS.index((WHITE, DEEP)) * STEPS)
    canvas.putpalette([channel for ink, ground in INKS for colour in _between(ground, ink) for channel in colour])
    ImageDraw.Draw(canvas).rectangle((0, GROUND_END, WIDTH, HEIGHT), fill=INKS.index((WHITE, FOOT)) * STEPS)
    left = MARGIN if rtl else WIDTH - MARGIN - HEART_SIDE
    top = (GROUND_END - HEART_SIDE) // 2
    for colour, mask in _heart(HEART_SIDE):
        _lay(canvas, mask, (left, top), (colour, DEEP))
    return canvas


def _between(ground: str, ink: str) -> Iterator[tuple[int, ...]]:
    """The colours from the ground to the ink."""
    ends = [ImageColor.getrgb(colour) for colour in (ground, ink)]
    for step in range(STEPS):
        yield tuple(round(low + (high - low) * step / (STEPS - 1)) for low, high in zip(*ends, strict=True))


def _heart(side: int) -> Iterator[tuple[str, Image.Image]]:
    """The parts of our heart: each one's colour and its mask, a square of so many pixels."""
    scale = FINER * side / HEART_UNITS
    for colour, path in re.findall(r'<path fill="(#\w+)" d="([^"]+)"', HEART.read_text(encoding="utf-8")):
        mask = Image.new("L", (FINER * side, FINER * side))
        ImageDraw.Draw(mask).polygon([(x * scale, y * scale) for x, y in outline(path)], fill=255)
        yield colour, mask.reduce(FINER)


def outline(path: str, steps: int = 32) -> Iterator[tuple[float, float]]:
    """The points of an SVG path made of `M`, `C` and `Z`, its curves cut into so many straight steps."""
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    yield points[0]
    for at in range(1, len(points), 3):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points[at - 1 : at + 3]
        for step in range(1, steps + 1):
            t = step / steps
            a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
            yield a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3
