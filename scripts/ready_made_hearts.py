"""Draws the ready-made pictures of the page `wear/` from our own heart, `static/img/mark.svg`.

`python scripts/ready_made_hearts.py` writes PNG files into static/img/wear/; it needs Pillow, as the site does.
"""

import re
from pathlib import Path

from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "static" / "img" / "wear"
BOX = 64  # units of the mark
FINER = 4  # drawn so many times larger, for smooth edges
STEPS = 24  # points on a curve
DEEP, BLUE, SKY, PALE, WHITE = "#0b2a4a", "#00639a", "#009edb", "#eef7fc", "#ffffff"
LIGHT = "#85cdee"

Point = tuple[float, float]


def halves() -> tuple[list[Point], list[Point]]:
    """The outlines of the held and of the holding half, in units of the mark."""
    held, holding = re.findall(r' d="([^"]+)"', (ROOT / "static" / "img" / "mark.svg").read_text())
    return outline(held), outline(holding)


def outline(path: str) -> list[Point]:
    """The points of a path of one M and many C, as the mark has them."""
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
    points = list(zip(numbers[::2], numbers[1::2], strict=True))
    line = [points[0]]
    for first in range(1, len(points) - 2, 3):
        start, (one, other, end) = line[-1], points[first : first + 3]
        line += [on_curve(start, one, other, end, step / STEPS) for step in range(1, STEPS + 1)]
    return line


def on_curve(start: Point, one: Point, other: Point, end: Point, at: float) -> Point:
    weights = ((1 - at) ** 3, 3 * at * (1 - at) ** 2, 3 * at**2 * (1 - at), at**3)
    corners = (start, one, other, end)
    x, y = (sum(weight * corner[axis] for weight, corner in zip(weights, corners, strict=True)) for axis in (0, 1))
    return x, y


class Sheet:
    """A picture of one ground, onto which hearts are drawn by their middle and width."""

    def __init__(self, width: int, height: int, ground: str) -> None:
        self.size = (width, height)
        self.image = Image.new("RGB", (width * FINER, height * FINER), ground)
        self.pen = ImageDraw.Draw(self.image)

    def heart(self, x: float, y: float, width: float, held: str, holding: str) -> None:
        scale = width / BOX
        for points, colour in zip(halves(), (held, holding), strict=True):
            placed = [((x + (px - 32) * scale) * FINER, (y + (py - 32) * scale) * FINER) for px, py in points]
            self.pen.polygon(placed, fill=colour)

    def save(self, name: str) -> None:
        small = self.image.resize(self.size, Image.Resampling.LANCZOS)
        small.quantize(64, dither=Image.Dither.NONE).save(TARGET / name, optimize=True)


def main() -> None:
    TARGET.mkdir(parents=True, exist_ok=True)

    light = Sheet(1080, 1080, PALE)
    light.heart(540, 550, 700, DEEP, SKY)
    light.save("profile-light.png")

    deep = Sheet(1080, 1080, DEEP)
    deep.heart(540, 550, 700, WHITE, SKY)
    deep.save("profile-deep.png")

    story = Sheet(1080, 1920, PALE)
    story.heart(540, 760, 760, DEEP, SKY)
    for number in range(5):
        story.heart(220 + 160 * number, 1420, 96, BLUE, LIGHT)
    story.save("story.png")

    header = Sheet(1500, 500, DEEP)
    for number in range(7):
        header.heart(150 + 200 * number, 255, 250 if number == 3 else 130, WHITE, SKY)
    header.save("header.png")


if __name__ == "__main__":
    main()
