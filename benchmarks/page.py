"""docs/performance.md from what `make bench` measured: nobody writes a figure there by hand.

    python -m benchmarks.page [results.json …]
    python -m benchmarks.page --runs first.json second.json

Of several files a later one replaces the budgets that it measured too. Of two whole runs each line shows both medians,
and is met where both met it. Keeps what it used as docs/performance.json.
"""

import argparse
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from benchmarks import plots
from benchmarks.budgets import HOW_MANY
from benchmarks.reporting import say
from benchmarks.stage import HOME, PROJECT

DOCS = PROJECT / "docs"
KEPT = DOCS / "performance.json"
TEMPLATE = PROJECT / "benchmarks" / "performance.md.tmpl"
PICTURES = "img/performance"
RATE = re.compile(r"^([\d,.]+)(?:/s\b)")
TWICE = "All was measured twice, one run after the other: a budget is met where both runs met it. "

Row = dict[str, Any]


def joined(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One result of several: each budget as it was measured last, in the order of their numbers."""
    rows = {row["budget"]: row for result in results for row in result["budgets"]}
    return {"budgets": sorted(rows.values(), key=lambda row: int(row["budget"][1:]))}


def twice(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """One result of two runs: the second's, with the medians of both in each line, met where both met it."""
    earlier = {row["budget"]: row for row in first["budgets"]}
    return {"budgets": [_both(earlier[row["budget"]], row) for row in second["budgets"] if row["budget"] in earlier]}


def _both(first: Row, second: Row) -> Row:
    if error := first.get("error") or second.get("error"):
        return {**second, "error": error, "met": False, "lines": [], "curves": []}
    before = {line["what"]: line for line in first["lines"]}
    lines = [_line_of_both(before[line["what"]], line) for line in second["lines"] if line["what"] in before]
    runs = [first.get("measured", {}), second.get("measured", {})]
    # A line that only one run has was met in one run only.
    met = first["met"] and second["met"] and len(lines) == len(first["lines"]) == len(second["lines"])
    return {**second, "met": met, "lines": lines, "runs": runs}


def _line_of_both(first: Row, second: Row) -> Row:
    return {
        **second,
        "runs": [first["median"], second["median"]],
        "min": min(first["min"], second["min"]),
        "max": max(first["max"], second["max"]),
        "met": first["met"] and second["met"],
        "reason": second["reason"] or first["reason"],
    }


def files(results: Mapping[str, Any]) -> dict[str, str]:
    """The page and its pictures by their names within docs/."""
    rows: list[Row] = results["budgets"]
    drawn = {f"{PICTURES}/{row['budget']}.svg": _picture(row) for row in rows if _growing(row)}
    text = Template(TEMPLATE.read_text()).substitute(
        met=sum(row["met"] for row in rows),
        all=len(rows),
        runs=TWICE if any("runs" in row for row in rows) else "",
        left=_left(rows),
        machines="\n".join(_machines(rows)),
        summary="\n".join(_summary(rows)),
        budgets="\n".join(line for row in rows for line in _section(row)),
        growth="\n".join(_growth(rows)),
        rates="\n".join(_rates(rows)),
    )
    return {"performance.md": text, **drawn}


def _left(rows: Sequence[Row]) -> str:
    measured = {row["budget"] for row in rows}
    left = [name for name in (f"P{number}" for number in range(1, HOW_MANY + 1)) if name not in measured]
    return f"Not measured yet: {', '.join(left)}. " if left else ""


def write(results: Mapping[str, Any]) -> None:
    """Write the page, its pictures, and the results that they come from."""
    for old in (DOCS / PICTURES).glob("*.svg"):
        old.unlink()
    for name, text in files(results).items():
        (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
        (DOCS / name).write_text(text)
    KEPT.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


def _machines(rows: Sequence[Row]) -> Iterator[str]:
    """Where it was measured, once for each machine."""
    seen = {json.dumps(row["measured"]["machine"]) for row in rows if "measured" in row}
    for machine in sorted(seen):
        told = json.loads(machine)
        yield "Measured on " + ", ".join(f"{name} {value}" for name, value in told.items()) + "."


def _summary(rows: Sequence[Row]) -> Iterator[str]:
    yield from ("| | Budget | Met | Measured |", "|---|---|---|---|")
    for row in rows:
        name = row["budget"]
        yield f"| [{name}](#{name.lower()}) | {_cell(_sentence(row['title']))} | {_verdict(row)} | {_when(row)} |"


def _section(row: Row) -> Iterator[str]:
    yield from (f"### {row['budget']}", "", f"{_sentence(row['title'])}.", "")
    if error := row.get("error"):
        yield from (f"It could not be measured: {error}", "")
        return
    medians = ["First run", "Second run"] if "runs" in row else ["Median"]
    yield f"| What | {' | '.join(medians)} | Least–most | Bound | Met | Beside |"
    yield f"|---|{'---:|' * len(medians)}---:|---|---|---|"
    for line in row["lines"]:
        spread = f"{_figure(line['min'])}–{_figure(line['max'])}"
        cells = [
            line["what"],
            *(_with_unit(median, line) for median in line.get("runs", [line["median"]])),
            spread,
            _bound(line),
            "yes" if line["met"] else "**no**",
            _beside(line),
        ]
        yield f"| {' | '.join(map(_cell, cells))} |"
    yield ""
    for line in row["lines"]:
        if line["reason"] and not line["met"]:
            yield from (f"{line['what']}: {line['reason']}", "")
    if curves := _growing(row):
        alt = f"{row['title']}: milliseconds of CPU over rows. The table under “How it grows” has the same figures."
        more = "" if len(curves) <= plots.MOST_CURVES else f" Shown are the {plots.MOST_CURVES} that cost most."
        yield from (f"![{_cell(alt)}]({PICTURES}/{row['budget']}.svg){more}", "")


def _picture(row: Row) -> str:
    return plots.drawn(f"{row['budget']}: cost over size", _growing(row))


def _growing(row: Row) -> list[plots.Series]:
    """The budget's curves over more than one size."""
    curves = [plots.Series(curve["what"], [(x, y) for x, y in curve["points"] if y > 0]) for curve in row["curves"]]
    return [curve for curve in curves if len({size for size, _ in curve.points}) > 1]


def _growth(rows: Sequence[Row]) -> Iterator[str]:
    yield from ("| | Operation | Rows | ms of CPU | Exponent | Grows as |", "|---|---|---|---:|---:|---|")
    for row in rows:
        for curve in _growing(row):
            (few, low), (many, high) = curve.points[0], curve.points[-1]
            slope = plots.exponent(curve.points) or 0.0
            cells = [
                curve.what,
                f"{few:,} → {many:,}",
                f"{_figure(low)} → {_figure(high)}",
                plots.told(slope),
                _law(slope),
            ]
            yield f"| {row['budget']} | {' | '.join(map(_cell, cells))} |"


def _law(slope: float) -> str:
    """What an exponent measured over a few sizes cannot be told from."""
    if slope < 0.1:
        return "1 (or log n)"
    return "n" if 0.85 <= slope <= 1.15 else f"n^{slope:.1f}"


def _rates(rows: Sequence[Row]) -> Iterator[str]:
    found = sorted(
        (float(rate[1].replace(",", "")), row["budget"], line["what"], name)
        for row in rows
        for line in row["lines"]
        for name, value in list(line["beside"].items())[:2]
        if name not in LIMITS and (rate := RATE.match(value))
    )
    yield from ("| Per second | | What |", "|---:|---|---|")
    for rate, budget, what, name in found:
        yield f"| {rate:,.0f} | {budget} | {_cell(what)} ({_cell(name)}) |"


# What stands beside us as a limit or a peer, and is nothing that this portal does.
LIMITS = frozenset({"file", "file without log", "plain", "pgbench", "pgbench, prepared", "nginx", "psql"})


def _verdict(row: Row) -> str:
    return "yes" if row["met"] else "not measured" if row.get("error") else "**no**"


def _when(row: Row) -> str:
    """The day and the commit of each run."""
    return "; ".join(dict.fromkeys(_of_run(run) for run in row.get("runs", [row.get("measured")]) if run))


def _of_run(machine: Row) -> str:
    return f"{machine['at'][:10]}, {machine['commit']}" + ", on small databases only" * machine["quick"]


def _with_unit(figure: float, line: Row) -> str:
    return f"{_figure(figure)} {line['unit']}".strip()


def _bound(line: Row) -> str:
    sides = [(sign, line[name]) for sign, name in (("≥", "least"), ("≤", "most")) if line[name] is not None]
    return " and ".join(f"{sign} {figure:g} {line['unit']}".strip() for sign, figure in sides)


def _beside(line: Row) -> str:
    return "; ".join(f"{name} {value}" for name, value in line["beside"].items())


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _sentence(title: str) -> str:
    return title[:1].upper() + title[1:]


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="*", type=Path, default=[HOME / "results.json"])
    parser.add_argument("--runs", nargs=2, type=Path, metavar=("FIRST", "SECOND"), help="two whole runs")
    asked = parser.parse_args()
    found = [json.loads(path.read_text()) for path in asked.runs or asked.results]
    write(twice(*found) if asked.runs else joined(found))
    say(f"{DOCS / 'performance.md'} is written; {KEPT.name} is what it comes from.")


if __name__ == "__main__":
    main()
