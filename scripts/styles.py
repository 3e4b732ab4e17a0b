"""Builds static/css/site.css and site.rtl.css, the one stylesheet of every public page.

    python scripts/styles.py [check]

Bootstrap, our own styles and those of pledging are joined in this order; rules whose classes no template, script or
module names are left out, as are Bootstrap's variables that nothing reads; spaces and comments go. `check` only says
whether the built files are what this would build.
"""

import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parent.parent
SOURCES = PROJECT / "styles"
OURS = ("site.css", "pledging.css")
BUILT = {"site.css": "bootstrap.min.css", "site.rtl.css": "bootstrap.rtl.min.css"}
APPS = ("blueheart", "campaigns", "donations", "office", "pledges")
FORM_TEMPLATES = ("crispy_bootstrap5", "crispy_forms")  # they write our forms' classes
NOTE = "/* Bootstrap 5.3.9 (MIT, Copyright 2011-2025 The Bootstrap Authors) and ours. Made by scripts/styles.py */\n"

STRING = r"\"[^\"]*\"|'[^']*'"


class Rule(NamedTuple):
    """What stands before the braces, and in them: declarations, or the rules of an at-rule."""

    head: str
    body: "str | list[Rule]"


def parse(css: str) -> list[Rule]:
    """The rules of a stylesheet that has no comments left, in their order."""
    rules, start = [], 0
    while (opens := css.find("{", start)) >= 0:
        closes = _closing(css, opens)
        head, inner = " ".join(css[start:opens].split()), css[opens + 1 : closes]
        holds_rules = head.startswith(("@media", "@supports", "@container", "@keyframes"))
        rules.append(Rule(head, parse(inner) if holds_rules else inner))
        start = closes + 1
    return rules


def _closing(css: str, opens: int) -> int:
    depth = 0
    for found in re.finditer(rf"{STRING}|[{{}}]", css[opens:]):
        depth += {"{": 1, "}": -1}.get(found[0], 0)
        if depth == 0:
            return opens + found.start()
    raise ValueError(f"no }} for {css[opens - 40 : opens + 1]!r}")


def split_list(text: str) -> list[str]:
    """The parts of a list at its commas, those in brackets and strings left alone."""
    parts = re.findall(rf"(?:{STRING}|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|[^,()\"'])+", text)
    return [part.strip() for part in parts]


class Names:
    """The words that may be a class somewhere, and the beginnings that a template or a module completes."""

    def __init__(self, text: str) -> None:
        self.words = set(re.findall(r"[A-Za-z_][\w-]*", text))
        self.beginnings = tuple(set(re.findall(r"[A-Za-z][\w-]*-(?=\{)", text)))

    def know(self, selector: str) -> bool:
        plain = re.sub(r"\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^]]*\]", "", selector)
        classes = re.findall(r"\.(-?[A-Za-z_][\w-]*)", plain)
        return all(name in self.words or name.startswith(self.beginnings) for name in classes)


def names_in_use() -> Names:
    """Read from everything that writes markup: our templates, scripts and modules, and the form library's."""
    return Names("\n".join(path.read_text(errors="replace") for path in _writers_of_markup()))


def _writers_of_markup() -> Iterator[Path]:
    yield from (PROJECT / "templates").rglob("*.html")
    yield from (PROJECT / "static" / "js").glob("*.js")
    for app in APPS:
        yield from (path for path in (PROJECT / app).rglob("*.py") if "migrations" not in path.parts)
        yield from (PROJECT / app).rglob("*.html")
        yield from (PROJECT / app).rglob("*.js")
    for library in FORM_TEMPLATES:
        spec = find_spec(library)
        for folder in (spec and spec.submodule_search_locations) or []:
            yield from Path(folder).rglob("*.html")
            yield from Path(folder).rglob("*.py")


def without_unused(rules: list[Rule], names: Names) -> list[Rule]:
    kept = []
    for rule in rules:
        if rule.head.startswith("@"):
            inner = rule.body
            if isinstance(inner, list) and not rule.head.startswith("@keyframes"):
                inner = without_unused(inner, names)
            if inner:
                kept.append(Rule(rule.head, inner))
        elif selectors := [part for part in split_list(rule.head) if names.know(part)]:
            kept.append(Rule(",".join(selectors), rule.body))
    return kept


def without_unread_variables(css: str) -> str:
    """Leave out Bootstrap's variables that nothing reads, until none is left that only another one read."""
    defined = set(re.findall(r"(?<![\w(])(--bs-[\w-]+):", css))
    while unread := defined - set(re.findall(r"var\(\s*(--bs-[\w-]+)", css)):
        css = re.sub(rf"(?:{'|'.join(sorted(unread, key=len, reverse=True))}):[^;{{}}]*(?:;|(?=\}}))", "", css)
        defined -= unread
    return re.sub(r"[^{};]+\{\}", "", css)


def write(rules: list[Rule]) -> str:
    """The rules in as few characters as mean the same, a rule a line so that a diff can be read."""
    return "".join(f"{_head(rule.head)}{{{_body(rule.body)}}}\n" for rule in rules)


def _head(head: str) -> str:
    if head.startswith("@"):
        return re.sub(r"\s*([:,])\s*", r"\1", head)
    return re.sub(rf"({STRING})|\s*([,>~])\s*", lambda found: found[1] or found[2], head)


def _body(body: "str | list[Rule]") -> str:
    if isinstance(body, list):
        return "".join(f"{_head(rule.head)}{{{_body(rule.body)}}}" for rule in body)
    declarations = (part for part in re.findall(rf"(?:{STRING}|\([^()]*(?:\([^)]*\)[^()]*)*\)|[^;])+", body))
    return ";".join(_declaration(part) for part in declarations if part.strip())


def _declaration(text: str) -> str:
    name, _, value = text.strip().partition(":")
    parts = re.split(rf"({STRING})", " ".join(value.split()))
    parts[::2] = [_shorter(part) for part in parts[::2]]
    return f"{name.strip()}:{''.join(parts)}"


def _shorter(value: str) -> str:
    value = re.sub(r"\s*,\s*", ",", value)
    value = re.sub(r"(?<![\w.#-])0(\.\d)", r"\1", value)
    value = re.sub(r"(?<=-)0(\.\d)", r"\1", value) if "var(" not in value else value
    return re.sub(r"\s*!\s*important", "!important", value)


def build(bootstrap: str, names: Names) -> str:
    """The stylesheet over one of the two Bootstraps, as it is served."""
    text = "\n".join((SOURCES / path).read_text() for path in (f"bootstrap/{bootstrap}", *OURS))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S).replace('@charset "UTF-8";', "")
    return NOTE + without_unread_variables(write(without_unused(parse(text), names)))


def main(arguments: list[str]) -> int:
    names = names_in_use()
    stale = 0
    for name, bootstrap in BUILT.items():
        target, built = PROJECT / "static" / "css" / name, build(bootstrap, names)
        if arguments == ["check"]:
            stale += not target.exists() or target.read_text() != built
        else:
            target.write_text(built)
    if stale:
        sys.stderr.write("static/css is not what styles/ builds: run `make styles`.\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
