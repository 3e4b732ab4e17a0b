"""Tests that a document names: whether they are there, and run."""

import ast
import re
from collections.abc import Iterator
from functools import lru_cache

from tests.portal import ROOT

# Folders that `make test` leaves out (norecursedirs in pyproject.toml), and the target that runs them.
TARGET_OF = {"tests/faults/": "faults", "tests/production/": "production"}


@lru_cache
def tests_in(path: str) -> frozenset[str]:
    """The tests that a file defines, as pytest names them without their parameters."""
    return frozenset(_tests(ast.parse((ROOT / path).read_text()).body, ""))


def _tests(body: list[ast.stmt], within: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield within + node.name
        elif isinstance(node, ast.ClassDef):
            yield from _tests(node.body, f"{within}{node.name}::")


def missing(node_id: str) -> str:
    """Why a test that is named does not run: empty where it does."""
    path, _separator, name = node_id.partition("::")
    if not (ROOT / path).is_file():
        return f"{node_id}: no such file"
    if name not in tests_in(path):
        return f"{node_id}: no such test"
    target = next((target for folder, target in TARGET_OF.items() if path.startswith(folder)), None)
    if target and not re.search(rf"^{target}:.*##", (ROOT / "Makefile").read_text(), re.MULTILINE):
        return f"{node_id}: no target runs it"
    return ""
