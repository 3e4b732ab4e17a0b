"""Every picture of the handbook exists and is made by a journey, and there is none that nobody looks at."""

import re

from office.roles import ROLES
from tests.journeys.handbook import PICTURES
from tests.portal import ROOT

HANDBOOK = (ROOT / "docs/office.md").read_text()
MOST_BYTES = 80_000


def test_each_picture_of_the_handbook_is_made_by_a_journey_and_none_is_left_over():
    shown = set(re.findall(r"!\[[^\]]+\]\(img/office/([\w-]+)\.png\)", HANDBOOK))
    journeys = "".join(path.read_text() for path in sorted((ROOT / "tests/journeys").glob("test_*.py")))

    assert set(re.findall(r'picture\(\w+, "([\w-]+)"', journeys)) == shown
    assert {path.stem for path in PICTURES.glob("*.png")} == shown
    assert {path.stem for path in PICTURES.glob("*.txt")} == shown


def test_pictures_are_small():
    assert [path.name for path in PICTURES.glob("*.png") if path.stat().st_size > MOST_BYTES] == []


def test_the_handbook_says_of_each_role_what_the_office_says():
    assert [f"| {role.name} | {role.may} |" for role in ROLES] == re.findall(
        r"^\| [A-Z][\w ]+ \| [a-z].*\. \|$", HANDBOOK, re.M
    )
