"""What a new copy of the portal needs on a developer's machine; safe to call at every start."""

import hashlib
import os
import secrets
from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection

FIRST_STAFF_NAME = "ada"


class SandboxKeys(NamedTuple):
    """What the portal and the Stripe sandbox both have to know."""

    secret_key: str
    webhook_secret: str


def prepare_database() -> None:
    """Make the tables and bring the content; the worker makes the index of search, which takes longest.

    Does nothing when these very files have done it before, which the database itself remembers.
    """
    files = _state_of_our_files()
    if _prepared_by() == files:
        return
    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_content", index_later=True, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("COMMENT ON TABLE django_migrations IS %s", [files])


def _prepared_by() -> str | None:
    """The state of the files that this database was prepared by last; None for one that never was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regclass('django_migrations'), 'pg_class')")
        found: str | None = cursor.fetchone()[0]
    return found


def _state_of_our_files() -> str:
    """A digest of the names, sizes and times of all files of our applications, migrations and contents among them."""
    digest = hashlib.sha256()
    for app in sorted({Path(app.path) for app in apps.get_app_configs()}):
        if settings.BASE_DIR in app.parents and ".venv" not in app.parts:
            for path in sorted(app.rglob("*")):
                if path.suffix != ".pyc" and path.is_file():
                    state = path.stat()
                    digest.update(f"{path} {state.st_size} {state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def make_first_staff_account() -> str | None:
    """Make the first administrator, `ada`, and return her password; None when there are staff already."""
    users = get_user_model().objects
    if users.filter(is_staff=True).exists():
        return None
    password = secrets.token_urlsafe(12)
    users.create_superuser(FIRST_STAFF_NAME, "ada@localhost", password)
    return password


def sandbox_keys(folder: Path) -> SandboxKeys:
    """Return the keys kept in that folder, made at random the first time."""
    return SandboxKeys(_kept(folder / "secret_key", "sk_test_"), _kept(folder / "webhook_secret", "whsec_"))


def _kept(path: Path, prefix: str) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".tmp")
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(prefix + secrets.token_hex(24))
        unfinished.rename(path)
    return path.read_text()
