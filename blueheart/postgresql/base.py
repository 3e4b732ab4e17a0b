"""The database engine `blueheart.postgresql`: Django's own, with an embedded server and a deadline for answers.

`DATABASES[…]["EMBEDDED"] = True` makes the first connection start the embedded server; without it HOST and the rest
count as usual. The setting DATABASE_DEADLINE_SECONDS bounds the wait for every answer (see deadline.py). In production
a role that may do too much is refused (see roles.py). Nothing of a connection outlives a transaction, so that a pooler
may hand it to somebody else after each.
"""

import os
import select
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base, client
from django.db.backends.utils import CursorWrapper
from psycopg2 import InterfaceError

from blueheart.postgresql import deadline, embedded, roles, slow

CONNECT_TIMEOUT_SECONDS = 10  # where there is no deadline; psycopg2 ignores it where there is one


def _embedded_server() -> dict[str, str]:
    try:
        return embedded.ensure()
    except embedded.EmbeddedPostgresError as error:
        raise ImproperlyConfigured(str(error)) from error  # manage.py prints that as one line


class DatabaseClient(client.DatabaseClient):
    """Lets `manage.py dbshell` reach the embedded server; dbshell does not connect, it only runs psql."""

    def runshell(self, parameters: Iterable[str]) -> None:
        if self.connection.settings_dict.get("EMBEDDED"):
            self.connection.settings_dict.update(_embedded_server())
            os.environ["PATH"] += f":{embedded.find_binaries().folder}"
        super().runshell(parameters)


class _Closing(CursorWrapper):
    """Closing a server-side cursor asks the server, which may have died since: Django lets psycopg2's error through."""

    def close(self) -> None:
        with self.db.wrap_database_errors:
            self.cursor.close()

    def __exit__(self, *_about: object) -> None:
        """As Django's: what went wrong within is what is told."""
        with suppress(self.db.Database.Error):
            self.cursor.close()


class _Timed(slow.Timed, _Closing):
    pass


class _DebugClosing(slow.Timed, _Closing, base.CursorDebugWrapper):
    pass


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL's connection, whose server may be ours and whose answers have a deadline."""

    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        is_embedded = self.settings_dict.get("EMBEDDED")
        if is_embedded:
            self.settings_dict.update(_embedded_server())
        params: dict[str, Any] = super().get_connection_params()
        params.setdefault("connect_timeout", CONNECT_TIMEOUT_SECONDS)
        if is_embedded and (timeouts := deadline.server_timeouts(settings.DATABASE_DEADLINE_SECONDS)):
            params["options"] = f"{params.get('options', '')} {timeouts}".strip()
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        deadline.install(settings.DATABASE_DEADLINE_SECONDS)
        with deadline.connecting():
            connection = super().get_new_connection(conn_params)
        is_ours = self.settings_dict.get("EMBEDDED") or self.settings_dict.get("IS_OWNER")
        if not is_ours and settings.PRODUCTION:
            try:
                roles.refuse_excess(connection, self.settings_dict)
            except BaseException:
                connection.close()
                raise
        return connection

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        return _Timed(cursor, self) if settings.SLOW_QUERY_SECONDS else _Closing(cursor, self)

    def make_debug_cursor(self, cursor: Any) -> base.CursorDebugWrapper:
        return _DebugClosing(cursor, self)

    def _commit(self) -> None:
        """Django's; deferred constraints, a slow disk and a standby that confirms let it take long."""
        with slow.timing("COMMIT", self):
            super()._commit()  # type: ignore[misc]

    def chunked_cursor(self) -> CursorWrapper:
        """A cursor on the server within a transaction, where rows come by and by; outside of one they come at once.

        Django's would outlive its statement there: PostgreSQL writes all its rows down first, three statements are sent
        where one will do, and the next of them may reach another connection of a pool, where there is no such cursor.
        """
        cursor: CursorWrapper = self.cursor() if self.get_autocommit() else super().chunked_cursor()
        return cursor

    def is_usable(self) -> bool:
        """Whether the server still holds the connection: only one that has hung up has something to say unasked.

        Django asks once per request. The socket knows without a round trip; what it cannot know, a server that is
        frozen or unreachable, is the deadline's affair.
        """
        try:
            socket = select.poll()
            socket.register(self.connection.fileno(), select.POLLIN)
            is_quiet = not socket.poll(0)
        except InterfaceError:  # closed by us
            return False
        return is_quiet or super().is_usable()

    def ensure_connection(self) -> None:
        """Open a connection unless there is one; one that died outside a transaction is replaced.

        Requests get that from Django; a worker's loop, which has no requests, gets it here.
        """
        if self.connection is not None and self.connection.closed and not self.in_atomic_block:
            self.close()
        super().ensure_connection()

    def close_if_unusable_or_obsolete(self) -> None:
        """Django's, at both ends of a request; of a connection that has died it opens no other one to look at it.

        Where the database is away that would fail past all of Django's handlers, which have answered already.
        """
        if self.connection is not None and self.connection.closed and not self.in_atomic_block:
            self.close()
            return
        super().close_if_unusable_or_obsolete()
