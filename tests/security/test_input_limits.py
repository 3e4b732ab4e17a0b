"""The table of limits in docs/security/input.md is what the code counts, and has every one of them."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from blueheart.site_settings.declaring import Number

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/security/input.md").read_text()
# Scope, what is counted, how often, in which time, and the name in the code that says so; – where it is written out.
ROWS = re.findall(r"^\| `([a-z-]+)` \| [^|]+ \| ([\d,]+) \| [^|]+ \| (?:`([\w.]+)`|–) \|$", DOCUMENT, re.M)
# The first argument of what counts, and the names that hold one.
COUNTED = re.compile(
    r"(?:\bspend\(|\bUse\(|\b_may\(|\b_both\()\s*(?:f?\"([a-z-]+)|[A-Z_]+\b)"
    r"|^(?:FLOOD|SITE|MAILBOX) = \"([a-z-]+)\"",
    re.MULTILINE,
)


def counted() -> set[str]:
    """The scopes that the code counts by, without what says burst or day."""
    found = set()
    for app in ("blueheart", "pledges", "donations", "office", "campaigns"):
        for file in (ROOT / app).rglob("*.py"):
            if "migrations" not in file.parts:
                found |= {one or other for one, other in COUNTED.findall(file.read_text())} - {""}
    return found


def test_every_limit_of_the_code_stands_in_the_document_and_no_other():
    assert {scope for scope, _number, _place in ROWS} == counted()


@pytest.mark.parametrize(("scope", "number", "place"), [row for row in ROWS if row[2]])
def test_number_in_the_document_is_that_of_the_code(scope, number, place):
    module, _dot, name = place.rpartition(".")
    value = getattr(import_module(module), name)

    assert int(number.replace(",", "")) == (value.standard if isinstance(value, Number) else value)
