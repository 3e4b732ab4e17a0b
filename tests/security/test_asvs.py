"""docs/security/asvs.toml: complete, and true as far as a machine can tell."""

import pytest

from scripts import asvs
from tests.portal import ROOT
from tests.security.named_tests import missing

# How many lines of levels 1 and 2 each chapter of ASVS 5.0.0 has.
STANDARD = {
    "V1": (8, 19), "V2": (4, 7), "V3": (8, 11), "V4": (2, 8), "V5": (4, 5), "V6": (13, 22), "V7": (6, 12), "V8": (4, 3),
    "V9": (4, 3), "V10": (5, 24), "V11": (3, 11), "V12": (3, 6), "V13": (1, 12), "V14": (2, 7), "V15": (3, 10),
    "V16": (0, 16), "V17": (0, 7),
}  # fmt: skip
MOST_WORDS = 16


@pytest.fixture(scope="module")
def table() -> asvs.Table:
    return asvs.read()


def test_every_line_of_the_standard_stands_there_once(table):
    ids = [line.id for line in table.requirements]
    assert sorted(set(ids)) == sorted(ids)
    assert list(table.chapters) == list(STANDARD)
    for chapter, expected in STANDARD.items():
        lines = table.of(chapter)
        assert tuple(sum(line.level == level for line in lines) for level in asvs.LEVELS) == expected, chapter


def test_lines_stand_in_the_order_of_the_standard(table):
    places = [tuple(int(part) for part in line.id.removeprefix("V").split(".")) for line in table.requirements]
    assert places == sorted(places)


def test_every_line_says_how_it_stands(table):
    for line in table.requirements:
        assert line.status in {asvs.MET, asvs.NOT_APPLICABLE, asvs.GAP}, line.id
        assert 2 <= len(line.what.split()) <= MOST_WORDS, line.id
        assert bool(line.reason) == (line.status != asvs.MET), line.id
        if line.status == asvs.MET:
            assert line.tests or any(place.endswith((".md", ".yaml", ".json")) for place in line.where), line.id


def test_every_test_that_is_named_exists_and_runs(table):
    assert [why for line in table.requirements for test in line.tests if (why := missing(test))] == []


def test_a_test_that_does_not_exist_is_noticed():
    assert missing("tests/security/test_asvs.py::test_a_test_that_does_not_exist_is_noticed") == ""
    assert missing("tests/security/test_asvs.py::test_nothing").endswith("no such test")
    assert missing("tests/security/test_nothing.py::test_nothing").endswith("no such file")


def test_every_place_that_is_named_is_there(table):
    assert [
        (line.id, place) for line in table.requirements for place in line.where if not (ROOT / place).exists()
    ] == []


def test_nothing_of_level_1_and_little_of_level_2_is_missing(table):
    met, applicable, _all = asvs.counts(table.requirements, 1)
    assert (met, applicable) == (applicable, applicable)
    met, applicable, _all = asvs.counts(table.requirements, 2)
    assert met / applicable >= 0.95


def test_page_says_what_the_table_says(capsys):
    assert asvs.main(["--check"]) == 0, capsys.readouterr().err


def test_a_page_that_is_old_is_noticed(tmp_path, monkeypatch, capsys):
    old = tmp_path / "asvs.md"
    monkeypatch.setattr(asvs, "PAGE", old)
    assert asvs.main(["--check"]) == 1
    old.write_text(asvs.page(asvs.read()) + "\n")
    assert asvs.main(["--check"]) == 1
    assert "make asvs" in capsys.readouterr().err
    assert asvs.main([]) == 0
    assert asvs.main(["--check"]) == 0
