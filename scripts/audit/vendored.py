"""What was made from packages of npm and is kept in the repository, with the checksums of its files."""

import base64
import fnmatch
import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from scripts.audit import ROOT

LIST = ROOT / "security" / "vendored.toml"


class Vendored(NamedTuple):
    """A package of npm and the files made from it: their path in the repository and the SHA-256 noted for each."""

    name: str
    version: str
    integrity: str
    licence: str
    folder: Path
    files: dict[str, str]

    @property
    def sha512(self) -> str:
        """The checksum of the package that npm packed, in hexadecimal digits."""
        return base64.b64decode(self.integrity.removeprefix("sha512-")).hex()


def noted(folder: Path) -> dict[str, str]:
    """The sums that the script which made the files has written beside them."""
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, _blank, name in (line.partition("  ") for line in lines)}


def components() -> Iterator[Vendored]:
    """What security/vendored.toml lists."""
    for entry in tomllib.loads(LIST.read_text(encoding="utf-8"))["component"]:
        folder = ROOT / entry["folder"]
        files = {
            (folder / name).resolve().relative_to(ROOT).as_posix(): digest
            for name, digest in noted(folder).items()
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in entry["files"])
        }
        yield Vendored(entry["name"], entry["version"], entry["integrity"], entry["licence"], folder, files)


def sha256(path: str) -> str:
    """The checksum of a file of the repository as it is now."""
    return hashlib.sha256((ROOT / path).read_bytes()).hexdigest()
