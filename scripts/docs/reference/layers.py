"""Who may import whom."""

import tomllib
from typing import Any

from scripts.docs.pages import ROOT
from scripts.docs.reference.markdown import code

HEAD = """# Import layers

From `pyproject.toml`; `make contracts` holds it. A module may import what stands below its line, and nothing beside or
above it. [Why](../adr/0002-one-way-apps.md).
"""


def page() -> str:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return "\n".join([HEAD, *(_contract(contract) for contract in declared)])


def _contract(contract: dict[str, Any]) -> str:
    heading = f"## {contract['name']}\n"
    if contract["type"] == "layers":
        lines = [
            f"{number}. " + ", ".join(code(name) for name in layer.split(" | "))
            for number, layer in enumerate(contract["layers"], start=1)
        ]
        return "\n".join([heading, *lines, ""])
    sources, forbidden = (", ".join(map(code, contract[key])) for key in ("source_modules", "forbidden_modules"))
    return f"{heading}\n{sources} may not import {forbidden}.\n"
