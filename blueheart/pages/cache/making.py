"""Making a page: what Django answers to its wish, read from a replica where one knows enough.

A page is kept as true for the stamp that it was made under, and a stamp stands on what the database said last. So a
replica has to know all of that before a page is made from it, or the page would lack a change that nobody will tell of
again. It is asked on the connection that the page is then read by, and that has to be the same one at the end: what
answers at a new one may know less. Whatever goes wrong, the database itself makes the page.

docs/adr/0034-pages-from-replicas.md says why.
"""

import contextlib

from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper

from blueheart.metrics.figures import count_page_made
from blueheart.pages import versions
from blueheart.pages.cache.answers import Answer, Application, taken_from
from blueheart.pages.cache.watch import Watch
from blueheart.pages.cache.wishes import Wish
from blueheart.pages.versions import Versions
from blueheart.postgresql.replicas import Replica, Replicas

TROUBLE = (DatabaseError, ImproperlyConfigured, OSError)  # the second: its role may do too much


class Making:
    """Answers wishes by `app`, whose pages of a visitor's own never come this way."""

    def __init__(self, app: Application, watch: Watch, replicas: Replicas) -> None:
        self._app, self._watch, self._replicas = app, watch, replicas

    def answer(self, wish: Wish, *, is_author: bool) -> Answer | None:
        """Django's answer; None of one that streams.

        An author may have changed what no version tells of at once: they are answered by the database itself, and
        by a replica only where that one is away.
        """
        if is_author:
            answer = self._from_primary(wish)
            return self.from_replica(wish) or answer if answer and answer.is_broken else answer
        return self.from_replica(wish) or self._from_primary(wish)

    def from_replica(self, wish: Wish) -> Answer | None:
        """The answer of the first replica that knows what the database has said last; None where there is none."""
        known = self._watch.known if self._replicas else None
        if known is None:
            return None
        for replica in self._replicas.in_turn():
            if answer := self._from(replica, wish, known):
                _count("replica")
                return answer
        return None

    def _from_primary(self, wish: Wish) -> Answer | None:
        _count("primary")
        return taken_from(self._app, wish.environ())

    def _from(self, replica: Replica, wish: Wish, known: Versions) -> Answer | None:
        with replica.instead() as connection:
            try:
                connection.close_if_unusable_or_obsolete()
                held = versions.read()
            except TROUBLE as error:
                connection.close()
                replica.is_away(error)
                return None
            if not held.is_standby:
                replica.is_away("it is no replica: changes of its own may be in it")
                return None
            if not held.knows(known):
                replica.is_behind()
                return None
            replica.is_well()
            answer, is_same = self._read_by(connection, wish)
            if answer is None or answer.is_broken:
                if connection.connection is None or connection.connection.closed:
                    replica.is_away("it ended the connection while a page was made")
                return None
            may_have_come_to_be = answer.status.startswith("404 ")
            return None if may_have_come_to_be or not is_same else answer

    def _read_by(self, connection: BaseDatabaseWrapper, wish: Wish) -> tuple[Answer | None, bool]:
        """The answer, and whether all of it was read by the very connection that was asked what it knows."""
        asked, until = connection.connection, connection.close_at
        connection.close_at = None  # its age does not end it at the beginning of Django's request
        answer = taken_from(self._app, wish.environ())
        is_same = connection.connection is asked
        if is_same:
            connection.close_at = until
        return answer, is_same


def _count(server: str) -> None:
    with contextlib.suppress(OSError):  # a full disk stops no page
        count_page_made(server)
