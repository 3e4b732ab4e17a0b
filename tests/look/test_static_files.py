"""What the site's own files promise: light, readable, mirrored by themselves, and nothing from elsewhere."""

import re
import subprocess
import sys
from pathlib import Path

import brotli
import pytest

PROJECT = Path(__file__).resolve().parents[2]
STATIC = PROJECT / "static"
STYLES = PROJECT / "styles"
SITE_CSS = STYLES / "site.css"
BUILT_CSS = [STATIC / "css/site.css", STATIC / "css/site.rtl.css"]
OFFICE_CSS = STATIC / "css/office.css"
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
WEAR_JS = STATIC / "js" / "wear.js"
PICTURES = sorted((STATIC / "img").glob("*.svg"))

AA_TEXT = 4.5
AA_SHAPES = 3.0
PHYSICAL = re.compile(r"(?<![\w-])(?:(?:(?:margin|padding|border)-)?(?:left|right)\s*:|float:\s*(?:left|right))")


def variables() -> dict[str, str]:
    root = re.search(r":root \{(.*?)\n\}", SITE_CSS.read_text(), re.S)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", root[1]))


def without_comments(css):
    return re.sub(r"/\*.*?\*/", "", css, flags=re.S)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("deep", "paper"),
        ("deep", "sky-50"),
        ("deep", "sky-100"),
        ("ink", "paper"),
        ("ink", "sky-50"),
        ("ink", "sky-100"),
        ("blue", "paper"),
        ("blue", "sky-50"),
        ("blue", "sky-100"),
        ("paper", "blue"),
        ("paper", "blue-dark"),
        ("paper", "deep"),
        ("paper", "red"),
        ("sky-100", "deep"),
        ("red", "paper"),
        ("red", "red-50"),
        ("green", "green-50"),
    ],
)
def test_text_colours_can_be_read(text, ground):
    colours = variables()

    assert contrast(colours[text], colours[ground]) >= AA_TEXT


def test_sky_blue_is_for_shapes_and_not_for_text():
    assert contrast(variables()["sky"], variables()["paper"]) >= AA_SHAPES
    assert re.findall(r"(?<![\w-])color: var\(--sky\)", SITE_CSS.read_text()) == []


@pytest.mark.parametrize("path", [SITE_CSS, STYLES / "pledging.css", OFFICE_CSS], ids=lambda path: path.name)
def test_our_styles_name_no_left_and_no_right(path):
    assert PHYSICAL.findall(path.read_text()) == []


@pytest.mark.parametrize("path", [OFFICE_CSS, *BUILT_CSS], ids=lambda path: path.name)
def test_styles_load_nothing_from_elsewhere(path):
    addresses = re.findall(r"url\(\s*[\"']?([^\"')]+)", path.read_text())

    assert [address for address in addresses if not address.startswith("../img/")] == []
    assert all((path.parent / address).exists() for address in addresses)
    assert "@import" not in path.read_text()


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_pictures_carry_no_script_and_no_style(path):
    assert re.findall(r"<script|<style|style=|\son\w+=|href=\"(?!#)", path.read_text()) == []


def test_scripts_stay_tiny():
    """Two are on every page; the others on a page each, and only the heart frame is a tool of its own."""
    sizes = {path.name: path.stat().st_size for path in SCRIPTS}

    assert sizes.pop("menus.js") + sizes.pop("quick-exit.js") <= 3 * 1024
    assert sizes.pop("wear.js") <= 15 * 1024
    assert sizes.pop("office-queue.js") <= 5 * 1024  # staff work in it all day; it is on no public page
    assert max(sizes.values()) <= 4 * 1024


def test_heart_frame_knows_no_way_to_send_a_photo():
    ways = re.findall(r"fetch|XMLHttp|sendBeacon|WebSocket|EventSource|submit|\.src\b|import\(", WEAR_JS.read_text())

    assert ways == []


def test_built_styles_are_what_their_sources_build():
    """After a change in styles/, or of a class in a template: `make styles`."""
    built = subprocess.run([sys.executable, "scripts/styles.py", "check"], cwd=PROJECT, capture_output=True, text=True)

    assert built.stderr == ""
    assert built.returncode == 0


def test_build_keeps_every_style_of_ours():
    """What it leaves out are rules of Bootstrap: a class of ours that no page has is taken out by hand."""
    everything = without_comments("".join((STYLES / name).read_text() for name in ("site.css", "pledging.css")))
    built = BUILT_CSS[0].read_text()

    classes = set(re.findall(r"\.([a-z][\w-]*)(?=[^;{}]*\{)", re.sub(r"url\([^)]*\)", "", everything)))
    assert {name for name in classes if f".{name}" not in built} == set()


@pytest.mark.parametrize("path", BUILT_CSS, ids=lambda path: path.name)
def test_styles_of_a_page_stay_light(path):
    assert len(brotli.compress(path.read_bytes())) <= 13.5 * 1024
