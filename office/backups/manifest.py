"""What a backup says of itself: when and of what it was made, and what has to be in it."""

import dataclasses
import json
import subprocess
import tomllib
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from blueheart.trail.models import Seal

FORMAT = 1
NO_SEAL = "none"


class Part(NamedTuple):
    """One part's SHA-256 and its length in bytes."""

    sha256: str
    length: int


class Facts(TypedDict):
    """What a manifest says of the database."""

    made_at: str
    migrations: list[str]
    rows: dict[str, int]
    seal: str


class Software(NamedTuple):
    """A release and its commit, which is empty where the tree has none."""

    version: str
    commit: str


@dataclass(frozen=True)
class Manifest:
    """`made_at` is the moment of the snapshot, ISO 8601 in UTC; `rows` counts tables; `seal` is the trail's last."""

    made_at: str
    version: str
    commit: str
    postgresql: int
    migrations: list[str]
    rows: dict[str, int]
    seal: str
    media: str
    parts: dict[str, Part]
    format: int = FORMAT

    def as_json(self) -> bytes:
        return json.dumps(dataclasses.asdict(self), indent=1, sort_keys=True).encode()

    @classmethod
    def of_json(cls, written: bytes) -> "Manifest":
        """Read it. Raises `ValueError`, `KeyError` or `TypeError` where it is none of ours."""
        said: dict[str, Any] = json.loads(written)
        if said["format"] != FORMAT:
            raise ValueError("a newer release made it")
        return cls(**said | {"parts": {name: Part(*part) for name, part in said["parts"].items()}})


def facts(connection: BaseDatabaseWrapper) -> Facts:
    """What a database holds at this moment: its migrations, the rows of each table, the trail's last seal."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        made_at = cursor.fetchone()[0]
    return {
        "made_at": made_at.isoformat(timespec="seconds"),
        "migrations": sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations()),
        "rows": count_rows(connection),
        "seal": last_seal(connection),
    }


def count_rows(connection: BaseDatabaseWrapper) -> dict[str, int]:
    """How many rows each table has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " ORDER BY 1"
        )
        counted = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608  named by the database
            counted[table] = cursor.fetchone()[0]
    return counted


def last_seal(connection: BaseDatabaseWrapper) -> str:
    """The line of the trail's newest seal, as `check_audit --last-seal` prints it."""
    table = connection.ops.quote_name(Seal._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT minute, entries, digest FROM {table} ORDER BY minute DESC LIMIT 1")  # noqa: S608
        found = cursor.fetchone()
    return Seal(minute=found[0], entries=found[1], digest=found[2]).line if found else NO_SEAL


def software() -> Software:
    """The release that runs here, and its commit where the tree knows it."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    try:
        asked = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607
            cwd=settings.BASE_DIR, capture_output=True, text=True, check=False,
        )  # fmt: skip
    except OSError:  # an image has no git
        return Software(project["project"]["version"], "")
    return Software(project["project"]["version"], asked.stdout.strip())
