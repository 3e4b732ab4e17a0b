"""A pytest plugin that takes a guard out of the test database, before any test has seen it."""

import os

import pytest
from django.db import connection

from tests.mutants.telling import SQL


@pytest.fixture(scope="session", autouse=True)
def _broken_database(_migrated_db, django_db_blocker) -> None:
    """Clones for tests that commit are made of this database, so they lack the guard too."""
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(os.environ[SQL])
        connection.close()
