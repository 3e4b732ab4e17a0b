"""The bill of materials: what a running portal is made of, as CycloneDX, with hashes; the same bytes every time."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from scripts.audit import ROOT, vendored

NAME = "blueheart"


def write(file: Path) -> str:
    """Writes the bill and says what stands in it; raises `ValueError` where it does not follow its schema."""
    bill = _of_requirements()
    parts = [_component(each) for each in vendored.components()]
    for component in bill["components"]:
        # By what it is, not by its line in the lock: two bills can then be compared.
        component["bom-ref"] = component["purl"]
        component.pop("description", None)
    bill["components"] += parts
    bill["components"].sort(key=lambda each: each["bom-ref"])
    refs = [each["bom-ref"] for each in bill["components"]]
    bill["metadata"]["component"] = {"bom-ref": NAME, "type": "application", "name": NAME}
    bill["dependencies"] = [{"ref": NAME, "dependsOn": refs}, *({"ref": ref} for ref in refs)]
    text = json.dumps(bill, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        raise ValueError(f"not a CycloneDX 1.6 bill: {problem}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return f"{file}: {len(refs) - len(parts)} packages of Python, {len(parts)} of npm; valid CycloneDX 1.6"


def _of_requirements() -> Any:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "requirements.json"
        command = [
            str(Path(sys.executable).parent / "cyclonedx-py"), "requirements", "requirements.txt",
            "--output-reproducible", "--output-format", "JSON", "--spec-version", "1.6", "--output-file", str(made),
        ]  # fmt: skip
        subprocess.run(command, cwd=ROOT, check=True)
        return json.loads(made.read_text(encoding="utf-8"))


def _component(part: vendored.Vendored) -> dict[str, Any]:
    purl = f"pkg:npm/{part.name.replace('@', '%40')}@{part.version}"
    return {
        "bom-ref": purl,
        "type": "library",
        "name": part.name,
        "version": part.version,
        "purl": purl,
        "licenses": [{"license": {"id": part.licence}}],
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://www.npmjs.com/package/{part.name}/v/{part.version}",
                "hashes": [{"alg": "SHA-512", "content": part.sha512}],
            }
        ],
        "components": [
            {
                "bom-ref": f"{purl}#{path}",
                "type": "file",
                "name": path,
                "hashes": [{"alg": "SHA-256", "content": digest}],
            }
            for path, digest in sorted(part.files.items())
        ],
    }
