"""One guard taken away, and the tests that say so."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mutant:
    """A change of one file, or of the test database, that breaks a promise.

    `old` stands exactly once in `file` and becomes `new`. With `sql` the file stays: the statement is run in the
    database that the tests get, and `old` names where its guard is made. Of `tests`, node ids without parameters, the
    first that fails is enough.
    """

    name: str
    promise: str
    breaks: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    sql: str = ""

    def applied(self, text: str) -> str:
        """The file's text with the guard taken away."""
        return text if self.sql else text.replace(self.old, self.new)


def without_trigger(table: str, trigger: str) -> str:
    return f"DROP TRIGGER {trigger} ON {table};"


def without_constraint(table: str, constraint: str) -> str:
    return f"ALTER TABLE {table} DROP CONSTRAINT {constraint};"


def without_index(index: str) -> str:
    return f"DROP INDEX {index};"


def rewritten(function: str, old: str, new: str) -> str:
    """A function of the database with other words in it; its name has to be the only one."""
    said = f"replace(pg_get_functiondef('{function}'::regproc), $old${old}$old$, $new${new}$new$)"
    return f"DO $do$ BEGIN EXECUTE {said}; END $do$;"


def problems(mutant: Mutant, root: Path) -> Iterator[str]:
    """Why this mutant cannot be tried on this tree; nothing where it can."""
    file = root / mutant.file
    if not file.is_file():
        yield f"{mutant.name}: there is no {mutant.file}"
        return
    text = file.read_text()
    found = text.count(mutant.old)
    if not mutant.old or found == 0 or (found > 1 and not mutant.sql):
        yield f"{mutant.name}: stands {found} times in {mutant.file}, not once: {mutant.old!r}"
    elif not mutant.sql and mutant.new == mutant.old:
        yield f"{mutant.name}: changes nothing"
    elif file.suffix == ".py" and not _is_python(mutant.applied(text)):
        yield f"{mutant.name}: {mutant.file} is no Python with it"
    if not mutant.tests:
        yield f"{mutant.name}: names no test"
    for node_id in mutant.tests:
        if not _is_test(node_id, root):
            yield f"{mutant.name}: there is no test {node_id}"


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def _is_test(node_id: str, root: Path) -> bool:
    file, _, name = node_id.partition("::")
    return name.startswith("test_") and name in _functions(root / file)


def _functions(file: Path, _known: dict[Path, frozenset[str]] = {}) -> frozenset[str]:  # noqa: B006  read once
    if file not in _known:
        tree = ast.parse(file.read_text()) if file.is_file() else ast.Module([], [])
        _known[file] = frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    return _known[file]
