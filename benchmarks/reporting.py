"""What was measured, told: a table on screen and JSON, of which `benchmarks.page` makes docs/performance.md."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.budgets import Budget, Measured, Wish
from benchmarks.machine import measured_now


def say(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def announce(budget: Budget) -> None:
    """Name the budget before its measurement, which may take minutes."""
    say(f"\n{budget.name}  {budget.title}")


@dataclass
class Results:
    """The budgets of one run, in their order."""

    wish: Wish
    rows: list[dict[str, Any]] = field(default_factory=list)

    def add(self, budget: Budget, measured: Measured, *, seconds: float) -> None:
        """Keep what was found, and print it."""
        for line in measured.lines:
            few = f"{line.figure:.2f} ({min(line.rounds):.2f}–{max(line.rounds):.2f}) {line.bound.unit}".rstrip()
            beside = "; ".join(f"{name} {value}" for name, value in line.beside.items())
            verdict = "met" if line.is_met else "NOT MET"
            say(f"  {line.what:44} {few:>26}  {line.bound!s:14} {verdict}  {beside}".rstrip())
            if line.reason and not line.is_met:
                say(f"  {'':44} {line.reason}")
        met = bool(measured.lines) and all(line.is_met for line in measured.lines)
        self.rows.append(
            {
                "budget": budget.name,
                "title": budget.title,
                "met": met,
                "seconds": round(seconds, 1),
                "lines": [line.as_json() for line in measured.lines],
                "curves": [{"what": curve.what, "points": curve.points} for curve in measured.curves],
                "measured": measured_now(quick=self.wish.quick, rounds=self.wish.rounds),
            }
        )

    def failed(self, budget: Budget, error: Exception) -> None:
        """A measurement that broke is a budget that is not met."""
        say(f"  NOT MEASURED: {error}")
        row = {
            "budget": budget.name,
            "title": budget.title,
            "met": False,
            "error": str(error),
            "lines": [],
            "curves": [],
            "measured": measured_now(quick=self.wish.quick, rounds=self.wish.rounds),
        }
        self.rows.append(row)

    def write_json(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"budgets": self.rows}, indent=1, ensure_ascii=False) + "\n")

    def conclude(self) -> int:
        """Print the last line; 0 when each budget is met, or every line that is not names the limit that stops it.

        Of a quick run 0 when all was measured: its figures are of one round on a few rows.
        """
        met = sum(row["met"] for row in self.rows)
        say(f"\n{met} of {len(self.rows)} budgets met")
        explained = all(
            row["lines"] and all(self.wish.quick or line["met"] or line["reason"] for line in row["lines"])
            for row in self.rows
        )
        return 0 if explained else 1
