"""One migrated database for all workers and for the runs that follow: it is copied until a migration changes.

Migrating costs more than ten seconds of CPU, a copy a fraction of one. Databases that a user names by DATABASE_URL are
migrated as Django does it: nothing of ours stays behind there.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import django
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.backends.base.creation import TEST_DATABASE_PREFIX

from blueheart.postgresql import embedded
from tests.portal import ROOT

NAME = f"{TEST_DATABASE_PREFIX}blueheart_migrated"
OWN_MODULE = re.compile(r"^(?:from|import) ((?:blueheart|campaigns|pledges|donations|office)(?:\.\w+)+)", re.MULTILINE)


def migrated_template() -> str:
    """The name of the migrated database, made by whoever asks first; the others wait for it."""
    name = f"{NAME}_{fingerprint()}"
    with _one_at_a_time(), connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{NAME}%"])
        found = {row[0] for row in cursor.fetchall()}
        if name not in found:
            for old in found:
                cursor.execute(f'DROP DATABASE "{old}" WITH (FORCE)')
            _migrate(NAME)
            cursor.execute(f'ALTER DATABASE "{NAME}" RENAME TO "{name}"')
    return name


@contextlib.contextmanager
def copied_for_a_portal() -> Iterator[str]:
    """The DATABASE_URL of a copy for processes of their own, on the server that this process keeps alive."""
    name = f"{TEST_DATABASE_PREFIX}portal_{secrets.token_hex(4)}"
    template = migrated_template()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    server = embedded.ensure()
    try:
        yield f"postgres://{server['USER']}@/{name}?host={quote(server['HOST'])}"
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _migrate(name: str) -> None:
    chosen = connection.settings_dict
    before, of_tests = chosen["NAME"], chosen["TEST"]
    chosen["TEST"] = of_tests | {"NAME": name, "TEMPLATE": None, "MIGRATE": True}
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        connection.close()
        chosen["NAME"], chosen["TEST"] = before, of_tests
        settings.DATABASES["default"]["NAME"] = before


def fingerprint() -> str:
    """Of all migrations, and of what those of the project import."""
    files = [file for app in apps.get_app_configs() for file in Path(app.path).glob("migrations/*.py")]
    own = {name for file in files if file.is_relative_to(ROOT) for name in OWN_MODULE.findall(file.read_text())}
    files += [Path(spec.origin) for name in own if (spec := find_spec(name)) and spec.origin]
    summed = hashlib.sha256(repr((sys.version_info, django.VERSION)).encode())
    for file in sorted(files):
        summed.update(file.read_bytes())
    return summed.hexdigest()[:16]


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    folder = Path(os.environ["EMBEDDED_PG_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
