"""The map of the world: what it draws, who is on it, and that it can be read without seeing it."""

import gzip
import json
import math
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.template import Context, Template
from django.utils import translation

from blueheart.languages import countries
from campaigns.map import HEIGHT, OUTLINES, WIDTH
from scripts import world_map
from tests.campaigns.factories import CountryFactory, SourceFactory

LAND = Path(settings.BASE_DIR) / "static/img/world-land.svg"
STORED = json.loads((Path(settings.BASE_DIR) / "campaigns/map/world.json").read_text())
FRAME = world_map.Frame(*STORED["frame"])
NO_OUTLINE = {"AQ"}  # the source has no Antarctica
LARGEST_PAGE_BYTES = 60_000


def rings(path: str) -> list[list[tuple[int, int]]]:
    found, x, y = [], 0, 0
    for part in path.split("m")[1:]:
        numbers = [int(number) for number in re.findall(r"-?\d+", part)]
        ring = []
        for east, south in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + east, y + south
            ring.append((x, y))
        x, y = ring[0]
        found.append(ring)
    return found


def is_within(point, path):
    """Whether a line from the point to the left crosses the path's borders an odd number of times."""
    x, y = point
    crossings = 0
    for ring in rings(path):
        for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
            crossings += (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
    return crossings % 2 == 1


def drawn(rows) -> str:
    template = Template("{% load map %}{% world_map countries %}")
    return template.render(Context({"countries": rows}))


def test_every_country_but_antarctica_is_on_the_map():
    codes = {code for code, _name in countries("en")}

    assert codes - OUTLINES.keys() == NO_OUTLINE
    assert OUTLINES.keys() <= codes


def test_country_without_an_outline_has_a_point_within_the_picture():
    assert [code for code, outline in OUTLINES.items() if not outline.path and not outline.point] == []
    points = [outline.point for outline in OUTLINES.values() if outline.point]
    assert [(x, y) for x, y in points if not (0 <= x <= WIDTH and 0 <= y <= HEIGHT)] == []


@pytest.mark.parametrize("code", ["MT", "LB", "SG", "MU", "VA", "BB", "TV", "PS", "BE"])
def test_small_country_has_a_point(code):
    assert OUTLINES[code].point


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ((45.2, 34.3), "UA"),  # Crimea
        ((48.0, 37.8), "UA"),  # Donetsk
        ((25.5, -13.0), "EH"),  # Western Sahara
        ((33.5, 75.5), "IN"),  # Jammu
        ((35.9, 74.3), "PK"),  # Gilgit
        ((9.5, 44.5), "SO"),  # Somaliland
        ((43.0, 41.3), "GE"),  # Abkhazia
        ((6.0, -59.5), "GY"),  # Essequibo
        ((23.8, 121.0), "TW"),
        ((19.4, -99.1), "MX"),
        ((-15.8, -47.9), "BR"),
    ],
)
def test_place_lies_in_the_country_that_the_decision_says(place, code):
    north, east = place
    point = FRAME.at((east, north))

    assert [other for other, outline in OUTLINES.items() if is_within(point, outline.path)] == [code]


def test_occupied_golan_goes_with_syria():
    israel = [(35.1, 33.1), (35.61, 33.18), (35.84, 33.36), (35.92, 32.89), (35.79, 32.68), (35.6, 32.61), (35.0, 32.5)]
    syria = [(36.0, 32.61), (35.79, 32.68), (35.92, 32.89), (35.87, 33.37), (35.97, 33.48), (37.0, 33.5)]

    west, east = world_map.golan_with_syria(israel, syria)

    assert max(longitude for longitude, latitude in west if latitude > 32.65) == 35.61
    assert east == [syria[0], *world_map.GOLAN_LINE, *syria[-2:]]


def test_areas_are_true():
    """Mercator shows Greenland as large as Africa; it is as large as the Democratic Republic of the Congo."""
    sizes = {code: sum(map(world_map.area, rings(OUTLINES[code].path))) for code in ("GL", "CD", "BR")}

    assert sizes["GL"] / sizes["CD"] == pytest.approx(2.17 / 2.34, rel=0.05)
    assert sizes["BR"] / sizes["CD"] == pytest.approx(8.5 / 2.34, rel=0.05)


