"""Setting a line of text in the vendored fonts: shaped by HarfBuzz, in visual order, and drawn.

No font and no library of the system is asked, so a picture is the same wherever the site runs.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from unicodedata import category, combining, normalize

import uharfbuzz as hb
from PIL import Image

from blueheart.languages import is_rtl
from campaigns.share.bidi import END_OF_ISOLATE, ISOLATES, in_visual_order, levels

FONTS = Path(__file__).parent / "fonts"
LATIN, ARABIC, CHINESE = "NotoSans", "NotoSansArabic", "NotoSansSC"
# Whose digits and punctuation a language takes; the other fonts help out.
PREFERRED = {"ar": (ARABIC, LATIN, CHINESE), "zh-hans": (CHINESE, LATIN, ARABIC)}
OTHERWISE = (LATIN, ARABIC, CHINESE)
# For names of people, which come in any script.
OTHER_SCRIPTS = (
    *("NotoSansHan", "NotoSansKR", "NotoSansDevanagari", "NotoSansHebrew", "NotoSansThai", "NotoSansBengali"),
    *("NotoSansTamil", "NotoSansEthiopic", "NotoSansGeorgian", "NotoSansArmenian", "NotoSansTelugu", "NotoSansKannada"),
    *("NotoSansMalayalam", "NotoSansGujarati", "NotoSansGurmukhi", "NotoSansSinhala", "NotoSansMyanmar"),
    *("NotoSansKhmer", "NotoSansLao", "NotoSansArabic"),
)
HARFBUZZ_LANGUAGE = {"zh-hans": "zh-Hans"}

# Joiners, which shape Arabic words, and the marks of direction; neither has a glyph of its own.
INVISIBLE = frozenset("\u200c\u200d\u200e\u200f")
MARKS_OF_DIRECTION = ISOLATES | {END_OF_ISOLATE, "\u200e", "\u200f"}


class Style(NamedTuple):
    """What decides the fonts: a language, a weight (`Regular` or `Bold`), and families other than the language's."""

    language: str
    weight: str = "Regular"
    families: tuple[str, ...] = ()


class Glyph(NamedTuple):
    """One glyph of a line and where it stands, in ems from the line's left end."""

    font: hb.Font
    number: int
    x: float
    y: float


class Run(NamedTuple):
    """A part of a line that one font shapes in one direction; its text is in reading order."""

    text: str
    family: str
    rtl: bool


class Line(NamedTuple):
    """A line as set, from left to right; its width is in ems."""

    text: str
    glyphs: tuple[Glyph, ...]
    width: float


def font_file(family: str, weight: str) -> Path:
    """Where a font lies; families that serve names only have one weight."""
    file = FONTS / f"{family}-{weight}.ttf"
    return file if file.exists() else FONTS / f"{family}-Regular.ttf"


@cache
def font(family: str, weight: str) -> tuple[hb.Font, frozenset[int]]:
    """A vendored font and the characters it has."""
    face = hb.Face(hb.Blob.from_file_path(str(font_file(family, weight))))
    return hb.Font(face), frozenset(face.unicodes)


def families_of_names(language: str) -> tuple[str, ...]:
    """The families in which letters of people's names are looked for, those of the language first."""
    return PREFERRED.get(language, OTHERWISE) + OTHER_SCRIPTS


def family_of(char: str, style: Style, families: tuple[str, ...]) -> str:
    """The first of the families that has the character, or nothing."""
    return next((family for family in families if ord(char) in font(family, style.weight)[1]), "")


def clean(text: str, style: Style) -> str:
    """The text with single spaces, in composed form, and without what no font of ours has a glyph for."""
    families = _preferred(style)
    kept: list[str] = []
    for char in normalize("NFC", re.sub(r"[ \t\r\n]+", " ", text.strip())):
        if char in INVISIBLE or (category(char)[0] != "C" and family_of(char, style, families)):
            kept.append(char)
        else:  # a ligature or a letter in bold from elsewhere may have a plain form
            kept += [plain for plain in normalize("NFKC", char) if plain != char and family_of(plain, style, families)]
    return re.sub(r" {2,}", " ", "".join(kept)).strip()


def set_line(text: str, style: Style, *, rtl: bool | None = None) -> Line:
    """Shape clean text into one line; its base direction is that of the language unless given."""
    glyphs: list[Glyph] = []
    x = 0.0
    for run in visual_runs(text, style, rtl=rtl):
        for glyph, advance in _shaped(run, style):
            glyphs.append(glyph._replace(x=x + glyph.x))
            x += advance
    return Line(text, tuple(glyphs), x)


def visual_runs(text: str, style: Style, *, rtl: bool | None = None) -> list[Run]:
    """The runs of a line of clean text from left to right, without marks of direction; `rtl` as in `set_line`."""
    rtl = is_rtl(style.language) if rtl is None else rtl
    runs = _runs(text, levels(text, rtl=rtl), _families(text, style))
    return in_visual_order([(level, Run(part, family, bool(level % 2))) for level, family, part in runs if part])


def _preferred(style: Style) -> tuple[str, ...]:
    return style.families or PREFERRED.get(style.language, OTHERWISE)


def _families(text: str, style: Style) -> list[str]:
    """Each character's font: a mark or a joiner stays with its letter, a space with the word before it."""
    families = _preferred(style)
    chosen: list[str] = []
    for char in text:
        own = family_of(char, style, families)
        invisible = char in INVISIBLE or char in MARKS_OF_DIRECTION
        follows = bool(chosen) and (invisible or char == " " or combining(char))
        has_it = follows and (invisible or ord(char) in font(chosen[-1], style.weight)[1])
        chosen.append(chosen[-1] if has_it else own or families[0])
    return chosen


def _runs(text: str, at_levels: list[int], families: list[str]) -> Iterator[tuple[int, str, str]]:
    for (level, family), run in groupby(
        zip(at_levels, families, text, strict=True), key=lambda triple: (triple[0], triple[1])
    ):
        yield level, family, "".join(char for _level, _family, char in run if char not in MARKS_OF_DIRECTION)


def _shaped(run: Run, style: Style) -> Iterator[tuple[Glyph, float]]:
    shaper, _characters = font(run.family, style.weight)
    buffer = hb.Buffer()
    buffer.add_str(run.text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if run.rtl else "ltr"
    buffer.language = HARFBUZZ_LANGUAGE.get(style.language, style.language)
    hb.shape(shaper, buffer)
    em = shaper.face.upem
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        glyph = Glyph(shaper, info.codepoint, position.x_offset / em, position.y_offset / em)
        yield glyph, position.x_advance / em


def missing(text: str, style: Style) -> set[str]:
    """Characters of the text that no font of ours has, and that are therefore left out; our own texts have none."""
    kept = clean(text, style)
    return {char for char in normalize("NFC", text) if not char.isspace() and char not in kept}


def drawn(line: Line, size: int) -> tuple[Image.Image, int, int] | None:
    """The line as a mask of its ink with the mask's left end and top, in pixels from the start of the baseline.

    None where a line has no ink.
    """
    canvas = hb.RasterDraw()
    for glyph in line.glyphs:
        scale = size / glyph.font.face.upem
        canvas.transform = (scale, 0, 0, scale, glyph.x * size, glyph.y * size)
        canvas.draw_glyph(glyph.font, glyph.number)
    ink = canvas.render()
    at = ink.extents
    if not at.width or not at.height:
        return None
    # Rows come from the bottom to the top: the -1.
    mask = Image.frombytes("L", (at.width, at.height), bytes(ink.buffer), "raw", "L", at.stride, -1)
    return mask, at.x_origin, -(at.y_origin + at.height)
