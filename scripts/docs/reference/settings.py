"""Settings of the environment: what the code reads, and what .env.example says of it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from scripts.docs.pages import ROOT
from scripts.docs.reference.markdown import code, table
from scripts.docs.reference.source import calls, modules, text_of

EXAMPLE = ROOT / ".env.example"
LINE = re.compile(r"#?([A-Z][A-Z0-9_]+)=(.*)")
KINDS = {
    "env.str": "text",
    "env.int": "whole number",
    "env.float": "number",
    "env.bool": "true or false",
    "env.list": "list, comma-separated",
    "required": "text",
    "required_secret": "secret",
    "environment.secret": "secret",
    "environment.secrets": "secrets, comma-separated",
    "environment.sentry": "secret: an address",
    "database": "secret: an address",
    "os.environ.get": "text",
}
# Django, Prometheus and the system read these; ours name them for whoever starts a process.
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "PROMETHEUS_MULTIPROC_DIR", "PATH"}

HEAD = """# Settings

Environment variables, as `blueheart/settings.py` reads them and `.env.example` describes them. Development works with
none set; production refuses to start, with one line, where a needed one is missing or weak. What is secret may come
from a file: `SECRET_KEY_FILE=/run/secrets/secret_key` and so on; only one of the two may be set.

What staff change while the site runs are [site settings](site-settings.md). How to set it all up is in
[Operating](../operating.md).
"""


@dataclass(frozen=True)
class Variable:
    """One environment variable that the code reads."""

    name: str
    kind: str
    is_needed: bool  # in production


@dataclass(frozen=True)
class Described:
    """What .env.example says of a variable: words, and the value that stands there."""

    words: str
    value: str


def page() -> str:
    known = described()
    rows = [
        (code(name), f"{known[name].words} *{_kind(variable)}*", code(known[name].value))
        for name, variable in sorted(read().items())
    ]
    return f"{HEAD}\n{table(('Variable', 'What it does', 'In `.env.example`'), rows)}"


def _kind(variable: Variable) -> str:
    return f"{variable.kind}; needed in production" if variable.is_needed else variable.kind


def read() -> dict[str, Variable]:
    """Each variable that our code asks the environment for."""
    found: dict[str, Variable] = {}
    for tree in modules().values():
        for variable in _asked_for(tree):
            before = found.get(variable.name, variable)
            found[variable.name] = replace(variable, is_needed=variable.is_needed or before.is_needed)
    return {name: variable for name, variable in found.items() if name not in NOT_OURS}


def described() -> dict[str, Described]:
    """Each variable that .env.example describes: the comment above it, shared by those that stand together."""
    found: dict[str, Described] = {}
    words: list[str] = []
    was_variable = False
    for line in EXAMPLE.read_text().splitlines():
        if match := LINE.fullmatch(line):
            found[match[1]] = Described(" ".join(words), match[2])
            was_variable = True
            continue
        if was_variable or not line:
            words = []
        words += [line.removeprefix("#").strip()] if line else []
        was_variable = False
    return found


def _asked_for(tree: ast.Module) -> Iterator[Variable]:
    for name, call in calls(tree):
        variable = text_of(call.args[0]) if call.args else ""
        if name in KINDS and re.fullmatch(r"[A-Z][A-Z0-9_]+", variable):
            yield Variable(variable, KINDS[name], is_needed=_is_needed(name, call))


def _is_needed(name: str, call: ast.Call) -> bool:
    if name == "database":
        said = next((keyword.value for keyword in call.keywords if keyword.arg == "is_needed"), None)
        return not (isinstance(said, ast.Constant) and said.value is False)
    return name in {"required", "required_secret"}
