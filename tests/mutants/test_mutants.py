"""The list of mutants fits the tree as it is, and the runner tells a guard that holds from one that nobody watches."""

import shutil
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.copies import Copy, Outcome
from tests.mutants.every import MUTANTS
from tests.mutants.mutant import Mutant, problems
from tests.mutants.trying import Verdict, green, judge, try_mutants
from tests.portal import ROOT

INVARIANTS = {f"I{number}" for number in range(1, 15)}

RULE = """
def may_sign(age):
    return age >= 16
"""
WATCHED = """
from rule import may_sign

def test_a_child_does_not_sign():
    assert not may_sign(15)

def test_a_grown_up_signs():
    assert may_sign(30)
"""


def test_every_mutant_can_be_tried_on_the_tree_as_it_is():
    """A guard that was written anew, or a test that was renamed: put its line in the list of mutants right, too."""
    assert [problem for mutant in MUTANTS for problem in problems(mutant, ROOT)] == []


def test_every_invariant_has_a_mutant_and_every_mutant_a_name_of_its_own():
    assert [name for name, number in Counter(mutant.name for mutant in MUTANTS).items() if number > 1] == []
    assert INVARIANTS - {mutant.promise for mutant in MUTANTS} == set()
    assert len(MUTANTS) >= 25


@pytest.fixture
def small(tmp_path):
    """A tree of one rule, with what the runner needs there."""
    (tmp_path / "rule.py").write_text(RULE)
    (tmp_path / "test_rule.py").write_text(WATCHED)
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --disable-plugin-autoload -p xdist.plugin\n")
    (tmp_path / "tests" / "mutants").mkdir(parents=True)
    for name in ("__init__.py", "mutants/__init__.py", "mutants/telling.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests" / name)
    return tmp_path


def mutant(name="without-the-age", *, test="test_a_child_does_not_sign", **changes):
    fields = {
        "name": name,
        "promise": "rule 3",
        "breaks": "a child signs",
        "file": "rule.py",
        "old": "return age >= 16",
        "new": "return True",
        "tests": (f"test_rule.py::{test}",),
    }
    return Mutant(**fields | changes)


def test_a_mutant_is_caught_by_a_test_that_goes_red_and_survives_one_that_stays_green(small):
    caught, survived = mutant(), mutant("unwatched", test="test_a_grown_up_signs")
    copies, told = [Copy(small, small / "pg")], []

    passed, printed = green([*caught.tests, *survived.tests], copies)
    try_mutants([caught, survived], copies, passed=passed, tell=told.append)

    assert (passed, printed) == ({*caught.tests, *survived.tests}, "")
    assert [(result.mutant.name, result.verdict) for result in told] == [
        ("without-the-age", Verdict.CAUGHT),
        ("unwatched", Verdict.SURVIVED),
    ]
    assert (small / "rule.py").read_text() == RULE


def test_a_test_that_is_red_without_the_mutant_proves_nothing(small):
    told = []

    try_mutants([mutant()], [Copy(small, small / "pg")], passed=frozenset(), tell=told.append)

    assert [result.verdict for result in told] == [Verdict.BROKEN]


def told(when, exception):
    return [{"test": "test_rule.py::test_x", "when": when, "outcome": "raised", "exception": exception, "words": ""}]


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (Outcome(0), Verdict.SURVIVED),
        (Outcome(1, told("call", "AssertionError")), Verdict.CAUGHT),
        (Outcome(1, told("call", "NameError")), Verdict.BROKEN),
        (Outcome(1, told("setup", "AssertionError")), Verdict.BROKEN),
        (Outcome(2, told("collect", "ImportError")), Verdict.BROKEN),
        (Outcome(None), Verdict.BROKEN),
    ],
)
def test_only_what_fails_within_a_test_is_caught(outcome, verdict):
    assert judge(outcome)[0] == verdict


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"file": "gone.py"}, "there is no gone.py"),
        ({"old": "return age > 18"}, "stands 0 times"),
        ({"old": "a"}, "times in rule.py, not once"),
        ({"new": "return age >= 16"}, "changes nothing"),
        ({"new": "return age >="}, "is no Python with it"),
        ({"tests": ("test_rule.py::test_renamed",)}, "there is no test test_rule.py::test_renamed"),
        ({"tests": ()}, "names no test"),
    ],
)
def test_a_mutant_that_does_not_fit_the_tree_says_why(small, changes, says):
    (problem,) = problems(mutant(**changes), Path(small))

    assert problem.startswith("without-the-age: ")
    assert says in problem
