"""In which order the characters of a line stand, where Arabic, Latin letters and digits meet in it."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar
from unicodedata import bidirectional

from bidi import algorithm

T = TypeVar("T")

# Embeddings and overrides, which Unicode advises against: isolates do the same without touching what stands around.
CONTROLS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "B"})
ISOLATES = frozenset("\u2066\u2067\u2068")  # left-to-right, right-to-left, by the first strong letter
END_OF_ISOLATE = "\u2069"
RTL_LETTERS = frozenset({"R", "AL"})
OBJECT = "\ufffc"  # what an isolate is to the text around it


def levels(text: str, *, rtl: bool) -> list[int]:
    """The embedding level of every character (Unicode's rules P2 to I2): odd ones run from right to left."""
    if not rtl and all(bidirectional(char) not in {"R", "AL", "AN"} and char not in ISOLATES for char in text):
        return [0] * len(text)
    if any(bidirectional(char) in CONTROLS for char in text):
        raise ValueError("text with bidirectional controls")
    return _levels_from(text, 1 if rtl else 0)


def isolated(text: str) -> str:
    """The text so that its order and the order of what stands around it do not touch: a name, an id, an address."""
    return f"\u2068{text}{END_OF_ISOLATE}"


def _levels_from(text: str, base: int) -> list[int]:
    outer = "".join(OBJECT if inner else part for part, inner in _parts(text))
    outer_levels = iter(_resolved(outer, base))
    found: list[int] = []
    for part, inner in _parts(text):
        level = next(outer_levels)
        if not inner:
            found += [level, *(next(outer_levels) for _char in part[1:])]
            continue
        content = part[1:].removesuffix(END_OF_ISOLATE)
        within = _levels_from(content, _base_within(part[0], content, base)) if content else []
        found += [level, *within, *([level] if part.endswith(END_OF_ISOLATE) else [])]
    return found


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    """The text cut into what is isolated, with its marks, and what stands between."""
    depth, start = 0, 0
    for at, char in enumerate(text):
        if char in ISOLATES:
            if depth == 0 and start < at:
                yield text[start:at], False
                start = at
            depth += 1
        elif char == END_OF_ISOLATE and depth:
            depth -= 1
            if depth == 0:
                yield text[start : at + 1], True
                start = at + 1
    if start < len(text):
        yield text[start:], depth > 0


def _base_within(mark: str, content: str, base: int) -> int:
    strong = next((bidirectional(char) for char in content if bidirectional(char) in {"L", "R", "AL"}), "L")
    is_rtl = mark == "\u2067" or (mark == "\u2068" and strong in RTL_LETTERS)
    return base + 1 if (base + 1) % 2 == is_rtl else base + 2


def _resolved(text: str, base: int) -> list[int]:
    """The levels of text without isolates; a joiner, which the algorithm drops, stands with the character before it."""
    storage: dict[str, Any] = algorithm.get_empty_storage()
    storage["base_level"], storage["base_dir"] = base, "R" if base % 2 else "L"
    algorithm.get_embedding_levels("".join(char for char in text if bidirectional(char) != "BN"), storage)
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    given = iter([char["level"] for char in storage["chars"]])
    found: list[int] = []
    for char in text:
        found.append((found[-1] if found else base) if bidirectional(char) == "BN" else next(given))
    return found


def in_visual_order(runs: Sequence[tuple[int, T]]) -> list[T]:
    """The runs of one line, given as (level, run) in reading order, from left to right (Unicode's rule L2)."""
    ordered = list(runs)
    for level in range(max((level for level, _run in ordered), default=0), 0, -1):
        turned: list[tuple[int, T]] = []
        at = 0
        while at < len(ordered):
            end = at + 1
            while ordered[at][0] >= level and end < len(ordered) and ordered[end][0] >= level:
                end += 1
            turned += reversed(ordered[at:end])
            at = end
        ordered = turned
    return [run for _level, run in ordered]
