"""What our own code must not do, found by reading it: each rule sees the syntax tree of a module and names lines."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from tests.portal import ROOT

APPS = ("blueheart", "campaigns", "donations", "office", "pledges")
Rule = Callable[[ast.Module], Iterator[ast.AST]]


@dataclass(frozen=True)
class Finding:
    """A line of ours that breaks a rule."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@lru_cache
def modules() -> dict[str, ast.Module]:
    """Every module of the apps by its path, without migrations: those run once, on what is there already."""
    paths = (path for app in APPS for path in sorted((ROOT / app).rglob("*.py")) if "migrations" not in path.parts)
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in paths}


def findings(rule: Rule, *, but: frozenset[str] | set[str] = frozenset()) -> list[Finding]:
    """Where the rule is broken, `but` in these modules."""
    return [Finding(path, node.lineno) for path, tree in modules().items() if path not in but for node in rule(tree)]


def breaks(rule: Rule, source: str) -> bool:
    """Whether a piece of code breaks the rule: what its canary asks."""
    return any(True for _node in rule(ast.parse(source)))


@cache
def nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    """All that a module holds, walked through once for all rules."""
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Call | ast.Import | ast.ImportFrom))


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in nodes(tree) if isinstance(node, ast.Call))


def name_of(node: ast.AST) -> str:
    """The dotted name that an expression is, without what is computed: `os.system`, `cursor.execute`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{name_of(node.value)}.{node.attr}"
    return ""


def imported(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Each import with the whole name of what it brings."""
    for node in nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def is_fixed(node: ast.AST) -> bool:
    """Whether it says the same whoever asks: a literal, a constant of the module, or joined of those."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Name | ast.Attribute):
        return name_of(node).rpartition(".")[2].isupper()
    if isinstance(node, ast.JoinedStr):
        return all(is_fixed(part.value if isinstance(part, ast.FormattedValue) else part) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return is_fixed(node.left) and is_fixed(node.right)
    return False


def imports(*names: str) -> Rule:
    """Broken by an import of one of these packages, or of something in them."""

    def rule(tree: ast.Module) -> Iterator[ast.AST]:
        return (node for node, whole in imported(tree) if any(f"{whole}.".startswith(f"{name}.") for name in names))

    return rule


def calls_of(*names: str) -> Rule:
    """Broken by a call of one of these, by its dotted name or its last part."""

    def rule(tree: ast.Module) -> Iterator[ast.AST]:
        return (call for call in calls(tree) if name_of(call.func) in names)

    return rule
