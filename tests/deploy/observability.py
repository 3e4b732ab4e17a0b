"""What deploy/observability is checked with: Prometheus' own tool, and the metrics that our code declares."""

import re
import shutil
import subprocess

from scripts.docs.reference.metrics import metrics
from tests.portal import ROOT

FOLDER = ROOT / "deploy" / "observability"
NAME = re.compile(r"\b(?:blueheart_\w+|up)\b(?=[\[{\s)]|$)")
# By, without, on: what stands in their brackets are labels.
WORDS = re.compile(r'"[^"]*"|\{[^}]*\}')
KNOWN = {series for metric in metrics() for series in metric.series} | {"up"}
OF_THE_PORTAL = {series for metric in metrics() if metric.is_of_the_portal for series in metric.series}
TAKEN_ONCE = re.compile(r"\bmax(?: by \([\w, ]+\))? \($|\bmax\($", re.MULTILINE)
OVER_TIME = re.compile(r"\b(?:rate|delta|deriv|increase)\($")


def promtool(*arguments, folder=FOLDER):
    """What promtool says; fails where it is not there (Debian: apt install prometheus)."""
    tool = shutil.which("promtool")
    assert tool, "promtool is missing (Debian: apt install prometheus)"
    said = subprocess.run([tool, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return said.returncode, said.stdout + said.stderr


def unknown(expression):
    """Names of metrics in an expression that our code does not have."""
    return sorted(set(NAME.findall(WORDS.sub("", expression))) - KNOWN)


def taken_wrongly(expression):
    """Figures of the portal that are not taken once by `max`, and those of one web server that are."""
    return [
        found[0] for found in NAME.finditer(expression) if found[0] != "up" and not _is_taken_well(expression, found)
    ]


def _is_taken_well(expression, found):
    before = OVER_TIME.sub("", expression[: found.start()])
    return bool(TAKEN_ONCE.search(before)) == (found[0] in OF_THE_PORTAL)