def test_source_is_read_as_it_is_written():
    svg = '<path\n\td="m 10,20 5,0 0,5 z m 100,0 1e0,0 0,1 z"\n\taria-label="A"\n\tid="um-wq"\n/>'

    assert world_map.read(svg) == {"UM": [[(10, 20), (15, 20), (15, 25)], [(110, 20), (111, 20), (111, 21)]]}


@pytest.mark.parametrize(("longitude", "latitude"), [(0, 0), (-99.1, 19.4), (151.2, -33.9)])
def test_mercator_is_undone(longitude, latitude):
    mercator = math.degrees(math.log(math.tan(math.pi / 4 + math.radians(latitude) / 2)))
    x = world_map.AT_GREENWICH + world_map.PER_DEGREE_EAST * longitude
    y = world_map.AT_EQUATOR - world_map.PER_DEGREE_NORTH * mercator

    assert world_map.degrees((x, y)) == pytest.approx((longitude, latitude))


def test_path_reads_back_as_it_was_drawn():
    country = [[(5, 5), (9, 5), (9, 2)], [(20, 20), (20, 25), (15, 22)]]

    assert rings(world_map.written(country)) == country


def test_land_is_one_small_picture_in_the_same_frame():
    land = ElementTree.fromstring(LAND.read_text())

    assert land.get("viewBox") == f"0 0 {WIDTH} {HEIGHT}"
    assert len(gzip.compress(LAND.read_bytes())) < 25_000
    assert b"style" not in LAND.read_bytes()


# On the page


@pytest.mark.django_db
def test_country_that_joined_is_a_link_with_its_name_and_date():
    svg = drawn([CountryFactory(iso2="MX")])

    link = re.search(r'<a href="([^"]+)" class="map-country" fill="url\(#([a-z-]+)\)">\s*<title>([^<]+)</title>', svg)
    assert link.groups() == ("/en/countries/mx/", "map-stated", "Mexico, joined: April 2010")
    assert f'<path d="{OUTLINES["MX"].path}"/>' in svg


@pytest.mark.django_db
def test_country_that_another_source_reports_has_a_pattern_of_its_own_and_says_so():
    svg = drawn([CountryFactory(iso2="MT", certainty="B", reported_by="The Malta Independent")])

    assert 'class="map-country map-reported" fill="url(#map-reported)"' in svg
    assert "Malta, joined: April 2010 (reported by another source)" in svg
    assert 'class="map-dot"' in svg


@pytest.mark.django_db
def test_points_are_drawn_over_outlines():
    svg = drawn([CountryFactory(iso2=code) for code in ("LB", "MX", "BE", "BR")])

    assert re.findall(r"/countries/(\w\w)/", svg) == ["br", "mx", "be", "lb"]


@pytest.mark.django_db
def test_map_carries_no_inline_style_and_its_credit_and_the_disclaimer():
    svg = drawn([CountryFactory(iso2="MX")])

    assert "style=" not in svg
    assert 'rel="license noopener noreferrer"' in svg
    assert "CC BY 4.0" in svg
    assert "express no opinion on the status of any country or territory" in svg


@pytest.mark.django_db
def test_map_is_well_formed_and_names_itself():
    svg = drawn([CountryFactory(iso2="MX"), CountryFactory(iso2="MT")])
    figure = ElementTree.fromstring(svg[svg.index("<figure") : svg.index("</figure>") + 9])

    assert list(figure)[-1].tag == "figcaption"
    picture = figure.find("svg")
    assert picture.get("role") == "group"
    assert figure.find(f".//*[@id='{picture.get('aria-labelledby')}']").text


@pytest.mark.django_db
def test_numbers_of_the_picture_are_written_the_same_in_every_language():
    country = CountryFactory(iso2="MT")
    frames = set()
    for language in ("en", "ar", "fr"):
        with translation.override(language):
            frames.add(tuple(re.findall(r'(?:cx|cy|viewBox|width|height)="[^"]*"', drawn([country]))))

    assert len(frames) == 1


@pytest.mark.django_db
def test_page_with_every_second_country_on_the_map_stays_light(client):
    source = SourceFactory()
    for code, _name in countries("en")[:50]:
        CountryFactory(iso2=code, source=source)

    assert len(gzip.compress(client.get("/en/countries/").content)) < LARGEST_PAGE_BYTES
