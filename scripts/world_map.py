"""Turns the Mercator map of npm's `@svg-maps/world` into the two files that the site draws its map from.

`python3 scripts/world_map.py SOURCE.svg LAND.svg SHAPES.json`; `scripts/build-map` fetches the source and calls this.
LAND is all land as one picture, which a browser fetches once. SHAPES has each country's outline by ISO code, to be
drawn over the land where the country joined, and a point where it is too small to be seen.
"""

import json
import math
import re
import sys
from pathlib import Path
from typing import NamedTuple

Point = tuple[float, float]
Ring = list[Point]

# How the source places a degree: least squares over extreme points of countries, see campaigns/map/README.md.
PER_DEGREE_EAST, AT_GREENWICH = 2.8062, 474.897
PER_DEGREE_NORTH, AT_EQUATOR = 2.7935, 462.863
SOURCE_WIDTH = 1010

WIDTH = 2000
TOLERANCE = 0.7  # units of WIDTH: what a line may move when points are left out
SMALLEST = 2.5  # square units: islands below it are left out where their country has a larger part
NEEDS_A_POINT = 200.0  # square units: smaller countries get a point too, 14 units square at most

# Parts that the source draws under a code of its own and ISO 3166-1 has in another; what it does not list is land only.
PART_OF = {"GO": "TF", "JU": "TF"}
LAND_ONLY = frozenset({"XK"})

# The source draws the Golan with Israel. For the United Nations it is occupied Syrian land (Security Council
# resolution 497 of 1981): Syria's border follows this line instead, from the Yarmouk in the south to Mount Hermon.
GOLAN_LINE = [
    (35.79, 32.68), (35.74, 32.67), (35.61, 32.62), (35.61, 33.18),
    (35.63, 33.22), (35.74, 33.28), (35.79, 33.31), (35.84, 33.36),
]  # fmt: skip


def read(svg: str) -> dict[str, list[Ring]]:
    """The source's rings by ISO code, in its own units."""
    shapes: dict[str, list[Ring]] = {}
    for path, name in re.findall(r'<path\s+d="([^"]+)"\s+aria-label="[^"]+"\s+id="([a-z-]+)"', svg):
        code = name.partition("-")[0].upper()
        shapes.setdefault(PART_OF.get(code, code), []).extend(rings(path))
    return shapes


