"""The outlines of countries on the map of the world; README.md beside this file says how they are made."""

import json
from pathlib import Path
from typing import NamedTuple


class Outline(NamedTuple):
    """An SVG path in units of `BOX`, empty for the smallest islands; `point` where it is too small to be seen."""

    path: str
    point: tuple[int, int] | None


_read = json.loads((Path(__file__).parent / "world.json").read_text(encoding="utf-8"))

BOX: str = _read["box"]
WIDTH, HEIGHT = (int(number) for number in BOX.split()[2:])
OUTLINES = {
    code: Outline(shape["d"], tuple(shape["at"]) if "at" in shape else None)
    for code, shape in _read["countries"].items()
}
