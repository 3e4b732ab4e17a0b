"""SECURITY.md and security.txt promise the same, and what the page names is there."""

import datetime as dt
import re
import tomllib

from django.conf import settings
from django.utils import timezone

from tests.portal import ROOT

PAGE = (ROOT / "SECURITY.md").read_text()
NAMES = {
    "ar": "Arabic", "zh-hans": "Chinese", "en": "English", "fr": "French", "pt": "Portuguese", "ru": "Russian",
    "es": "Spanish",
}  # fmt: skip


def section(heading: str) -> str:
    return PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def test_page_says_how_to_tell_us_and_what_then():
    for heading in ("Tell us", "What we promise", "How fast we mend", "Versions", "What you may test, and what not"):
        assert section(heading).strip()
    assert "within 3 working days" in section("What we promise")
    assert "90 days" in section("What we promise")
    for word in ("Safe harbour", "Out of scope", "no bounty"):
        assert word in PAGE


def test_security_txt_names_the_contact_of_the_page_and_does_not_run_out_soon(client, settings):
    settings.DEFAULT_FROM_EMAIL = "Blue Heart <safety@blueheart.example>"
    said = dict(line.split(": ", 1) for line in client.get("/.well-known/security.txt").content.decode().splitlines())

    assert "`/.well-known/security.txt` (that is its\n  `DEFAULT_FROM_EMAIL`)" in section("Tell us")
    assert said["Contact"] == "mailto:safety@blueheart.example"
    left = dt.datetime.fromisoformat(said["Expires"]) - timezone.now()
    assert dt.timedelta(days=30) < left < dt.timedelta(days=365)


def test_languages_are_those_of_the_portal_and_of_security_txt(client):
    said = dict(line.split(": ", 1) for line in client.get("/.well-known/security.txt").content.decode().splitlines())
    offered = {code for code, _name in settings.LANGUAGES}
    assert set(said["Preferred-Languages"].split(", ")) == offered == NAMES.keys()
    assert all(name in section("Tell us") for name in NAMES.values())


def test_deadlines_for_weak_components_are_written_down():
    deadlines = re.findall(
        r"^\| (critical|high|medium|low)\b[^|]*\| ([^|]+) \|", section("How fast we mend"), re.MULTILINE
    )
    days = [int(re.search(r"(\d+) days", said)[1]) for _severity, said in deadlines]
    assert [severity for severity, _said in deadlines] == ["critical", "high", "medium", "low"]
    assert days == sorted(days)
    assert days[0] <= 7


def test_targets_that_check_us_are_there():
    makefile = (ROOT / "Makefile").read_text()
    named = set(re.findall(r"`make ([a-z-]+)`", PAGE))
    assert {"test", "faults", "mutants", "audit", "pentest", "sbom"} <= named
    assert [target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_newest_version_gets_fixes():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"| {version.rpartition('.')[0]} (the newest) | yes |" in section("Versions")


def test_links_within_lead_somewhere():
    for page in (ROOT / "SECURITY.md", *(ROOT / "docs" / "security").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
