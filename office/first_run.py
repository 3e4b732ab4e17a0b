"""What a new copy of the portal needs on a developer's machine; safe to call at every start."""

import os
import secrets
from pathlib import Path
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.core.management import call_command

FIRST_STAFF_NAME = "ada"


class SandboxKeys(NamedTuple):
    """What the portal and the Stripe sandbox both have to know."""

    secret_key: str
    webhook_secret: str


def prepare_database() -> None:
    """Make the tables and bring the content; the worker makes the index of search, which takes longest."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("load_content", index_later=True, verbosity=0)


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
