"""docs/security/threat-model.md: each threat has a control, tests that exist, and what is left, and no flow lacks."""

import re

import pytest

from tests.portal import ROOT
from tests.security.named_tests import missing
from tests.security.test_code import SPEAK_TO_OTHERS

DOCUMENT = (ROOT / "docs" / "security" / "threat-model.md").read_text()
NODE_ID = re.compile(r"`(tests/[\w/]+\.py::[\w:]+)`")
STRIDE = "STRIDE"
# What must not be forgotten, by a word of the threat's heading or text.
EXPECTED = (
    "Card testing", "Ballot stuffing", "moderator", "child", "found by counts", "insider", "stolen laptop",
    "stolen backup", "dependency", "superuser", "webhooks", "Phishing", "subdomain", "browser's history", "helpline",
    "Denial of service", "Mail bombing",
)  # fmt: skip
FLOWS = ("visitor", "donor", "staff", "Stripe", "mail", "partner", "operator")


def threats() -> dict[str, str]:
    """Each threat's text by its number."""
    parts = re.split(r"^### (T\d+) ", DOCUMENT.partition("\n## Which flow")[0], flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def section(heading: str) -> str:
    return DOCUMENT.partition(f"## {heading}\n")[2].partition("\n## ")[0].partition("\n# ")[0]


def rows(text: str) -> list[list[str]]:
    """The cells of a table, without its head."""
    lines = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines[2:]]


def test_threats_are_numbered_without_a_gap():
    assert list(threats()) == [f"T{number}" for number in range(1, len(threats()) + 1)]
    assert len(threats()) > 30


@pytest.mark.parametrize("number", threats())
def test_each_threat_has_kind_control_tests_and_what_is_left(number):
    text = threats()[number]
    kinds = re.search(r"\(([A-Z, ]+)\)", text.splitlines()[0])[1].split(", ")
    assert set(kinds) <= set(STRIDE)
    parts = re.findall(r"^- \*\*(\w+)\*\*: (.+)", text, re.MULTILINE)
    assert [name for name, _said in parts] == ["Control", "Tests", "Left"]
    assert NODE_ID.search(dict(parts)["Tests"])


def test_every_test_that_is_named_exists_and_runs():
    named = NODE_ID.findall(DOCUMENT)
    assert len(named) > 100
    assert [why for test in named if (why := missing(test))] == []


def test_what_must_not_be_forgotten_is_there():
    told = "\n".join(threats().values()).lower()
    assert [word for word in EXPECTED if word.lower() not in told] == []


def test_each_flow_meets_each_kind_of_threat():
    table = rows(section("Which flow meets which threats"))
    assert len(table) == len(FLOWS)
    for row, flow in zip(table, FLOWS, strict=True):
        assert flow in row[0]
        assert all(re.fullmatch(r"T\d+( T\d+)*", cell) for cell in row[1:]), row
        assert len(row) == 1 + len(STRIDE)
    met = set(re.findall(r"T\d+", " ".join(cell for row in table for cell in row)))
    assert set(threats()) - met == set()
    assert met - set(threats()) == set()


def test_every_partner_of_the_code_stands_in_the_document():
    """Hosts in the settings, and what else they connect to, each with a row in the table of partners."""
    told = section("Whom the portal speaks with")
    source = (ROOT / "blueheart" / "settings.py").read_text()
    hosts = set(re.findall(r"https?://([a-z][\w-]*(?:\.[\w-]+)+)", source))
    assert {"checkout.stripe.com", "billing.stripe.com", "www.wikipedia.org"} <= hosts
    assert [host for host in hosts if host not in told] == []
    for partner in ("DATABASE_URL", "EMAIL_URL", "STRIPE_API_BASE", "METRICS_TOKEN", "QUICK_EXIT_URL"):
        assert partner in told
    assert "donations/gateway/client.py" in SPEAK_TO_OTHERS
    assert "api.stripe.com" in told


def test_what_is_dear_is_bounded_by_a_test():
    dear = rows(section("What is dear"))
    assert len(dear) > 8
    assert all(NODE_ID.search(row[-1]) for row in dear)