def rings(path: str) -> list[Ring]:
    """The rings of a path that knows `m x,y dx,dy …` and `z` only, as the source's do."""
    found: list[Ring] = []
    x = y = 0.0
    for part in path.split("m")[1:]:
        numbers = [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", part)]
        ring: Ring = []
        for east, south in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + east, y + south
            ring.append((x, y))
        x, y = ring[0]
        found.append(ring)
    return found


def degrees(point: Point) -> Point:
    """Longitude and latitude of a point of the source: Mercator, undone."""
    mercator = math.radians((AT_EQUATOR - point[1]) / PER_DEGREE_NORTH)
    latitude = 2 * math.atan(math.exp(mercator)) - math.pi / 2
    return (point[0] - AT_GREENWICH) / PER_DEGREE_EAST, math.degrees(latitude)


def golan_with_syria(israel: Ring, syria: Ring) -> tuple[Ring, Ring]:
    """Both borders, in degrees, with the occupied Golan on the Syrian side."""
    behind = [35.62 < east < 35.925 and 32.65 < north < 33.4 for east, north in syria]
    first, last = behind.index(True), len(behind) - behind[::-1].index(True)
    west = [(east, north) for east, north in israel if not (east > 35.62 and north > 32.65)]
    return west, [*syria[:first], *GOLAN_LINE, *syria[last:]]


# The middle of the source, so that what it shows whole is whole here: its edge runs through the Bering Strait.
CENTRE = degrees((SOURCE_WIDTH / 2, AT_EQUATOR))[0]


def equal_earth(place: Point) -> Point:
    """The Equal Earth projection (Šavrič, Patterson, Jenny 2018): areas are true; in radii, north up."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    east, t = math.radians(place[0] - CENTRE), math.asin(math.sqrt(3) / 2 * math.sin(math.radians(place[1])))
    x = 2 * math.sqrt(3) * east * math.cos(t) / (3 * (9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1))
    return x, a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t


def area(ring: Ring) -> float:
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True))) / 2


def simplified(line: Ring) -> Ring:
    """The line without the points that lie within the tolerance of what remains (Douglas and Peucker)."""
    if len(line) < 3:
        return line
    (x1, y1), (x2, y2) = line[0], line[-1]
    length = math.hypot(x2 - x1, y2 - y1)
    far, away = 0, 0.0
    for place in range(1, len(line) - 1):
        x, y = line[place]
        distance = abs((y2 - y1) * (x - x1) - (x2 - x1) * (y - y1)) / length if length else math.hypot(x - x1, y - y1)
        if distance > away:
            far, away = place, distance
    if away <= TOLERANCE:
        return [line[0], line[-1]]
    return simplified(line[: far + 1])[:-1] + simplified(line[far:])


def drawn(country: list[Ring]) -> list[Ring]:
    """The rings worth drawing, with fewer points, in whole units; a country keeps its largest part at any rate."""
    largest = max(country, key=area)
    kept = [ring for ring in country if ring is largest or area(ring) >= SMALLEST]
    whole = [[(round(x), round(y)) for x, y in simplified([*ring, ring[0]])[:-1]] for ring in kept]
    return [ring for ring in map(without_repeats, whole) if len(ring) > 2]


def without_repeats(ring: Ring) -> Ring:
    return [point for place, point in enumerate(ring) if point != ring[place - 1]]


def written(country: list[Ring]) -> str:
    """The rings as the shortest SVG path: whole numbers, each from the last point."""
    path, x, y = "", 0, 0
    for ring in country:
        path += "m"
        for place in ring:
            east, south = int(place[0]) - x, int(place[1]) - y
            x, y = x + east, y + south
            path += f"{'' if path[-1] in 'm-' or east < 0 else ' '}{east}{'' if south < 0 else ' '}{south}"
        path += "z"
        x, y = int(ring[0][0]), int(ring[0][1])
    return path


def middle(country: list[Ring]) -> tuple[int, int]:
    """The middle of the largest part's frame."""
    xs, ys = zip(*max(country, key=area), strict=True)
    return round((min(xs) + max(xs)) / 2), round((min(ys) + max(ys)) / 2)


class Frame(NamedTuple):
    """Where the picture lies in the projection: its western and northern edge in radii, its units to the radius."""

    west: float
    north: float
    scale: float

    def at(self, place: Point) -> Point:
        """A place, by its degrees, in units of the picture."""
        x, y = equal_earth(place)
        return (x - self.west) * self.scale, (self.north - y) * self.scale


def frame_of(places: list[Point]) -> tuple[Frame, int]:
    """The frame that holds the places, `WIDTH` wide, and its height."""
    xs, ys = zip(*map(equal_earth, places), strict=True)
    scale = WIDTH / (max(xs) - min(xs))
    return Frame(min(xs), max(ys), scale), math.ceil((max(ys) - min(ys)) * scale)


def main(source: Path, land: Path, shapes: Path) -> None:
    found = read(source.read_text(encoding="utf-8"))
    places = {code: [[degrees(point) for point in ring] for ring in part] for code, part in found.items()}
    places["IL"][0], places["SY"][0] = golan_with_syria(places["IL"][0], places["SY"][0])
    frame, height = frame_of([place for part in places.values() for ring in part for place in ring])
    countries = {code: [[frame.at(place) for place in ring] for ring in part] for code, part in places.items()}
    box = f"0 0 {WIDTH} {height}"
    outlines = {code: drawn(country) for code, country in sorted(countries.items())}
    points = {code: middle(part) for code, part in countries.items() if sum(map(area, part)) < NEEDS_A_POINT}
    joined = {code: {"d": written(rings)} for code, rings in outlines.items() if code not in LAND_ONLY}
    for code in joined.keys() & points.keys():
        joined[code]["at"] = points[code]
    path = written([ring for rings in outlines.values() for ring in rings])
    land.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">'
        f'<path fill="#c9d9e6" stroke="#fff" stroke-width="1.6" stroke-linejoin="round" d="{path}"/></svg>\n',
        encoding="utf-8",
    )
    lines = ",\n".join(f'"{code}": {json.dumps(joined[code])}' for code in sorted(joined))
    shapes.write_text(
        f'{{"box": "{box}", "frame": {json.dumps(frame)}, "countries": {{\n{lines}\n}}}}\n', encoding="utf-8"
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
