"""Nu's HTML checker over saved pages: one Java process for many."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.crawl.findings import Finding

PAGES_AT_ONCE = 300


def check(pages: Mapping[str, str], *, jar: Path, folder: Path) -> tuple[list[Finding], list[Finding]]:
    """The errors and the warnings of pages, by address and HTML."""
    findings: tuple[list[Finding], list[Finding]] = ([], [])
    addresses = list(pages)
    for start in range(0, len(addresses), PAGES_AT_ONCE):
        files = {}
        for number, address in enumerate(addresses[start : start + PAGES_AT_ONCE], start):
            file = folder / f"{number:05}.html"
            file.write_text(pages[address], encoding="utf-8")
            files[file.name] = address
        for message in _messages(jar, [folder / name for name in files]):
            address = files.get(Path(unquote(urlsplit(message.get("url", "")).path)).name, "(the checker itself)")
            findings[message["type"] == "info"].append(_finding(address, message))
    return findings


def _messages(jar: Path, files: list[Path]) -> list[dict[str, Any]]:
    """What the checker says: `info` are its warnings, `error` and `non-document-error` its errors."""
    command = ["java", "-Xmx512m", "-jar", str(jar), "--format", "json", "--exit-zero-always", *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1200)
    try:
        return list(json.loads(done.stderr)["messages"])
    except (ValueError, KeyError):
        return [{"type": "non-document-error", "message": f"no answer: {done.stdout[:200]} {done.stderr[:300]}"}]


def _finding(address: str, message: dict[str, Any]) -> Finding:
    extract = " ".join(message.get("extract", "").split())
    return Finding(f"vnu: {message['message'][:140]}", address, f"line {message.get('lastLine', '?')}: {extract[:140]}")
