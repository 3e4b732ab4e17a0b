"""The code as it stands in its files: what is asked for by name can be found without running it."""

import ast
from functools import cache

from scripts.docs.pages import ROOT

APPS = ("blueheart", "campaigns", "donations", "office", "pledges")


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the apps by its path in the repository, without migrations."""
    found = (path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts)
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in found}


@cache
def calls(tree: ast.Module) -> tuple[tuple[str, ast.Call], ...]:
    """Each call in a module, with the dotted name of what is called."""
    return tuple((dotted(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def dotted(node: ast.AST) -> str:
    """`os.environ.get` of such an expression; empty for what is computed."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def text_of(node: ast.AST | None) -> str:
    """The string that an expression is, with `…` for what is computed; empty for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part) if isinstance(part, ast.Constant) else "…" for part in node.values)
    return ""
