"""Where a line may end: between words, and between almost any two Chinese characters; and lines that fit a column."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise, zip_longest
from math import inf
from typing import NamedTuple
from unicodedata import combining

from campaigns.share.typesetting import Line, Style, clean, set_line

# A line may not begin with these, nor end with those (the Chinese rules of GB/T 15834; also for Latin quotes).
NO_START = frozenset("，。、；：？！）》」』】〕〉”’…—·％‰℃～,.;:?!)]}%»›")
NO_END = frozenset("（《「『【〔〈“‘([{«‹¿¡￥¥€$£#")
ELLIPSIS = "…"
# How bad it is to end a line within Chinese words, which nothing marks, in squared ems of raggedness.
WITHIN_CHINESE = 40.0
NEARLY_AS_LARGE = 0.8

_CHINESE = re.compile(
    r"[\u2e80-\u2fdf\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]"
)
_DASHES = frozenset("-‐–—")


def pieces(text: str) -> list[str]:
    """The text cut wherever a line may end; each piece keeps the spaces behind it, and together they are the text."""
    cut: list[str] = []
    start = 0
    for at in range(1, len(text)):
        if _may_break(text, at):
            cut.append(text[start:at])
            start = at
    return [*cut, text[start:]] if text else []


def _may_break(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if after == " " or after in NO_START or before in NO_END:
        return False
    if before == " ":
        return text[:at].rstrip()[-1:] not in {"«", "‹"}  # French sets a space inside its quotes
    if before in _DASHES:
        return at > 1 and text[at - 2].isalpha() and after.isalpha()
    return bool(_CHINESE.match(before) or _CHINESE.match(after))


class Block(NamedTuple):
    """Lines at the size, in pixels, at which they fit their column."""

    lines: tuple[Line, ...]
    size: int
    is_cut: bool = False


class _Piece(NamedTuple):
    """What no line end cuts; its width in ems with and without its last spaces; whether a word may go on after it."""

    text: str
    full: float
    bare: float
    cuts_word: bool


class _Way(NamedTuple):
    """One way to set a text, and how many Chinese words its line ends may cut."""

    size: int
    lines: list[str]
    cut_words: int


def fit(text: str, style: Style, *, width: int, sizes: dict[int, int]) -> Block:
    """The text at the largest size at which it fits the column in that size's number of lines.

    Chinese gives up a little size where that spares its words. At the last size the text is cut short, with an
    ellipsis, where it is still too long. `sizes` go from large to small.
    """
    measured = _measured(clean(text, style), style)
    if not measured:
        return Block((), min(sizes))
    fitting = list(_fitting(measured, width, sizes))
    if not fitting:
        size, most_lines = list(sizes.items())[-1]
        lines = _cut_short(_greedy(measured, width / size), style, width / size, most_lines)
        return Block(tuple(set_line(line, style) for line in lines), size, is_cut=True)
    large_enough = [way for way in fitting if way.size >= NEARLY_AS_LARGE * fitting[0].size]
    best = min(large_enough, key=lambda way: (way.cut_words, -way.size))
    return Block(tuple(set_line(line, style) for line in best.lines), best.size)


def _fitting(measured: list[_Piece], width: int, sizes: dict[int, int]) -> Iterator[_Way]:
    widest = max(piece.bare for piece in measured)
    for size, most_lines in sizes.items():
        column = width / size
        count = len(_greedy(measured, column))
        if widest <= column and count <= most_lines:
            yield _even(measured, column, count, size)


def _measured(text: str, style: Style) -> list[_Piece]:
    cut = pieces(text)
    found = []
    for piece, following in zip_longest(cut, cut[1:], fillvalue=""):
        word = piece.rstrip(" ")
        bare = set_line(word, style).width
        full = set_line(piece, style).width if piece != word else bare
        pauses = word[-1:] in NO_START or following[:1] in NO_END or piece != word
        found.append(_Piece(piece, full, bare, cuts_word=bool(_CHINESE.match(word[-1:])) and not pauses))
    return found


def _greedy(measured: list[_Piece], width: float) -> list[str]:
    """Lines filled one after the other; a piece wider than the column stands alone and sticks out."""
    lines: list[str] = []
    current, used = "", 0.0
    for piece in measured:
        if current and used + piece.bare > width:
            lines.append(current)
            current, used = "", 0.0
        current += piece.text
        used += piece.full
    return [line.strip(" ") for line in [*lines, current]]


def _even(measured: list[_Piece], width: float, count: int, size: int) -> _Way:
    """So many lines, all about as long, ending where reading pauses: a last line of one word looks forgotten."""
    target = sum(piece.full for piece in measured) / count

    @cache
    def best(start: int, lines: int) -> tuple[float, tuple[int, ...]]:
        if lines == 0:
            return (0.0, ()) if start == len(measured) else (inf, ())
        found: tuple[float, tuple[int, ...]] = (inf, ())
        used = 0.0
        for end in range(start, len(measured)):
            piece = measured[end]
            if used + piece.bare > width:
                break
            rest, ends = best(end + 1, lines - 1)
            at_end = WITHIN_CHINESE if piece.cuts_word and lines > 1 else 0.0
            found = min(found, (rest + (used + piece.bare - target) ** 2 + at_end, (end + 1, *ends)))
            used += piece.full
        return found

    ends = best(0, count)[1]
    cut = ["".join(piece.text for piece in measured[start:end]) for start, end in pairwise([0, *ends])]
    return _Way(size, [line.strip(" ") for line in cut], sum(measured[end - 1].cuts_word for end in ends[:-1]))


def _cut_short(lines: list[str], style: Style, width: float, most_lines: int) -> list[str]:
    """The first lines, the last of them ending in an ellipsis; a word wider than the column is cut too."""
    kept = [_narrowed(line, style, width) for line in lines[:most_lines]]
    if len(lines) > most_lines and not kept[-1].endswith(ELLIPSIS):
        words = pieces(kept[-1])
        while len(words) > 1 and set_line(_ended(words), style).width > width:
            words.pop()
        kept[-1] = _narrowed(_ended(words), style, width)
    return kept


def _ended(words: list[str]) -> str:
    return "".join(words).rstrip(" ,;:.-–—，、；：。") + ELLIPSIS


def _narrowed(line: str, style: Style, width: float) -> str:
    """The line, or as much of it as the column holds with an ellipsis; never a letter without its marks."""
    if set_line(line, style).width <= width:
        return line
    while len(line) > 1 and (set_line(line + ELLIPSIS, style).width > width):
        cut = line[-1]
        line = line[:-1]
        while combining(cut) and len(line) > 1:
            cut, line = line[-1], line[:-1]
    return line.rstrip(ELLIPSIS) + ELLIPSIS
