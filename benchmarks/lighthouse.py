"""P14: Lighthouse on a simulated phone with a slow network, as anyone can run it (npm ci --ignore-scripts).

Beside our pages it looks at one with a heading and nothing else: what that page loses, the machine takes.
"""

import contextlib
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.browsing import CHROMIUM_ARGUMENTS, chromium, published_site
from benchmarks.budgets import Bound, Budget, Line, Measured, Wish, WrongAnswerError
from benchmarks.stage import LOOPBACK, PROJECT, MissingToolError, tool

PAGES = {"home": "", "pledge": "pledge/", "donate": "donate/", "wall": "hearts/", "tracker": "tracker/"}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
RUNS = 3
NOTHING = b"""<!doctype html><html lang="en"><head><title>Nothing</title>
<meta name="viewport" content="width=device-width"><meta name="description" content="A heading and nothing else.">
</head><body><h1>Nothing else</h1></body></html>"""
TRIES = 3
NO_REPORT = "NO_REPORT"  # Chromium did not start, or its profile was swept away under it
# Lighthouse's names for a trace or a browser that failed it: "Please run Lighthouse again".
NOT_RECORDED = {NO_REPORT, "NO_NAVSTART", "NO_TRACING_STARTED", "NO_SCREENSHOTS", "PROTOCOL_TIMEOUT", "TARGET_CRASHED"}

Report = dict[str, Any]


def measure(wish: Wish) -> Measured:
    """Each page in English, once per run in turns; the median of the runs counts."""
    pages = dict(list(PAGES.items())[:1]) if wish.quick else PAGES
    with published_site() as site, nothing() as bare:
        urls = {name: site.url(f"/en/{path}") for name, path in pages.items()}
        reports: dict[str, list[Report]] = {name: [] for name in urls}
        empty: list[Report] = []
        for _ in range(min(wish.rounds, RUNS)):
            for name, url in urls.items():
                reports[name].append(audited(url))
            empty.append(audited(bare))
    limit = _limit(empty)
    return Measured([line for name, of_page in reports.items() for line in _lines(name, of_page, limit)])


@contextlib.contextmanager
def nothing() -> Iterator[str]:
    """The address of a page with a heading."""

    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(NOTHING)))
            self.end_headers()
            self.wfile.write(NOTHING)

        def log_message(self, format: str, *args: object) -> None: ...

    with http.server.ThreadingHTTPServer((LOOPBACK, 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://localhost:{server.server_address[1]}/"
        finally:
            server.shutdown()


def _limit(reports: list[Report]) -> str:
    scores = sorted(round(100 * (report["categories"]["performance"]["score"] or 0)) for report in reports)
    blocked = sorted(report["audits"]["total-blocking-time"]["numericValue"] for report in reports)
    has = f"has {scores[0]}–{scores[-1]} and is blocked {blocked[0]:.0f}–{blocked[-1]:.0f} ms"
    return f"here a page with a heading only {has}"


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


def _lines(name: str, reports: list[Report], limit: str) -> list[Line]:
    lines = []
    for category in CATEGORIES:
        scores = [round(100 * (report["categories"][category]["score"] or 0)) for report in reports]
        beside = _paint_times(reports[-1]) if category == "performance" else _found(reports[-1], category)
        reason = limit if category == "performance" else ""
        lines.append(Line(f"{name}: {category}", list(map(float, scores)), Bound(least=100), beside, reason=reason))
    shifts = [report["audits"]["cumulative-layout-shift"]["numericValue"] for report in reports]
    blocked = [report["audits"]["total-blocking-time"]["numericValue"] for report in reports]
    lines.append(Line(f"{name}: layout shift (CLS)", shifts, Bound(most=0)))
    speeds = ", ".join(f"{report['environment']['benchmarkIndex']:.0f}" for report in reports)
    beside = {"speed of this machine": speeds, "machine": limit}
    lines.append(Line(f"{name}: blocked (TBT)", blocked, Bound(most=0, unit="ms"), beside, reason=limit))
    return lines


def _paint_times(report: Report) -> dict[str, str]:
    names = {"first paint": "first-contentful-paint", "largest": "largest-contentful-paint", "speed": "speed-index"}
    return {short: f"{report['audits'][audit]['numericValue'] / 1000:.2f} s" for short, audit in names.items()}


def _found(report: Report, category: str) -> dict[str, str]:
    """The audits of a category that did not pass, by name."""
    audits = [report["audits"][part["id"]] for part in report["categories"][category]["auditRefs"] if part["weight"]]
    return {audit["id"]: audit["title"] for audit in audits if audit["score"] is not None and audit["score"] < 1}


SCORES = Budget(14, "Lighthouse (mobile) on home, pledge, donate, wall and tracker", measure)
