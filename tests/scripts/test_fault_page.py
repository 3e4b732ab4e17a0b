"""docs/fault-runs.md says what the fault runs counted, and nothing else."""

import json

import pytest

from tests.faults import page


def run(case, seed=1, **changes):
    return {
        "at": "2026-11-23T07:00:00+00:00", "commit": "abc1234", "seed": seed, "length": "full", "case": case,
        "said": "It held.", "figures": {"deliveries_sent": 10_000, "seconds": 1.2345, "of": "a|b"}, **changes,
    }  # fmt: skip


def lines(path, *runs):
    path.write_text("".join(json.dumps(each) + "\n" for each in runs))
    return path


def test_page_tells_of_each_case_what_was_counted():
    text = page.rendered([run("1 deliveries"), run("12 soak", seed=2, length="short", commit="abd")])

    assert "**2 of 12 cases ran and held.**" in text
    assert f"| [1](#case-1) | {page.CASES[1]} | held | 1 | full | 2026-11-23, abc1234 |" in text
    assert f"| [12](#case-12) | {page.CASES[12]} | held | 2 | short | 2026-11-23, abd |" in text
    assert text.count("| not run |  |  |  |") == text.count("\nNot run.\n") == 10
    assert "| deliveries | 1 | It held. | deliveries sent 10,000; seconds 1.23; of a\\|b |" in text


def test_a_later_file_replaces_runs_of_the_same_name_and_seed(tmp_path):
    first = lines(tmp_path / "1.jsonl", run("3 web", said="before"), run("3 web", seed=2), run("12 soak"))
    second = lines(tmp_path / "2.jsonl", run("3 web", said="after"), run("3 web", said="and again"))

    found = [(each["case"], each["seed"], each["said"]) for each in page.read([first, second])]

    assert found == [
        ("3 web", 1, "after"), ("3 web", 1, "and again"), ("3 web", 2, "It held."), ("12 soak", 1, "It held."),
    ]  # fmt: skip


def test_a_seed_that_runs_again_replaces_all_of_it_and_the_others_stay():
    kept = [run("3 web", said="before"), run("9 gone"), run("3 web", seed=2, said="of another day")]

    found = page.beside_kept([run("3 web", said="after"), run("12 soak")], kept)

    assert [(each["case"], each["seed"], each["said"]) for each in found] == [
        ("3 web", 1, "after"), ("3 web", 2, "of another day"), ("12 soak", 1, "It held."),
    ]  # fmt: skip


@pytest.mark.parametrize("case", ["deliveries", "13 luck", "0 nothing"])
def test_a_run_that_names_no_case_is_refused(case):
    with pytest.raises(ValueError, match="not one of the cases"):
        page.rendered([run(case)])


def test_committed_page_comes_from_the_committed_results():
    """A figure edited by hand is found here; `python -m tests.faults.page` writes the page anew."""
    assert page.PAGE.read_text() == page.rendered(json.loads(page.KEPT.read_text()))
