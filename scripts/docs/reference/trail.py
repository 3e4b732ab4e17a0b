"""The words of the audit trail."""

import ast
import re
from collections.abc import Iterator

from scripts.docs.reference.markdown import code, table
from scripts.docs.reference.source import calls, modules, text_of

ACT = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*")

HEAD = """# Words of the audit trail

Each entry of the trail names an act as `thing.act`. These are the words in the code; `…` stands for what the code fills
in: the kind of row (`bank-account` for a `BankAccount`) or the act. What stays out of the trail, and how it is sealed,
is in [Logging](../security/logging.md); reading it, in [the handbook](../office.md#the-trail).
"""


def page() -> str:
    rows = [(code(word), ", ".join(code(place) for place in sorted(places))) for word, places in words().items()]
    return f"{HEAD}\n{table(('Act', 'Recorded in'), rows)}"


def words() -> dict[str, set[str]]:
    """Each word that is written into the trail, and the modules that do."""
    found: dict[str, set[str]] = {}
    for path, tree in modules().items():
        for word in _recorded(tree):
            found.setdefault(word, set()).add(path)
    return dict(sorted(found.items()))


def _recorded(tree: ast.Module) -> Iterator[str]:
    """What is handed to `record`; where that is a variable, all texts of the module that read like an act."""
    handed = [call.args[0] for name, call in calls(tree) if name.rpartition(".")[2] == "record" and call.args]
    yield from (text_of(word) for word in handed if "." in text_of(word))
    if any(isinstance(word, ast.Name) for word in handed):
        texts = (text_of(node) for node in ast.walk(tree) if isinstance(node, ast.Constant))
        yield from (text for text in texts if ACT.fullmatch(text))
