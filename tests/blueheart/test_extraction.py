"""Every text of the interface can be found by those who translate it."""

import ast
from pathlib import Path

import pytest

from tests.portal import ROOT

APPS = ("blueheart", "campaigns", "pledges", "donations", "office")
TRANSLATING = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}


def hidden_texts(source: str) -> list[int]:
    """Lines of f-strings that translate within themselves: GNU gettext does not look there, so nobody translates it."""
    return [
        call.lineno
        for string in ast.walk(ast.parse(source))
        if isinstance(string, ast.JoinedStr)
        for call in ast.walk(string)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in TRANSLATING
    ]


@pytest.mark.parametrize("app", APPS)
def test_no_text_hides_within_an_f_string(app):
    files: list[Path] = sorted((ROOT / app).rglob("*.py"))
    found = {str(file.relative_to(ROOT)): lines for file in files if (lines := hidden_texts(file.read_text()))}
    assert found == {}


def test_a_hidden_text_is_seen():
    assert hidden_texts("said = f\"{name} {_('is here')}\"") == [1]
    assert hidden_texts("here = _('is here')\nsaid = f'{name} {here}'") == []
