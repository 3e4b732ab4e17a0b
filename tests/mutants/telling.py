"""A pytest plugin that tells the runner, line by line as JSON, how each test ended and by which exception."""

import json
import os
from pathlib import Path

# By these the runner says where to tell, and which SQL breaks the database (`breaking`).
REPORT, SQL = "MUTANT_REPORT", "MUTANT_SQL"


def pytest_runtest_logreport(report) -> None:
    if report.when == "call" or report.outcome != "passed":
        _tell(report.nodeid, report.when, report.outcome, "", "")


def pytest_exception_interact(call, report) -> None:
    lines = str(call.excinfo.value).strip().splitlines() or [""]
    _tell(report.nodeid, getattr(report, "when", "collect"), "raised", call.excinfo.typename, lines[0])


def _tell(test: str, when: str, outcome: str, exception: str, words: str) -> None:
    line = {"test": test, "when": when, "outcome": outcome, "exception": exception, "words": words}
    with Path(os.environ[REPORT]).open("a") as report:
        report.write(json.dumps(line) + "\n")
