"""What `make bench` tells: on screen, as JSON, and as docs/performance.md."""

import json
import math
import re
from pkgutil import resolve_name
from xml.etree import ElementTree

import pytest

from benchmarks import page, plots
from benchmarks.__main__ import BUDGETS
from benchmarks.budgets import Bound, Budget, Curve, Line, Measured, Wish
from benchmarks.reporting import Results

LAW = [(1_000, 2.0), (100_000, 2.1), (10_000_000, 2.0)]
LINEAR = [(1_000, 1.0), (100_000, 100.0), (10_000_000, 10_000.0)]


def measured(*lines, curves=()):
    return Measured(
        [Line("a page | another", [0.8, 1.0, 0.9], Bound(least=0.5), {"ours": "1,234/s"}), *lines], [*curves]
    )


def results(wish=Wish(rounds=3), **budgets):  # noqa: B008 -- it is frozen
    found = Results(wish)
    for name, told in budgets.items():
        budget = Budget(int(name[1:]), f"The title of {name}", lambda wish: told)  # noqa: B023
        if isinstance(told, Exception):
            found.failed(budget, told)
        else:
            found.add(budget, told, seconds=1.5)
    return found


def test_every_budget_has_its_measurement():
    assert list(BUDGETS) == list(range(1, 17))
    for number, place in BUDGETS.items():
        assert resolve_name(f"benchmarks.{place}").number == number


def test_last_line_counts_and_a_miss_without_its_reason_fails(capsys):
    missed = Line("a list", [2.0], Bound(most=1.5))
    explained = Line("a list", [2.0], Bound(most=1.5), reason="a tree is a level deeper")

    assert results(P1=measured()).conclude() == 0
    assert results(P1=measured(), P2=measured(explained)).conclude() == 0
    assert results(P1=measured(), P2=measured(missed)).conclude() == 1
    assert results(P1=measured(), P2=RuntimeError("nginx is missing")).conclude() == 1
    said = capsys.readouterr().out.splitlines()
    quick = Wish(quick=True, rounds=1)
    assert results(quick, P2=measured(missed)).conclude() == 0
    assert results(quick, P2=RuntimeError("nginx is missing")).conclude() == 1
    assert [line for line in said if line.endswith("budgets met")] == [
        "1 of 1 budgets met",
        *["1 of 2 budgets met"] * 3,
    ]


def test_page_tells_of_each_line_what_was_found(tmp_path):
    explained = Line("a list", [2.0], Bound(most=1.5), reason="a tree is a level deeper")
    found = results(
        P1=measured(),
        P4=measured(explained, curves=[Curve("flat", LAW), Curve("steep", LINEAR)]),
        P9=RuntimeError("no"),
    )
    found.write_json(tmp_path / "results.json")
    files = page.files(json.loads((tmp_path / "results.json").read_text()))

    text = files["performance.md"]
    assert "**1 of 3 budgets met.** Not measured yet: P" in text
    assert "| a page \\| another | 0.9 | 0.8–1 | ≥ 0.5 | yes | ours 1,234/s |" in text
    assert "| a list | 2 | 2–2 | ≤ 1.5 | **no** |  |" in text
    assert "a list: a tree is a level deeper" in text
    assert "It could not be measured: no" in text
    assert "| P4 | flat | 1,000 → 10,000,000 | 2 → 2 | 0.00 | 1 (or log n) |" in text
    assert "| P4 | steep | 1,000 → 10,000,000 | 1 → 10,000 | 1.00 | n |" in text
    assert "| 1,234 | P1 | a page \\| another (ours) |" in text
    assert set(files) == {"performance.md", "img/performance/P4.svg"}


def test_later_results_replace_what_they_measured_too(tmp_path):
    kept = []
    for number, budgets in enumerate([{"P10": measured(), "P2": RuntimeError("no")}, {"P2": measured()}]):
        path = tmp_path / f"{number}.json"
        results(**budgets).write_json(path)
        kept.append(json.loads(path.read_text()))
    joined = page.joined(kept)["budgets"]
    assert [(row["budget"], row["met"]) for row in joined] == [("P2", True), ("P10", True)]


def test_two_runs_show_both_medians_and_must_both_meet(tmp_path):
    met, missed = (Line("a list", [figure], Bound(most=1.5), reason="a tree") for figure in (1.25, 2.0))
    runs = []
    for number, line in enumerate([missed, met]):
        path = tmp_path / f"{number}.json"
        results(P1=measured(), P2=measured(line), P3=measured()).write_json(path)
        runs.append(json.loads(path.read_text()))
    runs[0]["budgets"][2] = results(P3=RuntimeError("no")).rows[0]
    runs[0]["budgets"][0]["measured"] |= {"at": "2026-01-02T03:04:05+00:00", "commit": "abc", "quick": False}
    runs[1]["budgets"][0]["measured"] |= {"at": "2026-01-03T03:04:05+00:00", "commit": "abd", "quick": False}

    text = page.files(page.twice(*runs))["performance.md"]

    assert "**1 of 3 budgets met.** All was measured twice" in text
    assert "| What | First run | Second run | Least–most | Bound | Met | Beside |" in text
    assert "| a page \\| another | 0.9 | 0.9 | 0.8–1 | ≥ 0.5 | yes | ours 1,234/s |" in text
    assert "| a list | 2 | 1.25 | 1.25–2 | ≤ 1.5 | **no** |  |" in text
    assert "a list: a tree" in text
    assert "| The title of P1 | yes | 2026-01-02, abc; 2026-01-03, abd |" in text
    assert "It could not be measured: no" in text


@pytest.mark.parametrize(
    ("points", "slope"),
    [(LINEAR, 1.0), ([(1, 5.0), (100, 5.0)], 0.0), ([(10, 1.0), (1000, 10.0)], 0.5), ([(10, 1.0)], None), ([], None)],
)
def test_exponent_is_the_slope_on_logarithmic_axes(points, slope):
    found = plots.exponent(points)
    assert found == slope or math.isclose(found, slope, abs_tol=1e-9)


def test_plot_can_be_read_aloud_and_shows_the_dearest_of_many():
    many = [plots.Series(f"<page {number}>", [(1_000, 1.0), (10**6, float(number + 1))]) for number in range(12)]
    drawn = plots.drawn("Cost & size", many)

    tree = ElementTree.fromstring(drawn)
    texts = [node.text for node in tree.iter() if node.text and node.text.strip()]
    assert texts[0] == "Cost & size"
    assert "<page 11>: 1 to 12 ms" in texts[1]
    assert sum(text.startswith("<page") for text in texts) == plots.MOST_CURVES
    assert "prefers-color-scheme: dark" in drawn
    assert not re.search(r"<script|href=|url\(", drawn)


def test_committed_page_comes_from_the_committed_results():
    """A figure edited by hand is found here; `python -m benchmarks.page docs/performance.json` writes it anew."""
    files = page.files(json.loads(page.KEPT.read_text()))
    pictures = {f"{page.PICTURES}/{path.name}" for path in (page.DOCS / page.PICTURES).glob("*")}
    assert pictures | {"performance.md"} == set(files)
    for name, text in files.items():
        assert (page.DOCS / name).read_text() == text
