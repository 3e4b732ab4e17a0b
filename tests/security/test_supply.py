"""What we did not write ourselves: each part is named by its checksum, and what looks after them sees all of them."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from scripts.audit import LOCKS, findings, vendored
from tests.portal import ROOT

RULES = [rule for file in sorted((ROOT / "security" / "semgrep").glob("*.yml"))
         for rule in yaml.safe_load(file.read_text())["rules"]]  # fmt: skip
# Stripe's CLI for machines on which the lock was not made: npm notes the integrity of none of them.
OF_OTHER_MACHINES = {
    f"node_modules/@stripe/cli-{machine}" for machine in ("darwin-arm64", "darwin-x64", "linux-arm64", "win32-x64")
}


def kept_in_git():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def requirements(lock):
    """Each requirement of a lock with what follows it, one text each."""
    joined = re.sub(r"\\\n\s*", "", lock.read_text())
    return [line for line in joined.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_each_requirement_is_one_version_with_its_hashes(lock):
    lines = requirements(lock)

    assert lines
    odd = [
        line
        for line in lines
        if not re.fullmatch(r"[\w.\[\], -]+==\S+( ; [^#]*?)?( ?--hash=sha256:[0-9a-f]{64})+", line)
    ]
    assert odd == []


@pytest.mark.parametrize(
    "line",
    ["django==5.2.8", "django>=5 --hash=sha256:" + "0" * 64, "git+https://example.org/x --hash=sha256:" + "0" * 64],
)
def test_a_requirement_without_version_or_hash_is_seen(tmp_path, line):
    lock = tmp_path / "requirements.txt"
    lock.write_text(f"{line}\n")

    with pytest.raises(AssertionError):
        test_each_requirement_is_one_version_with_its_hashes(lock)


def test_each_lock_has_its_wishes_and_is_remade_by_one_command():
    makefile = (ROOT / "Makefile").read_text()
    names = [lock.stem for lock in LOCKS]

    assert {path.stem for path in ROOT.glob("requirements*.in")} == set(names)
    [locked] = re.findall(r"for name in (.*); do", makefile)
    assert sorted(locked.split()) == sorted(names)
    for lock in LOCKS:
        command = lock.read_text().splitlines()[1]
        assert command == (
            "#    uv pip compile --universal --no-strip-extras --generate-hashes --python-version=3.11"
            f" --output-file={lock.name} {lock.stem}.in"
        )


def test_each_package_of_npm_has_its_integrity_and_no_address_of_its_own():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    packages.pop("")

    assert packages
    without = {name for name, each in packages.items() if not each.get("integrity", "").startswith("sha512-")}
    assert without == OF_OTHER_MACHINES
    assert all(packages[name]["optional"] for name in without)
    elsewhere = {name for name, each in packages.items() if "resolved" in each or each.get("link")}
    assert elsewhere == set()  # npm asks the registry it is set to, and compares what it gets
    wishes = json.loads((ROOT / "package.json").read_text())
    exact = re.compile(r"\d+\.\d+\.\d+")
    asked = {**wishes["devDependencies"], **wishes["overrides"]}
    assert [name for name, version in asked.items() if not exact.fullmatch(version)] == []


def test_files_made_from_packages_are_those_that_were_made():
    parts = list(vendored.components())

    for part in parts:
        assert part.files, part.name
        assert {path: vendored.sha256(path) for path in part.files} == part.files
    listed = {path for part in parts for path in part.files}
    fonts = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("campaigns/share/fonts/*.ttf")}
    assert fonts < listed
    assert {"styles/bootstrap/bootstrap.min.css", "campaigns/map/world.json", "static/img/world-land.svg"} < listed


def test_each_package_that_files_were_made_from_is_noted_beside_them():
    for part in vendored.components():
        notes = (part.folder / "README.md").read_text()
        assert re.search(
            rf"{re.escape(part.name)}[^\n]*\b{re.escape(part.version)} .*{re.escape(part.integrity)}", notes
        )


def test_a_changed_file_is_seen(monkeypatch):
    part = next(vendored.components())
    path, _digest = next(iter(part.files.items()))
    monkeypatch.setattr(vendored, "sha256", lambda asked: "0" * 64 if asked == path else part.files.get(asked))

    with pytest.raises(AssertionError):
        test_files_made_from_packages_are_those_that_were_made()


def test_nothing_in_the_repository_names_another_registry_or_asks_without_hashes():
    named = re.compile(
        r"(?:--(?:extra-)?index-url|--registry|--find-links|index-url|registry|resolved)['\"]?\s*[=:]\s*['\"]?"
        r"(?:https?|file)://([\w.-]+)"
    )
    elsewhere, without_hashes = [], []
    for path in kept_in_git():
        if path.suffix in {".png", ".ttf", ".mo", ".pdf", ".jpg", ".gz", ".webp"} or path == Path(__file__):
            continue
        text = path.read_text(errors="replace")
        hosts = {host for host in named.findall(text) if not host.startswith("127.")}
        elsewhere += [f"{path.relative_to(ROOT)}: {host}" for host in hosts if host != "registry.npmjs.org"]
        if path.name in {"Dockerfile", "bootstrap", "run"}:
            without_hashes += [
                line for line in text.splitlines()
                if re.search(r"pip (install|wheel)", line) and not re.search(r"--require-hashes|--no-index", line)
            ]  # fmt: skip
    assert elsewhere == []
    assert without_hashes == []


def test_images_name_their_release_and_renovate_keeps_their_digests():
    stages = re.findall(r"^FROM (\S+)(?: AS (\S+))?$", (ROOT / "Dockerfile").read_text(), re.M)
    bases = [base for base, _name in stages if base not in {name for _base, name in stages}]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    images = [each["image"] for each in compose["services"].values() if "build" not in each]

    version = r"\d+\.\d+\.\d+"
    named = rf"python:{version}-slim-\w+|postgres:\d+\.\d+-\w+|[a-z]+/[a-z-]+:v?{version}(-\w+)?"
    release = re.compile(rf"({named})(@sha256:[0-9a-f]{{64}})?")
    assert bases
    assert images
    assert [image for image in bases + images if not release.fullmatch(image)] == []
    assert "docker:pinDigests" in renovate()["extends"]


def renovate():
    return json.loads((ROOT / "renovate.json").read_text())


def test_renovate_sees_every_lock_waits_for_new_releases_and_hurries_for_weaknesses():
    settings = renovate()

    patterns = [re.compile(each.strip("/")) for each in settings["pip-compile"]["managerFilePatterns"]]
    assert [lock.name for lock in LOCKS if not any(each.search(lock.name) for each in patterns)] == []
    named = {name for rule in settings["packageRules"] for name in rule.get("matchFileNames", [])}
    assert named == {name for lock in LOCKS for name in (lock.name, f"{lock.stem}.in")}
    assert set(settings["enabledManagers"]) == {
        *("npm", "dockerfile", "docker-compose", "pip-compile", "kubernetes", "custom.regex")
    }
    assert settings["minimumReleaseAge"] == "7 days"
    assert settings["vulnerabilityAlerts"]["minimumReleaseAge"] is None
    assert settings["vulnerabilityAlerts"]["schedule"] == ["at any time"]
    assert settings["lockFileMaintenance"]["enabled"]


def test_renovate_sees_every_image_of_kubernetes():
    """Its own manager has no files unless they are named, and reads `image`; CloudNativePG's is `imageName`."""
    settings = renovate()
    (custom,) = settings["customManagers"]
    ours = re.compile(custom["matchStrings"][0].replace("(?<", "(?P<"))
    manifests = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))

    for about in (settings["kubernetes"], custom):
        (pattern,) = about["managerFilePatterns"]
        matched = [path for path in manifests if re.search(pattern.strip("/"), str(path.relative_to(ROOT)))]
        assert matched == manifests
    named = [line for path in manifests for line in path.read_text().splitlines() if "imageName:" in line]
    found = [ours.search(line).groupdict() for line in named]
    assert [(each["depName"], each["currentValue"]) for each in found] == [
        ("ghcr.io/cloudnative-pg/postgresql", "16.14-standard-bookworm")
    ]
    images = re.findall(r"^\s+image: (\S+)$", "\n".join(path.read_text() for path in manifests), re.M)
    release = re.compile(r"[a-z]+/[a-z-]+:\d+\.\d+\.\d+-\w+(@sha256:[0-9a-f]{64})?")
    assert [image for image in images if image != "blueheart" and not release.fullmatch(image)] == []
    for rule in settings["packageRules"]:
        if "docker-compose" in rule.get("matchManagers", []):
            assert {"kubernetes", "custom.regex"} <= set(rule["matchManagers"])


