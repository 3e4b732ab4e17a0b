"""In which order the characters of a line stand, where Arabic, Latin letters and digits meet in it."""

from collections.abc import Sequence
from typing import Any, TypeVar
from unicodedata import bidirectional

from bidi import algorithm

T = TypeVar("T")

# Isolates and embeddings, which the algorithm below would drop: text is cleaned of them before it comes here.
CONTROLS = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN", "B"})


def levels(text: str, *, rtl: bool) -> list[int]:
    """The embedding level of every character (Unicode's rules P2 to I2): odd ones run from right to left."""
    if not rtl and all(bidirectional(char) not in {"R", "AL", "AN"} for char in text):
        return [0] * len(text)
    if any(bidirectional(char) in CONTROLS for char in text):
        raise ValueError("text with bidirectional controls")
    storage: dict[str, Any] = algorithm.get_empty_storage()
    storage["base_level"], storage["base_dir"] = (1, "R") if rtl else (0, "L")
    algorithm.get_embedding_levels(text, storage)
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    return [char["level"] for char in storage["chars"]]


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
