"""What the scanners found, beside what we have looked at and live with: the counts must be equal, both ways."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from scripts.audit import ROOT

ACCEPTED = ROOT / "security" / "accepted.toml"


class GateError(Exception):
    """The gate could not look: never the same as having found nothing."""


class Finding(NamedTuple):
    gate: str
    rule: str
    path: str
    line: int
    text: str


Place = tuple[str, str, str]  # gate, rule, path


def accepted(file: Path = ACCEPTED) -> Counter[Place]:
    """How many findings of each rule in each file we live with; an entry without a reason is refused."""
    found: Counter[Place] = Counter()
    for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("accepted", []):
        if len(entry.get("reason", "").split()) < 3:
            raise GateError(f"{file.name}: {entry['gate']} {entry['rule']} needs a reason")
        for path, count in entry["places"].items():
            place = (entry["gate"], entry["rule"], path)
            if place in found or count < 1:
                raise GateError(f"{file.name}: {' '.join(place)} stands there twice, or with no count")
            found[place] = count
    return found


def drift(findings: Iterable[Finding], known: Counter[Place], gates: Iterable[str]) -> Iterator[str]:
    """One line for each place with more or fewer findings than accepted, among the gates that were asked."""
    by_place: dict[Place, list[Finding]] = {}
    for finding in findings:
        by_place.setdefault((finding.gate, finding.rule, finding.path), []).append(finding)
    asked = set(gates)
    for place in sorted({*by_place, *(each for each in known if each[0] in asked)}):
        found, wanted = by_place.get(place, []), known[place]
        gate, rule, path = place
        if len(found) > wanted:
            lines = ", ".join(str(each.line) for each in found)
            yield f"NEW  {gate} {rule} {path}:{lines} ({len(found)}, accepted {wanted}): {found[-1].text}"
        elif len(found) < wanted:
            yield f"GONE {gate} {rule} {path}: accepted {wanted}, found {len(found)}; take it out of {ACCEPTED.name}"
