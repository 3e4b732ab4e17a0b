"""Each gate before a planted weakness: it must turn red, for that weakness, and stay green without it."""

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from scripts.audit import findings, gates, stand_ins

Say = Callable[[str], None]
NOWHERE = "http://127.0.0.1:9"
SHELL = 'import subprocess\n\n\ndef backup(name):\n    subprocess.run(f"pg_dump {name}", shell=True)\n'
FINE = 'def greeting(name):\n    return f"Hello {name}"\n'


class Canary(NamedTuple):
    name: str
    is_right: bool


def semgrep_rules() -> list[dict[str, Any]]:
    """Every rule of security/semgrep, in the order of its files."""
    reader = YAML(typ="safe")
    return [rule for file in sorted(gates.RULES.glob("*.yml")) for rule in reader.load(file)["rules"]]


def run(say: Say) -> bool:
    """Whether every canary turned its gate red."""
    all_right = True
    with tempfile.TemporaryDirectory() as folder:
        for number, check in enumerate((_bandit, _semgrep, _pip_audit, _npm_audit, _accepted)):
            place = Path(folder) / str(number)
            place.mkdir()
            for canary in check(place):
                say(f"{'red as it must be' if canary.is_right else 'NOT SEEN'}: {canary.name}")
                all_right = all_right and canary.is_right
    return all_right


def _could_not_look(look: Callable[[], object]) -> bool:
    try:
        look()
    except findings.GateError:
        return True
    return False


def _bandit(folder: Path) -> Iterator[Canary]:
    (folder / "canary.py").write_text(SHELL, encoding="utf-8")
    (folder / "fine.py").write_text(FINE, encoding="utf-8")
    found = {finding.rule for finding in gates.bandit(folder, ["canary.py"])}
    yield Canary("bandit, a shell", "B602" in found and not gates.bandit(folder, ["fine.py"]))
    (folder / "broken.py").write_text("def (", encoding="utf-8")
    yield Canary("bandit, a file it cannot read", _could_not_look(lambda: gates.bandit(folder, ["broken.py"])))


def _semgrep(folder: Path) -> Iterator[Canary]:
    rules = semgrep_rules()
    for rule in rules:
        for kind in ("canary", "fine"):
            file = folder / rule["id"] / kind / rule["metadata"].get("canary_at", "pledges/canary.py")
            file.parent.mkdir(parents=True)
            file.write_text(rule["metadata"][kind], encoding="utf-8")
    seen = Counter((finding.rule, *Path(finding.path).parts[:2]) for finding in gates.semgrep(folder, ["."]))
    for rule in rules:
        name = rule["id"]
        yield Canary(f"semgrep, {name}", bool(seen[name, name, "canary"]) and not seen[name, name, "fine"])


def _pip_audit(folder: Path) -> Iterator[Canary]:
    def lock(name: str, package: str, *, hashed: bool = True) -> Path:
        file = folder / name
        file.write_text(f"{package}{' --hash=sha256:' + '0' * 64 if hashed else ''}\n", encoding="utf-8")
        return file

    weak, sound = lock("weak.txt", f"{stand_ins.WEAK}==1.0"), lock("sound.txt", "blueheart-sound==1.0")
    without_hash = lock("without.txt", "blueheart-sound==1.0", hashed=False)
    with stand_ins.service() as address:

        def ask(*locks: Path) -> list[findings.Finding]:
            return gates.pip_audit(folder, locks, ("-s", "osv", "--osv-url", f"{address}/v1/query"))

        found = [finding.rule for finding in ask(weak, sound)]
        yield Canary("pip-audit, a known weakness", found == [stand_ins.OSV["id"]] and not ask(sound))
        yield Canary("pip-audit, a requirement without a hash", _could_not_look(lambda: ask(without_hash)))
    gone = ("-s", "osv", "--osv-url", f"{NOWHERE}/v1/query")
    yield Canary("pip-audit, nobody to ask", _could_not_look(lambda: gates.pip_audit(folder, [sound], gone)))


def _npm_audit(folder: Path) -> Iterator[Canary]:
    def project(name: str) -> Path:
        (folder / name).mkdir()
        package = {"name": "canary", "version": "1.0.0", "dependencies": {name: "1.0.0"}}
        lock = {"": package, f"node_modules/{name}": {"version": "1.0.0", "integrity": "sha512-AA=="}}
        whole = {"name": "canary", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": lock}
        (folder / name / "package.json").write_text(json.dumps(package), encoding="utf-8")
        (folder / name / "package-lock.json").write_text(json.dumps(whole), encoding="utf-8")
        return folder / name

    weak, sound = project(stand_ins.WEAK), project("blueheart-sound")
    with stand_ins.service() as address:
        found = [finding.rule for finding in gates.npm_audit(weak, address)]
        yield Canary(
            "npm audit, a known weakness", found == [stand_ins.OSV["id"]] and not gates.npm_audit(sound, address)
        )
    yield Canary("npm audit, nobody to ask", _could_not_look(lambda: gates.npm_audit(sound, NOWHERE)))


def _accepted(folder: Path) -> Iterator[Canary]:
    found = [findings.Finding("bandit", "B602", "canary.py", 5, "a shell")]
    place = ("bandit", "B602", "canary.py")
    for name, known in (("a new finding", Counter()), ("an accepted one that is gone", Counter({place: 2}))):
        yield Canary(f"accepted findings, {name}", len(list(findings.drift(found, known, ["bandit"]))) == 1)
    file = folder / "accepted.toml"
    file.write_text('[[accepted]]\ngate = "bandit"\nrule = "B602"\nplaces = { "canary.py" = 1 }\n', encoding="utf-8")
    yield Canary("accepted findings, one without a reason", _could_not_look(lambda: findings.accepted(file)))