def test_each_rule_of_semgrep_has_a_canary_and_a_name_of_its_own():
    names = [rule["id"] for rule in RULES]

    assert len(names) == len(set(names)) >= 20
    for rule in RULES:
        about = rule["metadata"]
        assert set(about) <= {"canary", "fine", "canary_at"}, rule["id"]
        assert about["canary"].strip() != about["fine"].strip(), rule["id"]
        if rule["languages"] == ["python"]:
            compile(about["canary"], "canary", "exec")
            compile(about["fine"], "fine", "exec")


def test_accepted_findings_have_reasons_and_are_in_files_that_exist():
    known = findings.accepted()

    assert known
    assert {gate for gate, _rule, _path in known} <= {"bandit", "semgrep", "pip-audit", "npm-audit"}
    assert [path for _gate, _rule, path in known if not (ROOT / path).is_file()] == []
    rules = {rule["id"] for rule in RULES}
    assert {rule for gate, rule, _path in known if gate == "semgrep"} <= rules


def test_a_finding_more_is_red_and_one_less_too():
    def found(count):
        return [findings.Finding("bandit", "B602", "pledges/views.py", line, "a shell") for line in range(count)]

    known = {("bandit", "B602", "pledges/views.py"): 2, ("semgrep", "shell", "pledges/views.py"): 1}

    def drift(count):
        return list(findings.drift(found(count), findings.Counter(known), ["bandit"]))

    assert drift(2) == []
    [more], [less] = drift(3), drift(1)
    assert more.startswith("NEW  bandit B602 pledges/views.py")
    assert less.startswith("GONE bandit B602 pledges/views.py")


def test_accepting_without_a_reason_is_refused(tmp_path):
    file = tmp_path / "accepted.toml"
    file.write_text('[[accepted]]\ngate = "bandit"\nrule = "B602"\nreason = "fine"\nplaces = { "a.py" = 1 }\n')

    with pytest.raises(findings.GateError, match="needs a reason"):
        findings.accepted(file)
