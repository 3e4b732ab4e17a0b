"""python -m scripts.audit [--only bandit,semgrep] | --self-check | --sbom FILE"""

import argparse
import sys
from pathlib import Path

from scripts.audit import findings, gates, sbom, self_check


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def audit(names: list[str]) -> bool:
    """Whether every gate could look, and found exactly what security/accepted.toml lists."""
    known, is_clean = findings.accepted(), True
    for name in names:
        try:
            found = gates.GATES[name]()
        except findings.GateError as error:
            say(f"{name}: RED, it could not look: {error}")
            is_clean = False
            continue
        problems = list(findings.drift(found, known, [name]))
        for problem in problems:
            say(f"  {problem}")
        say(f"{name}: {'RED' if problems else 'green'}, {len(found)} found, {len(problems)} places not as accepted")
        is_clean = is_clean and not problems
    return is_clean


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts.audit")
    parser.add_argument("--only", default=",".join(gates.GATES), help="gates, with commas between them")
    parser.add_argument("--self-check", action="store_true", help="plant a canary for every gate and rule")
    parser.add_argument("--sbom", type=Path, help="write the bill of materials there instead")
    given = parser.parse_args()
    if given.sbom:
        say(sbom.write(given.sbom))
        return 0
    if given.self_check:
        return 0 if self_check.run(say) else 1
    unknown = set(given.only.split(",")) - set(gates.GATES)
    if unknown:
        parser.error(f"no such gate: {', '.join(sorted(unknown))}")
    return 0 if audit(given.only.split(",")) else 1


if __name__ == "__main__":
    sys.exit(main())
