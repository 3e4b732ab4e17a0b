"""What all tests stand on."""

import contextlib
import secrets
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection, connections
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.utils import translation


@pytest.fixture(autouse=True)
def _var_dir_of_its_own(settings, tmp_path):
    settings.MAIL_COPIES_DIR = tmp_path / "mail"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def _english_first():
    """A request leaves its language to its thread; the next test must not create its rows in it."""
    with translation.override("en"):
        yield


@contextlib.contextmanager
def _maintenance_cursor() -> Iterator:
    """A cursor in another database, for CREATE DATABASE … TEMPLATE wants nobody in the one it copies."""
    with connection._nodb_cursor() as cursor:
        yield cursor


@pytest.fixture(scope="session")
def _migrated_db(django_db_setup, django_db_blocker, django_db_keepdb) -> Iterator[str]:
    """The name of the migrated test database, made here where only tests that commit were chosen.

    pytest-django makes none for those alone: the clone would be one of the developer's own database.
    """
    own = connection.settings_dict["NAME"]
    if own.startswith(TEST_DATABASE_PREFIX):
        yield own
        return
    with django_db_blocker.unblock():
        name = connection.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=django_db_keepdb)
    yield name
    with django_db_blocker.unblock():
        connection.creation.destroy_test_db(own, verbosity=0, keepdb=django_db_keepdb)


@pytest.fixture
def committed_db(_migrated_db, django_db_blocker) -> Iterator[str]:
    """A database of its own for a test that commits: cloned from the migrated one, dropped at the end.

    Booked rows cannot be removed by Django's flush, by design. Threads and live servers use it too.
    """
    template = _migrated_db
    clone = f"{template}_{secrets.token_hex(4)}"
    with django_db_blocker.unblock():
        connections.close_all()
        with _maintenance_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{clone}" TEMPLATE "{template}"')
        _use(clone)
        try:
            yield clone
        finally:
            connections.close_all()
            _use(template)
            with _maintenance_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{clone}" WITH (FORCE)')


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    settings.DATABASES["default"]["NAME"] = name


def pytest_terminal_summary(terminalreporter) -> None:
    """Say loudly what was not walked: a green run without a browser is half a run."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "Chromium" in str(report.longrepr)]
    if skipped:
        terminalreporter.section("BROWSER JOURNEYS SKIPPED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} journeys need a Chromium (Debian: apt install chromium).")
