"""Signing in as the tables' owner, for the commands that change tables."""

import contextlib
from collections.abc import Iterator

from django.conf import settings
from django.core.management.base import CommandError
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DEFAULT_DB_ALIAS

from blueheart.postgresql.roles import RoleError, grant_application_role


@contextlib.contextmanager
def as_owner(alias: str = DEFAULT_DB_ALIAS) -> Iterator[BaseDatabaseWrapper]:
    """The connection, which within is DATABASE_OWNER_URL's; without that setting it stays as it is."""
    connection = connections[alias]
    if not settings.DATABASE_OWNER:
        yield connection
        return
    before = connection.settings_dict.copy()
    connection.close()
    # A test's database keeps its name.
    connection.settings_dict.update(settings.DATABASE_OWNER | {"NAME": before["NAME"], "IS_OWNER": True})
    try:
        yield connection
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)


def grant(connection: BaseDatabaseWrapper, role: str, password: str) -> str:
    """Give the application's role what it needs and say so in a line. Raises `CommandError`."""
    try:
        is_new = grant_application_role(connection, role, password=password)
    except RoleError as error:
        raise CommandError(str(error)) from error
    return f"{'Made the role' if is_new else 'The role'} {role}, which may read and write rows and no more."
