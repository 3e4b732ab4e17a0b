"""docs/scaling.md: its words are written by hand, and between `made:` and `end` stands what the model computes."""

import re
import textwrap
import tomllib
from typing import Any

from scripts.scaling import costs as measured
from scripts.scaling.blocks import BLOCKS, Model
from scripts.scaling.costs import DOCS

PAGE = DOCS / "scaling.md"
ASSUMED = DOCS / "scaling.toml"
BLOCK = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
WIDTH = 120
CERTAINTY = ("given", "sure", "fair", "guess")


def assumptions(text: str | None = None) -> dict[str, dict[str, Any]]:
    """What docs/scaling.toml says; raises `ValueError` where a line lacks what a reader has to know."""
    read: dict[str, dict[str, Any]] = tomllib.loads(ASSUMED.read_text() if text is None else text)
    for name, each in read.items():
        if not ("value" in each or {"low", "high"} <= each.keys()) or each.get("certainty") not in CERTAINTY:
            raise ValueError(f"{name} has no value or no certainty")
        if not (each.get("what") and each.get("source")):
            raise ValueError(f"{name} does not say what it is, or where it comes from")
    return read


def build() -> Model:
    """The model as all files say now. Needs Django set up."""
    from scripts.scaling import ours  # noqa: PLC0415  reads models

    assumed = assumptions()
    costs = measured.read(index_fill=float(assumed["index_fill"]["value"]))
    return Model(assumed, costs, ours.read(), ours.keys_in_the_way())


def rendered(text: str, model: Model) -> str:
    """The page with what the model computes; raises `LookupError` for a block that only one of both knows."""
    found = {match[2] for match in BLOCK.finditer(text)}
    if missing := BLOCKS.keys() ^ found:
        raise LookupError(f"blocks of the page and of the model differ: {', '.join(sorted(missing))}")
    return BLOCK.sub(lambda match: match[1] + "\n".join(map(_wrapped, BLOCKS[match[2]](model))) + "\n" + match[3], text)


def _wrapped(line: str) -> str:
    if line.startswith(("|", "#")):
        return line
    indent = "  " if line.startswith("- ") else ""
    return textwrap.fill(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def write() -> None:
    """Have the page say what the model says."""
    PAGE.write_text(rendered(PAGE.read_text(), build()))
