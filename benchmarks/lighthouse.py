"""P14: Lighthouse on a simulated phone with a slow network, as anyone can run it (npm ci --ignore-scripts)."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.browsing import CHROMIUM_ARGUMENTS, chromium, published_site
from benchmarks.budgets import Bound, Budget, Line, Measured, Wish, WrongAnswerError
from benchmarks.stage import PROJECT, MissingToolError, tool

PAGES = {"home": "", "pledge": "pledge/", "donate": "donate/", "wall": "hearts/", "tracker": "tracker/"}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
RUNS = 3
TRIES = 3
NO_REPORT = "NO_REPORT"  # Chromium did not start, or its profile was swept away under it
# Lighthouse's names for a trace or a browser that failed it: "Please run Lighthouse again".
NOT_RECORDED = {NO_REPORT, "NO_NAVSTART", "NO_TRACING_STARTED", "NO_SCREENSHOTS", "PROTOCOL_TIMEOUT", "TARGET_CRASHED"}

Report = dict[str, Any]


def measure(wish: Wish) -> Measured:
    """Each page in English, once per run in turns; the median of the runs counts."""
    pages = dict(list(PAGES.items())[:1]) if wish.quick else PAGES
    reports: dict[str, list[Report]] = {name: [] for name in pages}
    with published_site() as site:
        for _ in range(min(wish.rounds, RUNS)):
            for name, path in pages.items():
                reports[name].append(audited(site.url(f"/en/{path}")))
    return Measured([line for name, of_page in reports.items() for line in _lines(name, of_page)])


def audited(url: str) -> Report:
    """Lighthouse's report on a page; raises `WrongAnswerError` when it could not load it.

    What Chromium did not record is recorded again, a few times at most: that is no score, good or bad.
    """
    for _try in range(TRIES):
        report = _report(url)
        trouble = report.get("runtimeError", {})
        if trouble.get("code") not in NOT_RECORDED:
            break
        sys.stderr.write(f"{url}: {trouble}\n")
    if trouble or report["finalDisplayedUrl"] != url:
        raise WrongAnswerError(f"{url}: {trouble or report['finalDisplayedUrl']}")
    return report


def _report(url: str) -> Report:
    """What one run wrote, or what it said on its error output where it wrote nothing."""
    program = PROJECT / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not program.exists():
        raise MissingToolError("lighthouse is missing: npm ci --ignore-scripts")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        output = Path(folder) / "report.json"
        command = [tool("node", "nodejs"), str(program), url, "--quiet", "--output=json", f"--output-path={output}"]
        command += [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={' '.join(CHROMIUM_ARGUMENTS)}"]
        where = {"CHROME_PATH": chromium(), "TMPDIR": folder}  # its profile goes with the folder
        run = subprocess.run(command, env=os.environ | where, capture_output=True, text=True, check=False)
        if not output.exists():
            said = f"ended with {run.returncode}: {run.stderr[-2000:]}"
            return {"runtimeError": {"code": NO_REPORT, "message": said}}
        report: Report = json.loads(output.read_text())
    return report


def _lines(name: str, reports: list[Report]) -> list[Line]:
    lines = []
    for category in CATEGORIES:
        scores = [round(100 * (report["categories"][category]["score"] or 0)) for report in reports]
        beside = _paint_times(reports[-1]) if category == "performance" else _found(reports[-1], category)
        lines.append(Line(f"{name}: {category}", list(map(float, scores)), Bound(least=100), beside))
    shifts = [report["audits"]["cumulative-layout-shift"]["numericValue"] for report in reports]
    blocked = [report["audits"]["total-blocking-time"]["numericValue"] for report in reports]
    lines.append(Line(f"{name}: layout shift (CLS)", shifts, Bound(most=0)))
    speeds = ", ".join(f"{report['environment']['benchmarkIndex']:.0f}" for report in reports)
    lines.append(Line(f"{name}: blocked (TBT)", blocked, Bound(most=0, unit="ms"), {"speed of this machine": speeds}))
    return lines


def _paint_times(report: Report) -> dict[str, str]:
    names = {"first paint": "first-contentful-paint", "largest": "largest-contentful-paint", "speed": "speed-index"}
    return {short: f"{report['audits'][audit]['numericValue'] / 1000:.2f} s" for short, audit in names.items()}


def _found(report: Report, category: str) -> dict[str, str]:
    """The audits of a category that did not pass, by name."""
    audits = [report["audits"][part["id"]] for part in report["categories"][category]["auditRefs"] if part["weight"]]
    return {audit["id"]: audit["title"] for audit in audits if audit["score"] is not None and audit["score"] < 1}


SCORES = Budget(14, "Lighthouse (mobile) on home, pledge, donate, wall and tracker", measure)
