"""The scanners, each as a function from a folder to what it found there. None of them can end well without looking."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from scripts.audit import LOCKS, ROOT, SOURCES, TEMPLATES
from scripts.audit.findings import Finding, GateError

TOOLS = Path(sys.executable).parent
RULES = ROOT / "security" / "semgrep"
# Seconds; the slowest takes about 60 on two cores.
PATIENCE = 600


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> tuple[str, str]:
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, **(environment or {})}, capture_output=True, text=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GateError(f"{name} did not run: {error}") from error
    return done.stdout, done.stderr


def _answer(output: tuple[str, str], name: str) -> Any:
    """The JSON that a scanner printed; no JSON is no answer."""
    printed, errors = output
    try:
        return json.loads(printed)
    except ValueError as error:
        told = [line for line in errors.splitlines() if line.strip() and "WARNING" not in line]
        raise GateError(f"{name} gave no answer: {told[-1].strip() if told else 'it said nothing'}") from error


def bandit(folder: Path = ROOT, paths: Sequence[str] = SOURCES) -> list[Finding]:
    """Bandit, every test of it; comments that would silence it are not heard."""
    command = [str(TOOLS / "bandit"), "--recursive", *paths, "--format", "json", "--quiet", "--ignore-nosec"]
    answer = _answer(_run(command, folder), "bandit")
    if answer["errors"]:
        raise GateError(f"bandit could not read {answer['errors']}")
    if not answer["metrics"]["_totals"]["loc"]:
        raise GateError("bandit read nothing")
    return [
        Finding("bandit", each["test_id"], os.path.normpath(each["filename"]), each["line_number"], each["issue_text"])
        for each in answer["results"]
    ]


def semgrep(folder: Path = ROOT, paths: Sequence[str] = (*SOURCES, *TEMPLATES)) -> list[Finding]:
    """Semgrep with the rules of security/semgrep, offline; comments that would silence it are not heard."""
    command = [
        str(TOOLS / "semgrep"), "scan", "--config", str(RULES), "--json", "--quiet", "--metrics=off",
        "--disable-version-check", "--disable-nosem", "--no-git-ignore", "--timeout=120", *paths,
    ]  # fmt: skip
    # Semgrep starts its own engine by PATH.
    environment = {"PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}", "SEMGREP_SEND_METRICS": "off"}
    answer = _answer(_run(command, folder, environment), "semgrep")
    if answer["errors"]:
        raise GateError(f"semgrep: {answer['errors'][0].get('message', answer['errors'][0])}")
    if not answer["paths"]["scanned"]:
        raise GateError("semgrep read nothing")
    found = {
        (each["check_id"].rpartition(".")[2], each["path"], each["start"]["line"], each["extra"]["message"])
        for each in answer["results"]
    }
    return [Finding("semgrep", *each) for each in sorted(found)]


def pip_audit(
    folder: Path = ROOT, locks: Sequence[Path] = LOCKS, service: Sequence[str] = ("--vulnerability-service", "pypi")
) -> list[Finding]:
    """pip-audit over hash-locked requirements; a package that it could not ask about stops it."""
    found = []
    for lock in locks:
        command = [
            str(TOOLS / "pip-audit"), "--strict", "--disable-pip", "--require-hashes", "--requirement", str(lock),
            "--format", "json", "--progress-spinner", "off", "--desc", "off", *service,
        ]  # fmt: skip
        packages = _answer(_run(command, folder), f"pip-audit of {lock.name}")["dependencies"]
        skipped = [each["name"] for each in packages if "vulns" not in each]
        if skipped or not packages:
            raise GateError(f"pip-audit of {lock.name} skipped {', '.join(skipped) or 'everything'}")
        found += [
            Finding("pip-audit", vulnerability["id"], lock.name, 1, f"{each['name']} {each['version']}")
            for each in packages
            for vulnerability in each["vulns"]
        ]
    return found


def npm_audit(folder: Path = ROOT, registry: str = "") -> list[Finding]:
    """npm audit over package-lock.json; the site needs no npm, our tools do."""
    npm = shutil.which("npm")
    if npm is None:
        raise GateError("npm audit did not run: there is no npm")
    command = [npm, "audit", "--json", "--package-lock-only"] + ([f"--registry={registry}"] if registry else [])
    answer = _answer(_run(command, folder, {"npm_config_fetch_retries": "0"}), "npm audit")
    if "vulnerabilities" not in answer:
        raise GateError(f"npm audit could not ask: {answer.get('message') or answer.get('error')}")
    return [
        Finding("npm-audit", str(advisory["url"]).rpartition("/")[2], "package-lock.json", 1, advisory["title"])
        for each in answer["vulnerabilities"].values()
        for advisory in each["via"]
        if isinstance(advisory, dict)
    ]


GATES: dict[str, Callable[[], list[Finding]]] = {
    "bandit": bandit,
    "semgrep": semgrep,
    "pip-audit": pip_audit,
    "npm-audit": npm_audit,
}
